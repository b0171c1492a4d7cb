"""Runs judged, regressions with their evidence, clusters of single failures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from aidataops.database import Connection
from aidataops.events.evaluation import FailureCategory, Severity
from feedback_router.domain.assessment import Assessment, Standing
from feedback_router.domain.attribution import Origin, Version
from feedback_router.domain.composition import Part
from feedback_router.domain.outcomes import Outcome, PairedCounts, SliceKey, slice_of
from feedback_router.domain.remediation import MOST_ITEMS, SEVERITIES, Cluster, Regression
from feedback_router.store.statements import QUERIES, decode, encode


@dataclass(frozen=True, slots=True)
class Regressed:
    """A comparison that came out as a regression, with what is known of both models."""

    project: str
    run_id: str
    baseline_run_id: str
    model: str
    baseline_model: str
    task: str
    metric: str
    completed_at: datetime
    slices: SliceKey
    counts: PairedCounts
    p_value: float
    q_value: float
    evaluated_with: Version | None
    baseline_evaluated_with: Version | None


@dataclass(frozen=True, slots=True)
class Failed:
    """One failing sample, as far as routing needs it."""

    failure_id: str
    run_id: str
    metric: str
    slices: SliceKey
    category: FailureCategory
    severity: Severity


@dataclass(frozen=True, slots=True)
class RunStanding:
    """What was said of a run."""

    standing: Standing
    baseline_run_id: str | None
    compared: int


class FindingStore:
    """Reads the evidence of one project and keeps the results."""

    def __init__(self, connection: Connection, project: str) -> None:
        self._connection = connection
        self._project = project

    async def assessable(self, run_ids: Collection[str]) -> list[tuple[str, str | None]]:
        """(run, baseline) that have become complete through one of these runs."""
        rows = await self._connection.fetch(
            QUERIES["find_assessable_runs"], self._project, list(run_ids)
        )
        return [(row["run_id"], row["baseline_run_id"]) for row in rows]

    async def outcomes(self, run_ids: Iterable[str]) -> dict[str, list[Outcome]]:
        """All outcomes of some runs."""
        found: dict[str, list[Outcome]] = defaultdict(list)
        for row in await self._connection.fetch(QUERIES["load_outcomes"], list(run_ids)):
            found[row["run_id"]].append(outcome_of(row))
        return found

    async def add_assessments(self, assessments: Mapping[str, Assessment]) -> None:
        """Keep what was said of runs, and every comparison behind it."""
        await self._connection.execute(
            QUERIES["add_assessments"],
            encode(
                {
                    "run_id": run_id,
                    "project": self._project,
                    "standing": assessment.standing,
                    "compared": len(assessment.comparisons),
                }
                for run_id, assessment in assessments.items()
            ),
        )
        await self._connection.execute(
            QUERIES["add_comparisons"],
            encode(
                {
                    **asdict(comparison.counts),
                    "run_id": run_id,
                    "project": self._project,
                    "metric": comparison.metric,
                    "slices": dict(comparison.slices),
                    "p_value": comparison.p_value,
                    "q_value": comparison.q_value,
                    "regressed": comparison.regressed,
                }
                for run_id, assessment in assessments.items()
                for comparison in assessment.comparisons
            ),
        )

    async def regressed(self) -> list[Regressed]:
        """Every regression of the project."""
        rows = await self._connection.fetch(QUERIES["load_regressed"], self._project)
        return [
            Regressed(
                project=self._project,
                run_id=row["run_id"],
                baseline_run_id=row["baseline_run_id"],
                model=row["model"],
                baseline_model=row["baseline_model"],
                task=row["task"],
                metric=row["metric"],
                completed_at=row["completed_at"],
                slices=slice_key(row["slices"]),
                counts=PairedCounts(
                    row["pairs"],
                    row["passed_before"],
                    row["passed_after"],
                    row["lost"],
                    row["gained"],
                ),
                p_value=row["p_value"],
                q_value=row["q_value"],
                evaluated_with=version_of(row["dataset"], row["dataset_version"]),
                baseline_evaluated_with=version_of(
                    row["baseline_dataset"], row["baseline_version"]
                ),
            )
            for row in rows
        ]

    async def training(self) -> dict[str, Origin]:
        """Model → how it was trained."""
        rows = await self._connection.fetch(QUERIES["load_training"], self._project)
        return {
            row["model"]: Origin(
                row["model"],
                frozenset((one["dataset"], one["version"]) for one in decode(row["datasets"])),
                row["recipe"],
            )
            for row in rows
        }

    async def composition(self, versions: Collection[Version]) -> dict[Version, list[Part]]:
        """What each version is made of; a version that is not known (yet) is missing."""
        found: dict[Version, list[Part]] = {}
        ordered = sorted(versions)
        for row in await self._connection.fetch(
            QUERIES["load_composition"],
            self._project,
            [dataset for dataset, _ in ordered],
            [version for _, version in ordered],
        ):
            parts = found.setdefault((row["dataset"], row["version"]), [])
            if row["cohort"] is not None:
                parts.append(Part(decode(row["slices"]), row["cohort"], row["items"]))
        return found

    async def cohort_items(
        self, wanted: Sequence[tuple[Version, str, SliceKey]]
    ) -> list[tuple[str, ...]]:
        """Item ids per (version, cohort, slice) asked for, as far as rows are known."""
        found: list[list[str]] = [[] for _ in wanted]
        for row in await self._connection.fetch(
            QUERIES["load_cohort_items"],
            self._project,
            encode(
                {
                    "place": place,
                    "dataset": dataset,
                    "version": version,
                    "cohort": cohort,
                    "slices": dict(slices),
                }
                for place, ((dataset, version), cohort, slices) in enumerate(wanted)
            ),
        ):
            found[row["place"]].append(row["item_id"])
        return [tuple(items) for items in found]

    async def put_regressions(self, regressions: Sequence[Regression], now: datetime) -> None:
        """Keep regressions as they are attributed now."""
        await self._connection.execute(
            QUERIES["put_regressions"],
            encode(
                {
                    "regression_id": regression.regression_id,
                    "project": regression.project,
                    "run_id": regression.run_id,
                    "metric": regression.metric,
                    "slices": dict(regression.slices),
                    "attribution": regression.attribution.model_dump(mode="json"),
                }
                for regression in regressions
            ),
            now,
        )

    async def failures_of(self, run_ids: Iterable[str], slice_by: Sequence[str]) -> list[Failed]:
        """The failures that came with these runs."""
        rows = await self._connection.fetch(QUERIES["load_run_failures"], list(run_ids))
        return [
            Failed(
                row["failure_id"],
                row["run_id"],
                row["metric"],
                slice_of(decode(row["slices"]), slice_by),
                FailureCategory(row["category"]),
                row["severity"],
            )
            for row in rows
        ]

    async def standings(self, run_ids: Collection[str]) -> dict[str, RunStanding]:
        """What was said of these runs; a run that waits for something is missing."""
        rows = await self._connection.fetch(QUERIES["load_standings"], list(run_ids))
        return {
            row["run_id"]: RunStanding(row["standing"], row["baseline_run_id"], row["compared"])
            for row in rows
        }

    async def affected(self, run_ids: Collection[str]) -> list[str]:
        """These runs and those compared with them."""
        rows = await self._connection.fetch(
            QUERIES["find_dependent_runs"], self._project, list(run_ids)
        )
        return sorted({row["run_id"] for row in rows} | set(run_ids))

    async def single_failures(self, run_ids: Collection[str]) -> list[tuple[str, str, str | None]]:
        """(failure, run, remediation) of single failures that no request names."""
        rows = await self._connection.fetch(QUERIES["load_single_failures"], list(run_ids))
        return [(row["failure_id"], row["run_id"], row["remediation_id"]) for row in rows]

    async def clusters(
        self, kinds: Mapping[str, Any], slices: Mapping[str, SliceKey]
    ) -> list[Cluster]:
        """Clusters by remediation id, with everything that has joined them so far."""
        ids = list(kinds)
        items: dict[str, list[str]] = defaultdict(list)
        for row in await self._connection.fetch(QUERIES["load_cluster_items"], ids):
            items[row["remediation_id"]].append(row["item_id"])
        return [
            Cluster(
                remediation_id=row["remediation_id"],
                project=row["project"],
                kind=kinds[row["remediation_id"]],
                category=FailureCategory(row["category"]),
                slices=slices[row["remediation_id"]],
                metric=row["metric"],
                task=row["task"],
                model=row["model"],
                severity=max(row["severities"], key=SEVERITIES.index),
                failures=row["failures"],
                item_ids=tuple(items[row["remediation_id"]][:MOST_ITEMS]),
            )
            for row in await self._connection.fetch(QUERIES["load_clusters"], ids)
        ]

    async def cluster_failures(self, remediation_ids: Collection[str]) -> dict[str, list[str]]:
        """At most a thousand failures per cluster."""
        found: dict[str, list[str]] = defaultdict(list)
        for row in await self._connection.fetch(
            QUERIES["load_cluster_failures"], list(remediation_ids)
        ):
            found[row["remediation_id"]].append(row["failure_id"])
        return found


def outcome_of(row: Mapping[str, Any]) -> Outcome:
    """A row of ``samples``."""
    return Outcome(
        row["sample_id"], row["metric"], decode(row["slices"]), row["passed"], row["errored"]
    )


def slice_key(value: str) -> SliceKey:
    """A ``jsonb`` of slices as a key."""
    return tuple(sorted(decode(value).items()))


def version_of(dataset: str | None, version: int | None) -> Version | None:
    """A reference from two nullable columns."""
    return None if dataset is None or version is None else (dataset, version)
