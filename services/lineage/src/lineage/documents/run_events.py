"""A version as OpenLineage run events: its own build, and every training run that used it.

Built with the client's own classes, which carry the schema's addresses. A run has a START and a
COMPLETE, as the specification asks; of both only the one time is known, that of the event.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, uuid5

from lineage.documents.evidence import Evidence
from lineage.documents.naming import urn, version_urn

if TYPE_CHECKING:
    from openlineage.client.event_v2 import InputDataset, OutputDataset, RunEvent

NAMESPACE = "aidataops"
PRODUCER = "urn:aidataops:lineage"
UNKNOWN_TIME = "1970-01-01T00:00:00+00:00"
"""Stands where an event must have a time and none is known."""


def to_run_events(evidence: Evidence) -> list[RunEvent]:
    """The events, in an order in which a consumer can take them."""
    version = evidence.summary
    published = UNKNOWN_TIME if evidence.published_at is None else _instant(evidence.published_at)
    events = _run(
        f"build {version.dataset}",
        version_urn(version.version_id),
        published,
        inputs=_origins(evidence),
        outputs=[_version_output(evidence)],
    )
    for run in evidence.trainings:
        from openlineage.client.event_v2 import OutputDataset

        events += _run(
            f"train {run.model}",
            urn("training_run", run.training_run_id),
            run.completed_at,
            inputs=[_version_input(evidence)],
            outputs=[OutputDataset(NAMESPACE, f"models/{run.model}")],
        )
    return events


def to_dicts(events: Sequence[RunEvent]) -> list[dict[str, Any]]:
    """The events as they go over the wire."""
    from openlineage.client.serde import Serde

    return [Serde.to_dict(event) for event in events]


def send(events: Sequence[RunEvent]) -> None:
    """Send them where OpenLineage's own configuration says (``OPENLINEAGE_URL``, a file, …)."""
    from openlineage.client import OpenLineageClient

    client = OpenLineageClient()
    try:
        for event in events:
            client.emit(event)
    finally:
        client.close()


def _run(
    job: str,
    identity: str,
    time: str,
    *,
    inputs: list[InputDataset],
    outputs: list[OutputDataset],
) -> list[RunEvent]:
    from openlineage.client.event_v2 import Job, Run, RunEvent, RunState
    from openlineage.client.facet_v2 import job_type_job

    kind = job_type_job.JobTypeJobFacet(
        processingType="BATCH", integration="AIDATAOPS", jobType="JOB", producer=PRODUCER
    )
    return [
        RunEvent(
            eventType=state,
            eventTime=time,
            producer=PRODUCER,
            run=Run(str(uuid5(NAMESPACE_URL, identity))),
            job=Job(NAMESPACE, job, {"jobType": kind}),
            inputs=inputs,
            outputs=outputs,
        )
        for state in (RunState.START, RunState.COMPLETE)
    ]


def _origins(evidence: Evidence) -> list[InputDataset]:
    from openlineage.client.event_v2 import InputDataset
    from openlineage.client.facet_v2 import dataset_version_dataset, input_statistics_input_dataset

    parents = [
        InputDataset(
            NAMESPACE,
            one.dataset,
            facets={
                "version": dataset_version_dataset.DatasetVersionDatasetFacet(
                    str(one.version), producer=PRODUCER
                )
            },
        )
        for one in evidence.summary.parents
    ]
    sources = [
        InputDataset(
            NAMESPACE,
            f"sources/{one.source_id}",
            {
                "inputStatistics": input_statistics_input_dataset.InputStatisticsInputDatasetFacet(
                    rowCount=one.items, producer=PRODUCER
                )
            },
        )
        for one in evidence.sources
    ]
    return parents + sources


def _version_input(evidence: Evidence) -> InputDataset:
    from openlineage.client.event_v2 import InputDataset
    from openlineage.client.facet_v2 import data_quality_assertions_dataset as assertions

    checks = [
        assertions.Assertion(
            assertion=check["name"],
            success=check["verdict"] == "passed",
            name=f"{release.release_id} {check['name']}",
        )
        for release in evidence.releases
        for check in release.checks
    ]
    facet = assertions.DataQualityAssertionsDatasetFacet(assertions=checks, producer=PRODUCER)
    return InputDataset(
        NAMESPACE,
        evidence.summary.dataset,
        {"dataQualityAssertions": facet} if checks else {},
        facets=_facets(evidence),
    )


def _version_output(evidence: Evidence) -> OutputDataset:
    from openlineage.client.event_v2 import OutputDataset
    from openlineage.client.facet_v2 import output_statistics_output_dataset as statistics

    facet = statistics.OutputStatisticsOutputDatasetFacet(
        rowCount=evidence.summary.items, producer=PRODUCER
    )
    return OutputDataset(
        NAMESPACE,
        evidence.summary.dataset,
        {"outputStatistics": facet},
        facets=_facets(evidence),
    )


def _facets(evidence: Evidence) -> dict[str, Any]:
    from openlineage.client.facet_v2 import (
        dataset_version_dataset,
        ownership_dataset,
        schema_dataset,
        tags_dataset,
    )

    columns = ("item_id", "value", "cohorts", "slices")
    named = [
        ("sha256", evidence.summary.hash),
        *(("licence", one.value) for one in evidence.licences),
    ]
    facets: dict[str, Any] = {
        "version": dataset_version_dataset.DatasetVersionDatasetFacet(
            str(evidence.summary.version), producer=PRODUCER
        ),
        "schema": schema_dataset.SchemaDatasetFacet(
            [schema_dataset.SchemaDatasetFacetFields(name) for name in columns], producer=PRODUCER
        ),
        "tags": tags_dataset.TagsDatasetFacet(
            [tags_dataset.TagsDatasetFacetFields(key, value, "AIDATAOPS") for key, value in named],
            producer=PRODUCER,
        ),
    }
    if evidence.accountable is not None:
        owner = ownership_dataset.Owner(urn("person", evidence.accountable), "ACCOUNTABLE")
        facets["ownership"] = ownership_dataset.OwnershipDatasetFacet([owner], producer=PRODUCER)
    return facets


def _instant(time: datetime) -> str:
    return time.isoformat()
