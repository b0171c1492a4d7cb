"""The tiers of review: row 14."""

import pytest

from annotation_intake.domain.identity import task_of

from .conftest import (
    BATCH,
    Intake,
    accepted_of,
    brief,
    item,
    label,
    project,
    rejected_of,
    review,
    tasks_of,
)

REVIEW = {"task_id": task_of(BATCH, "a", "tier2"), "annotation_id": "review"}


@pytest.fixture
async def disputed(intake: Intake) -> Intake:
    """Item ``a`` with the labels of ann and bob, who differ; QA wants a review."""
    told = project(golden_rate=0.0, overlap=2, review=True)
    await intake.deliver(*(intake.at(*one) for one in told))
    await intake.deliver(intake.at(3, item("a")), intake.at(4, brief("a")))
    await intake.send(label("ann"), label("bob", value="unsafe"))
    return intake


async def test_review_is_a_task_for_somebody_who_did_not_label_the_item(disputed: Intake) -> None:
    (task,) = tasks_of(await disputed.deliver(disputed.at(20, review("a", "ann", "bob"))))
    assert (task.tier, task.overlap, task.item_id) == ("tier2", 1, "a")
    assert task.excluded_annotators == ("ann", "bob")
    assert await disputed.deliver(disputed.at(20, review("a", "ann", "bob"), "again")) == []


async def test_reviewing_ones_own_label_is_refused(disputed: Intake) -> None:
    await disputed.deliver(disputed.at(20, review("a", "ann", "bob")))
    (rejected,) = rejected_of(await disputed.send(label("ann", minutes=21, **REVIEW)))
    assert (rejected.field, rejected.value) == ("annotator", "ann")
    assert "nobody reviews an item that they have labelled" in rejected.reason


async def test_reviewer_decides_and_is_told_apart_by_tier(disputed: Intake) -> None:
    await disputed.deliver(disputed.at(20, review("a", "ann", "bob")))
    emitted = await disputed.send(label("eve", minutes=21, **REVIEW))
    (accepted,) = accepted_of(emitted)
    assert (accepted.tier, accepted.batch_id, accepted.value) == ("tier2", BATCH, "correct")
    assert tasks_of(emitted) == []


async def test_reviewer_who_agrees_with_nobody_calls_for_an_expert(disputed: Intake) -> None:
    await disputed.deliver(disputed.at(20, review("a", "ann", "bob")))
    emitted = await disputed.send(label("eve", minutes=21, value="unclear", **REVIEW))
    (task,) = tasks_of(emitted)
    assert (task.tier, task.excluded_annotators) == ("adjudication", ("ann", "bob", "eve"))
    own = label("eve", minutes=22, task_id=task.task_id, annotation_id="adjudication")
    assert rejected_of(await disputed.send(own))
    expert = label("sme", minutes=23, task_id=task.task_id, annotation_id="expert")
    (accepted,) = accepted_of(await disputed.send(expert))
    assert accepted.tier == "adjudication"


async def test_label_that_waited_for_its_review_counts_and_escalates(disputed: Intake) -> None:
    await disputed.send(label("eve", minutes=21, value="unclear", **REVIEW))
    emitted = await disputed.deliver(disputed.at(20, review("a", "ann", "bob")))
    assert [task.tier for task in tasks_of(emitted)] == ["tier2", "adjudication"]


@pytest.mark.parametrize(("value", "tiers"), [("unsafe", []), ("unclear", ["adjudication"])])
async def test_expert_is_called_once_tier_1_is_complete(
    intake: Intake, value: str, tiers: list[str]
) -> None:
    """Though QA's request and the reviewer's label came first."""
    told = project(golden_rate=0.0, overlap=2, review=True)
    await intake.deliver(*(intake.at(*one) for one in told))
    await intake.deliver(intake.at(3, item("a")), intake.at(4, brief("a")))
    await intake.deliver(intake.at(20, review("a")))
    assert tasks_of(await intake.send(label("eve", minutes=21, value=value, **REVIEW))) == []
    assert tasks_of(await intake.send(label("ann"))) == []
    emitted = await intake.send(label("bob", value="unsafe"))
    assert [task.tier for task in tasks_of(emitted)] == tiers


async def test_person_excluded_later_loses_the_review(disputed: Intake) -> None:
    await disputed.deliver(disputed.at(20, review("a", "ann")))
    await disputed.send(label("bob", minutes=21, **REVIEW))
    emitted = await disputed.deliver(disputed.at(22, review("a", "bob")))
    assert accepted_of(emitted)[-1].withdrawn
    assert rejected_of(emitted)


async def test_too_few_labels_ask_for_one_more_annotator(disputed: Intake) -> None:
    asked = review("a", reason="more_overlap")
    (task,) = tasks_of(await disputed.deliver(disputed.at(20, asked)))
    assert (task.tier, task.overlap) == ("tier1", 3)
    assert accepted_of(await disputed.send(label("eve", minutes=21)))


async def test_project_without_review_has_one_tier(working: Intake) -> None:
    assert await working.deliver(working.at(20, review("a", "ann"))) == []
