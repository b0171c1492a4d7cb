"""Any order, any number of times: the same state, and the same picture outside."""

from collections.abc import Sequence
from random import Random
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from aidataops.events import Payload
from aidataops.events.annotation import (
    GuidelineFlagged,
    GuidelineProposed,
    LabelsReconciled,
    LabelsWithdrawn,
    PoolDefined,
    PoolMember,
    TaskAssigned,
    WorkRequested,
)
from aidataops.events.governance import ResponsibilityAssigned, StandardChanged
from annotation_intake.domain.identity import batch_of_remediation, task_of

from .conftest import (
    BATCH,
    accepted_of,
    approved,
    brief,
    definition,
    fresh,
    golden,
    guideline,
    instant,
    item,
    label,
    measured,
    review,
    signed,
    suspended,
    tasks_of,
)


def at_tier2(annotator: str, minutes: float, **more: Any) -> Payload:
    """A reviewer's label of item ``a``."""
    facts = {"task_id": task_of(BATCH, "a", "tier2"), "annotation_id": f"{annotator}/review"}
    return label(annotator, minutes=minutes, **facts | more)


def standard(floor: float) -> Payload:
    return StandardChanged(
        decision_id=f"floor-{floor}",
        subject="support",
        made_by="lead",
        role="accountable",
        made_at=instant(2),
        standard="agreement_floor",
        value=floor,
        business_target="fewer wrong answers on returns",
    )


def consulted(person: str, **more: Any) -> Payload:
    return ResponsibilityAssigned(
        subject="support",
        decision_kind="publish_guideline",
        person=person,
        role="consulted",
        internal=True,
        **more,
    )


def draft(version: str) -> Payload:
    return GuidelineProposed(project="support", guideline_version=version, proposed_by="writer")


def flag(section: str) -> Payload:
    return GuidelineFlagged(
        project="support",
        guideline_version="1.0.0",
        section=section,
        flagged_by="acme-1",
        kind="gap",
        note="gift cards",
    )


def staffed(*people: str) -> Payload:
    members = tuple(PoolMember(annotator=name) for name in people)
    return PoolDefined(project="support", pool="night", vendor="acme-labels", members=members)


def asks(annotator: str, **more: Any) -> Payload:
    """A request for work: what it gets is a matter of the moment, and changes nothing else."""
    facts: dict[str, Any] = {"request_id": f"{annotator}/work", "vendor": "acme-labels", "tasks": 2}
    return WorkRequested(project="support", annotator=annotator, **facts | more)


def _labels() -> list[tuple[float, Payload]]:
    told: list[tuple[float, Payload]] = []
    people = [("acme-1", "acme-labels"), ("acme-2", "acme-labels"), ("bright-2", "brightlabel")]
    for number, (annotator, vendor) in enumerate([*people, ("bright-1", "brightlabel")]):
        for place, name in enumerate(("a", "b", "g1")):
            minutes = 10 + 10 * place + number
            told.append((minutes, label(annotator, name, minutes, vendor=vendor)))
    return told


def _said(annotator: str, minutes: float, **more: Any) -> tuple[float, Payload]:
    """A label of a vendor that names its own project and task."""
    facts: dict[str, Any] = {"vendor": "studio", "vendor_project": "1", "vendor_task_id": "t1"}
    return minutes, label(annotator, "a", minutes, **facts | more)


def _gone(minutes: float, *names: str, tasks: tuple[str, ...] = ()) -> tuple[float, Payload]:
    return minutes, LabelsWithdrawn(
        vendor="studio",
        vendor_project="1",
        annotation_ids=names,
        vendor_task_ids=tasks,
        withdrawn_at=instant(minutes),
    )


def _exported(minutes: float, *names: str, **bounds: str) -> tuple[float, Payload]:
    return minutes, LabelsReconciled(
        vendor="studio",
        vendor_project="1",
        exported_at=instant(minutes),
        annotation_ids=names,
        **bounds,
    )


STORY: list[tuple[float, Payload]] = [
    (0, definition(review=True)),
    (1, guideline()),
    (1, signed("2.0.0", calibration_batch_id="calibration")),
    (1, guideline("3.0.0")),
    (1, measured(0.5)),
    (2, measured(0.7)),
    (2, measured(0.9, "project", "support")),
    (2, standard(0.69)),
    (2, consulted("expert")),
    (3, consulted("former", revision=1)),
    (4, consulted("former", revision=2, revoked=True)),
    (2, draft("2.0.0")),
    (2, flag("returns")),
    (5, flag("returns")),
    (2, golden(*(f"g{number}" for number in range(4)))),
    (3, item("a")),
    (3, item("b")),
    (3, item("c")),
    (4, brief("a", "b")),
    (5, approved("b", "c")),
    (6, definition(revision=2, overlap=1, guideline_version="2.0.0")),
    (7, brief("c", brief_id="b2")),
    *_labels(),
    (25, suspended("bright-2", "brightlabel")),
    (26, suspended("bright-2", "brightlabel")),
    (40, label("acme-1", "a", 40, revision=2, value="unsafe")),
    (41, label("acme-2", "a", 41, revision=2, withdrawn=True)),
    (42, label("acme-1", "b", 42, revision=2, value="no category")),
    (43, label("acme-1", "b", 43, annotation_id="again")),
    (44, label("acme-2", "b", 44, revision=2, task_id=task_of(BATCH, "a"))),
    (45, label("bright-1", "a", 45, revision=1, vendor="brightlabel", value="unclear")),
    (46, label("acme-1", "elsewhere", 46)),
    (47, brief("b", "a")),
    (48, label("acme-3", "b", 48)),
    (49, label("acme-3", "a", 19, guideline_version="2.0.0")),
    (50, review("a", "acme-1", "acme-2")),
    (51, review("a", "bright-1")),
    (51, review("c", reason="too_few_labels", batch=batch_of_remediation("support", "r2"))),
    (52, at_tier2("acme-1", 52)),
    (53, at_tier2("acme-9", 53, value="unclear")),
    (50, review("b", "bright-2")),
    (52, at_tier2("acme-9", 52, task_id=task_of(BATCH, "b", "tier2"), annotation_id="agrees")),
    _said("ann", 7),
    _said("bob", 8),
    _said("cyd", 9, vendor_task_id="t2"),
    _gone(11, "ann/a"),
    _gone(12, "ann/a"),
    _gone(13, tasks=("t2",)),
    _exported(20, "ann/a", "bob/a", "cyd/a"),
    _exported(30, "ann/a", until="bob/a"),
    _exported(30, "cyd/a", after="bob/a"),
    _said("bob", 31, revision=2, value="unsafe", first_submitted_at=instant(8)),
    _gone(32, "cyd/a"),
    (3, staffed("acme-1", "acme-2", "acme-3", "acme-9")),
    (8, asks("acme-1")),
    (9, asks("acme-3")),
    (54, asks("acme-9", tier="tier2")),
]


EXPECTED: list[tuple[dict[str, Any], dict[str, Any]]] = []
"""State and picture after the story as it was told: worked out once, it is always the same."""


def picture(emitted: Sequence[Payload]) -> dict[str, Any]:
    """What a reader of the topics knows in the end: of each label its highest revision.

    Without the suspended annotator: which of their labels were out before the suspension was known
    does depend on the order, and nobody counts them.
    """
    labels = {}
    for one in sorted(accepted_of(emitted), key=lambda one: one.revision):
        labels[one.label_id] = one
    tasks = {}
    for task in sorted(tasks_of(emitted), key=lambda task: task.batch_size):
        tasks[task.task_id] = task
    counted = {
        name: one.model_dump(exclude={"revision"})
        for name, one in labels.items()
        if not one.withdrawn and one.annotator != "bright-2"
    }
    return {"tasks": {name: one.model_dump() for name, one in tasks.items()}, "labels": counted}


@settings(
    max_examples=15,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # every example is a story long
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.randoms(use_true_random=False), st.integers(1, len(STORY)))
async def test_state_does_not_depend_on_delivery(database: str, random: Random, size: int) -> None:
    if not EXPECTED:
        async with fresh(database) as intake:
            emitted = [one for told in STORY for one in await intake.deliver(intake.at(*told))]
            EXPECTED.append((await intake.state(), picture(emitted)))
    state, outside = EXPECTED[0]
    async with fresh(database) as intake:
        deliveries = [intake.at(*told) for told in STORY]
        deliveries += random.choices(deliveries, k=6)
        random.shuffle(deliveries)
        emitted = []
        for start in range(0, len(deliveries), size):
            emitted += await intake.deliver(*deliveries[start : start + size])
        assert await intake.state() == state
        assert picture(emitted) == outside
        assert await intake.harness.dead_letters() == []
        answers = [one.request_id for one in emitted if isinstance(one, TaskAssigned)]
        assert sorted(answers) == ["acme-1/work", "acme-3/work", "acme-9/work"]


async def test_story_has_what_convergence_is_about(database: str) -> None:
    """Golden items, waiting and withdrawn labels, and every reason to reject one."""
    async with fresh(database) as intake:
        for told in STORY:
            await intake.deliver(intake.at(*told))
        state = await intake.state()
    assert {batch["golden_items"] for batch in state["batches"]} == {4}
    tiers = {(task["item_id"], task["tier"]) for task in state["tasks"] if task["tier"] != "tier1"}
    assert tiers == {("a", "tier2"), ("a", "adjudication"), ("b", "tier2")}
    assert {row["guideline_version"] for row in state["guidelines"]} == {"1.0.0", "2.0.0"}
    assert {row["guideline_version"] for row in state["batches"]} == {None, "2.0.0"}
    assert {row["status"] for row in state["labels"]} == {
        "accepted",
        "rejected",
        "waiting",
        "withdrawn",
    }
    assert {row["rejection"] for row in state["submissions"]} == {
        None,
        "excluded",
        "guideline_version",
        "moved",
        "repeated",
        "surplus",
        "suspended",
        "value",
    }
