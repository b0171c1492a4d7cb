"""Guideline versions through the running service: row 13, and what it does to labels."""

from aidataops.events.annotation import GuidelineRefused, LabelsStale
from annotation_intake.domain.identity import batch_of_guideline, label_of, task_of

from .conftest import (
    Intake,
    accepted_of,
    brief,
    definition,
    guideline,
    item,
    label,
    measured,
    signed,
    tasks_of,
)

AGAIN = batch_of_guideline("support", "2.0.0")


async def test_unsigned_major_version_is_refused_with_what_is_missing(working: Intake) -> None:
    (refused,) = await working.deliver(working.at(20, guideline("2.0.0")))
    assert isinstance(refused, GuidelineRefused)
    assert (refused.field, refused.valid) == ("signed_off_as", "consulted")
    rows = await working.harness.fetch("SELECT guideline_version FROM guidelines")
    assert [row["guideline_version"] for row in rows] == ["1.0.0"]
    assert await working.deliver(working.at(20, guideline("2.0.0"), "again")) == []


async def test_signed_major_version_lists_stale_labels_and_opens_reannotation(
    working: Intake,
) -> None:
    await working.send(label("ann"), label("bob"), label("ann", value="nonsense", item_id="b"))
    emitted = await working.deliver(
        working.at(20, guideline("2.0.0")), working.at(21, signed("2.0.0"))
    )
    (stale,) = [one for one in emitted if isinstance(one, LabelsStale)]
    assert (stale.guideline_version, stale.superseded_by) == ("1.0.0", "2.0.0")
    assert set(stale.label_ids) == {label_of("acme-labels", f"{name}/a") for name in ("ann", "bob")}
    assert stale.item_ids == ("a",)
    tasks = {task.item_id: task for task in tasks_of(emitted)}
    assert tasks["a"].task_id == task_of(AGAIN, "a")
    assert {task.guideline_version for task in tasks.values()} == {"2.0.0"}


async def test_label_that_comes_later_is_listed_once(working: Intake) -> None:
    await working.deliver(working.at(21, signed("2.0.0")))
    emitted = await working.send(label("ann"))
    assert [type(one).__name__ for one in emitted if not tasks_of([one])] == [
        "LabelAccepted",
        "LabelsStale",
    ]
    again = await working.send(label("ann", revision=2, minutes=30, value="unsafe"))
    assert [type(one).__name__ for one in again] == ["LabelAccepted"]
    fresh = label("eve", task_id=task_of(AGAIN, "a"), guideline_version="2.0.0")
    assert accepted_of(await working.send(fresh))


async def test_version_may_ask_for_no_reannotation(working: Intake) -> None:
    await working.send(label("ann"))
    emitted = await working.deliver(working.at(21, signed("2.0.0", reannotate=False)))
    assert [type(one).__name__ for one in emitted] == ["LabelsStale"]


async def test_minor_version_makes_nothing_stale(working: Intake) -> None:
    await working.send(label("ann"))
    assert await working.deliver(working.at(21, guideline("1.1.0"))) == []


async def test_version_comes_into_force_when_its_calibration_has_been_measured(
    working: Intake,
) -> None:
    await working.send(label("ann"))
    waiting = signed("2.0.0", calibration_batch_id="calibration")
    (refused,) = await working.deliver(working.at(20, waiting))
    assert isinstance(refused, GuidelineRefused)
    assert "no agreement was measured" in refused.reason
    (refused,) = await working.deliver(working.at(21, measured(0.5)))
    assert isinstance(refused, GuidelineRefused)
    assert "0.500" in refused.reason
    emitted = await working.deliver(working.at(22, measured(0.7)))
    assert any(isinstance(one, LabelsStale) for one in emitted)


async def test_item_known_while_its_guideline_is_out_of_force_gets_its_task_later(
    intake: Intake,
) -> None:
    waiting = signed("2.0.0", calibration_batch_id="calibration")
    defined = definition(guideline_version="2.0.0", golden_rate=0.0)
    await intake.deliver(intake.at(0, defined), intake.at(1, waiting))
    await intake.deliver(intake.at(3, item("a")), intake.at(4, brief("a", "b")))
    await intake.deliver(intake.at(1, guideline("1.0.0")))
    assert await intake.deliver(intake.at(3, item("b"))) == [], "2.0.0 is a major version now"
    emitted = await intake.deliver(intake.at(22, measured(0.7)))
    assert [task.item_id for task in tasks_of(emitted)] == ["b"]
