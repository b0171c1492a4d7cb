"""Rows 13, 14, 15, 30, 32 and 33 of the mission: guidelines, review, growth, vendors' streams."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from aidataops.events import Payload
from aidataops.events.annotation import (
    CapacityGranted,
    CapacityRefused,
    CapacityRequested,
    CostReported,
    GuidelineFlagged,
    GuidelineProposed,
    GuidelinePublished,
    GuidelineRefused,
    GuidelineSection,
    LabelAccepted,
    LabelRejected,
    LabelsStale,
    PoolDefined,
    PoolMember,
    TaskAssigned,
    TaskCreated,
    TaskRequeued,
    WorkRequested,
)
from aidataops.events.quality import Agreement, AgreementMeasured, GoldenScored, ReviewRequested
from aidataops.vendors import ADAPTERS, LabelMapping, reconcile

from .hearing import begin, hear, said
from .stories import label
from .world import World, eventually

FIXTURES = Path(__file__).parents[2] / "shared" / "tests" / "vendors" / "fixtures"


def agreement(
    project: str, lower: float, scope: Any = "project", value: str = ""
) -> AgreementMeasured:
    return AgreementMeasured(
        project=project,
        scope=scope,
        scope_value=value or project,
        agreement=Agreement(value=lower, lower=lower, units=9, labels=18, annotators=2),
        floor=0.667,
        verdict="passed",
    )


async def test_major_guideline_waits_for_its_expert_and_makes_labels_stale(
    world: World, project: str
) -> None:
    """Row 13."""
    (task,) = await begin(world, project, "1")
    world.publish(label(task.task_id, 1))
    (accepted,) = await hear(world, LabelAccepted, project)
    unsigned = GuidelinePublished(
        project=project, guideline_version="2.0.0", signed_off_by="sme", calibration_alpha=0.8
    )
    world.publish(unsigned)
    (refused,) = await hear(world, GuidelineRefused, project)
    assert (refused.field, refused.valid) == ("signed_off_as", "consulted")
    assert await said(world, LabelsStale, project) == []
    assert world.publish(unsigned.model_copy(update={"signed_off_as": "consulted"})).accepted == 1
    (stale,) = await hear(world, LabelsStale, project)
    assert (stale.superseded_by, stale.label_ids) == ("2.0.0", (accepted.label_id,))
    again = (await hear(world, TaskCreated, project, 2))[-1]
    assert (again.item_id, again.guideline_version) == (task.item_id, "2.0.0")


async def test_disputed_item_goes_to_a_reviewer_who_did_not_label_it(
    world: World, project: str
) -> None:
    """Row 14."""
    (task,) = await begin(world, project, "1", review=True)
    world.publish(label(task.task_id, 1), label(task.task_id, 2, value="unsafe"))
    await hear(world, LabelAccepted, project, 2)
    review = ReviewRequested(
        project=project,
        batch_id=task.batch_id,
        item_id=task.item_id,
        reason="tie",
        excluded_annotators=("acme-1", "acme-2"),
    )
    await world.produce(world.encode(review))
    second = next(one for one in await hear(world, TaskCreated, project, 2) if one.tier == "tier2")
    world.publish(label(second.task_id, 2))
    (rejected,) = await hear(world, LabelRejected, project)
    assert (rejected.field, rejected.value) == ("annotator", "acme-2")
    world.publish(label(second.task_id, 3, value="unclear"))
    accepted = (await hear(world, LabelAccepted, project, 3))[-1]
    assert (accepted.tier, accepted.annotator) == ("tier2", "acme-3")
    tiers = {one.tier for one in await hear(world, TaskCreated, project, 3)}
    assert tiers == {"tier1", "tier2", "adjudication"}


async def test_work_is_asked_for_and_comes_back_when_its_time_is_up(
    world: World, project: str
) -> None:
    """Assignment: by HTTP, to members of a pool, never more than the overlap, nobody twice."""
    tasks = await begin(
        world, project, "1", "2", overlap=1, assigned_only=True, assignment_seconds=6
    )

    async def ask(annotator: str, name: str) -> TaskAssigned:
        asked = WorkRequested(
            request_id=f"{project}-{name}",
            project=project,
            vendor="acme-labels",
            annotator=annotator,
            tasks=9,
        )
        assert world.publish(asked).accepted == 1
        assert world.publish(asked).duplicates == 1

        async def answered() -> list[TaskAssigned]:
            found = await said(world, TaskAssigned, project)
            return [one for one in found if one.request_id == asked.request_id]

        answers: list[TaskAssigned] = await eventually(answered, f"an answer to {name}")
        return answers[0]

    assert "no such pool" in (await ask("acme-1", "early")).reason
    members = tuple(PoolMember(annotator=name) for name in ("acme-1", "acme-2"))
    pool = PoolDefined(project=project, pool="night", vendor="acme-labels", members=members)
    world.publish(pool)

    async def known() -> Any:
        return (await world.get("annotation-intake", "/capacity", project=project))["pools"]

    await eventually(known, "the pool")
    mine = await ask("acme-1", "mine")
    assert (set(mine.task_ids), mine.pool) == ({one.task_id for one in tasks}, "night")
    assert (await ask("acme-2", "too-early")).task_ids == ()
    world.publish(label(mine.task_ids[0], 1), label(mine.task_ids[1], 3))
    (accepted,) = await hear(world, LabelAccepted, project)
    assert (accepted.task_id, accepted.annotator) == (mine.task_ids[0], "acme-1")
    (rejected,) = await hear(world, LabelRejected, project)
    assert "work_requested" in rejected.reason
    (requeued,) = await hear(world, TaskRequeued, project)
    assert (requeued.task_id, requeued.reason) == (mine.task_ids[1], "expired")
    assert (await ask("acme-2", "theirs")).task_ids == (requeued.task_id,)
    world.publish(label(requeued.task_id, 1, annotation_id="late"))
    late = (await hear(world, LabelAccepted, project, 2))[-1]
    assert (late.task_id, late.annotator) == (requeued.task_id, "acme-1")


async def test_scale_gate_refuses_people_where_agreement_is_under_the_floor(
    world: World, project: str
) -> None:
    """Row 15."""
    await begin(world, project, "1")

    def more(name: str) -> CapacityRequested:
        return CapacityRequested(
            request_id=f"{project}-{name}",
            project=project,
            pool="night",
            vendor="acme-labels",
            annotators=5,
            requested_by="lead",
        )

    await world.produce(world.encode(agreement(project, 0.6)), world.encode(more("first")))
    (refused,) = await hear(world, CapacityRefused, project)
    if refused.agreement_lower is None:  # asked before the measurement, then told again
        refused = (await hear(world, CapacityRefused, project, 2))[-1]
    assert (refused.agreement_lower, refused.floor) == (0.6, 0.667)
    assert "under the floor" in refused.reason
    await world.produce(world.encode(agreement(project, 0.7)), world.encode(more("second")))
    granted = (await hear(world, CapacityGranted, project))[-1]
    assert granted.request_id == f"{project}-second"


async def test_vendors_have_scorecards_and_pools_their_staffing(world: World, project: str) -> None:
    """Row 30, but for the 8 of Erlang's formula, which its own test has."""
    tasks = await begin(world, project, "1", "2")
    now = datetime.now(UTC)
    for number, vendor in ((1, "acme-labels"), (2, "brightlabel")):
        world.publish(
            *(
                label(
                    task.task_id,
                    number,
                    vendor=vendor,
                    annotator=f"{vendor}-{number}",
                    submitted_at=now + timedelta(hours=number),
                )
                for task in tasks
            )
        )
    accepted = await hear(world, LabelAccepted, project, 4)
    own = [one for one in accepted if one.vendor == "acme-labels"]
    world.publish(
        PoolDefined(
            project=project,
            pool="default",
            vendor="acme-labels",
            members=(PoolMember(annotator="acme-labels-1"),),
        ),
        CostReported(
            statement_id=f"{project}-s1",
            project=project,
            vendor="acme-labels",
            amount=1.0,
            currency="EUR",
            period_from=now,
            period_until=now,
        ),
    )
    scores = [
        GoldenScored(
            project=project,
            annotator=one.annotator,
            vendor=one.vendor,
            label_id=one.label_id,
            item_id=one.item_id,
            correct=True,
            golden_correct=1,
            golden_total=1,
            log_likelihood_ratio=0,
            wilson_lower=0,
            wilson_upper=1,
        )
        for one in own
    ]
    cohort = agreement(project, 0.8, "cohort", own[0].cohort)
    await world.produce(*(world.encode(one) for one in (*scores, cohort)))

    async def complete() -> Any:
        cards = await world.get("annotation-intake", "/vendors", project=project)
        ready = cards and cards[0]["golden_total"] == 2 and cards[0]["alpha"]
        return cards if ready and cards[0]["currency"] else None

    acme, bright = await eventually(complete, "both scorecards")
    assert (acme["vendor"], acme["accepted"], acme["golden_correct"]) == ("acme-labels", 2, 2)
    assert acme["golden_lower"] == pytest.approx(0.342, abs=1e-3)
    assert (acme["cost_per_accepted_label"], acme["rework"]) == (0.5, 0)
    assert 0.9 < acme["lead_time_p95_hours"] < bright["lead_time_p95_hours"]
    assert (bright["golden_total"], bright["cost_per_accepted_label"]) == (0, None)
    capacity = await world.get("annotation-intake", "/capacity", project=project)
    assert [one["annotators"] for one in capacity["pools"]] == [1]


async def test_label_studio_streams_and_its_export_has_the_last_word(
    world: World, project: str
) -> None:
    """Row 32: webhooks in a second, then an export; what is wrong comes back with what is right."""
    tasks = await begin(world, project, "1", "2")
    hooks = [_hook(n, task.task_id) for n, task in enumerate(tasks, 1)]
    answers = [await world.webhook(hook) for hook in hooks]
    assert [one.json()["accepted"] for one in answers] == [1, 1]
    assert all(one.elapsed < timedelta(seconds=1) for one in answers)
    wrong = await world.webhook(_hook(3, tasks[0].task_id, verdict="great"))
    assert wrong.status_code == 202
    (rejected,) = await hear(world, LabelRejected, project)
    assert (rejected.field, rejected.value) == ("value", "great")
    assert rejected.valid == "correct, incorrect, unsafe, unclear"
    (shown,) = await world.get("annotation-intake", "/labels/rejected", project=project)
    assert shown["annotation_id"] == rejected.annotation_id
    first = (await hear(world, LabelAccepted, project, 2))[0]
    assert (first.vendor, first.guideline_version, first.tier) == ("acme-labels", "1.0.0", "tier1")
    export = [hooks[0]["task"] | {"annotations": [hooks[0]["annotation"]]}]
    mapping = LabelMapping(
        vendor="acme-labels", vendor_project="label-studio", label_field="verdict"
    )
    at = datetime.now(UTC)
    labels: Sequence[Any] = list(ADAPTERS["label-studio"](json.dumps(export).encode(), mapping, at))
    world.publish(*labels, *reconcile((one.annotation_id for one in labels), mapping, at))
    gone = (await hear(world, LabelAccepted, project, 3))[-1]
    assert (gone.task_id, gone.withdrawn) == (tasks[1].task_id, True)


async def test_other_tools_become_labels_with_all_that_they_are_judged_by(
    world: World, project: str
) -> None:
    """Row 32, for the tools that write files."""
    (task,) = await begin(world, project, "1", overlap=10)
    files = {
        "labelbox": "labelbox.ndjson",
        "prodigy": "prodigy.jsonl",
        "argilla": "argilla_flat.json",
        "sagemaker": "sagemaker.manifest",
    }
    for tool, file in files.items():
        content = (FIXTURES / file).read_text("utf-8")
        for theirs in ("task-1", "sample-000"):
            content = content.replace(theirs, task.task_id)
        mapping = LabelMapping(
            vendor=f"{tool}-{project}",
            vendor_project="clp0proj1",
            label_field="verdict",
            task_field="id" if tool == "argilla" else "task_id",
            guideline_version="1.0.0",
            values={"wrong": "incorrect"},
        )
        readings = ADAPTERS[tool](content.encode(), mapping, datetime.now(UTC))
        payloads = [one for one in readings if isinstance(one, Payload)]
        world.publish(*payloads)
    accepted = await hear(world, LabelAccepted, project, 7)
    assert {one.vendor for one in accepted} == {f"{tool}-{project}" for tool in files}
    assert all(one.cohort.startswith(f"{one.vendor}/default/1.0.0/") for one in accepted)
    assert await said(world, LabelRejected, project) == []


async def test_flags_are_counted_beside_confusions(world: World, project: str) -> None:
    """Row 33: what the feedback-router's threshold and the expert have to go by."""
    (task,) = await begin(world, project, "1")
    section = GuidelineSection(
        section="safety", title="Unsafe", confusions=(("correct", "unsafe"),)
    )
    flags = [
        GuidelineFlagged(
            project=project,
            guideline_version="1.0.0",
            section="safety",
            flagged_by=person,
            kind="gap",
            note="medicine",
        )
        for person in ("acme-1", "sme")
    ]
    draft = GuidelineProposed(
        project=project, guideline_version="1.0.0", proposed_by="writer", sections=(section,)
    )
    world.publish(label(task.task_id, 1), label(task.task_id, 2, value="unsafe"), draft, *flags)

    async def counted() -> Any:
        found = await world.get("annotation-intake", "/guidelines/flags", project=project)
        return found if found and found[0]["gaps"] == 2 and found[0]["confusions"] else None

    (shown,) = await eventually(counted, "two flags beside a confusion")
    assert (shown["section"], shown["people"]) == ("safety", 2)
    assert shown["confusions"] == [{"values": ["correct", "unsafe"], "pairs": 1}]


def _hook(number: int, task_id: str, verdict: str = "correct") -> dict[str, Any]:
    """What Label Studio sends for a new annotation, as far as it matters."""
    return {
        "action": "ANNOTATION_CREATED",
        "annotation": {
            "id": number,
            "completed_by": number,
            "was_cancelled": False,
            "created_at": "2026-11-22T21:05:07.123697Z",
            "updated_at": "2026-11-22T21:05:07.123745Z",
            "lead_time": 12.0,
            "result": [
                {"from_name": "verdict", "type": "choices", "value": {"choices": [verdict]}}
            ],
        },
        "task": {"id": number, "data": {"task_id": task_id, "guideline_version": "1.0.0"}},
        "project": {"id": 1, "token": "canary"},
    }
