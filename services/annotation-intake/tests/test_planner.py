"""Batches of tasks through the running service."""

from annotation_intake.domain.identity import batch_of_remediation

from .conftest import (
    BATCH,
    Intake,
    approved,
    brief,
    definition,
    golden,
    guideline,
    item,
    label,
    project,
    signed,
    tasks_of,
)

GOLDEN = golden(*(f"g{n}" for n in range(12)))


async def test_fulfilled_brief_becomes_a_batch_with_hidden_golden_items(intake: Intake) -> None:
    emitted = await intake.deliver(
        *(intake.at(*told) for told in project()),
        intake.at(2, GOLDEN),
        intake.at(3, item("a")),
        intake.at(3, item("b")),
        intake.at(4, brief("a", "b")),
    )
    tasks = tasks_of(emitted)
    assert len(tasks) == len({task.task_id for task in tasks}) == 7
    assert {(task.batch_id, task.batch_size, task.remediation_id) for task in tasks} == {
        (BATCH, 7, "r1")
    }
    assert len([task for task in tasks if task.item_id.startswith("g")]) == 5


async def test_batch_waits_for_all_it_depends_on(intake: Intake) -> None:
    assert await intake.deliver(intake.at(4, brief("a"))) == []
    assert await intake.deliver(intake.at(3, item("a"))) == []
    assert await intake.deliver(intake.at(1, guideline())) == []
    assert await intake.deliver(intake.at(0, definition(guideline_version="2.0.0"))) == []
    (task,) = tasks_of(await intake.deliver(intake.at(9, signed("2.0.0"))))
    assert (task.item_id, task.guideline_version) == ("a", "2.0.0")


async def test_remediation_with_items_becomes_a_batch_of_its_own(intake: Intake) -> None:
    await intake.deliver(*(intake.at(*told) for told in project()), intake.at(2, item("a")))
    (task,) = tasks_of(await intake.deliver(intake.at(3, approved("a"))))
    assert task.batch_id == batch_of_remediation("support", "r2")
    assert task.remediation_id == "r2"


async def test_remediation_for_sourcing_asks_for_no_labels_yet(intake: Intake) -> None:
    await intake.deliver(*(intake.at(*told) for told in project()), intake.at(2, item("a")))
    assert await intake.deliver(intake.at(3, approved("a", kind="source_items"))) == []
    assert await intake.deliver(intake.at(3, approved(kind="annotate"))) == []


async def test_brief_fulfilled_again_only_adds(working: Intake) -> None:
    await working.deliver(working.at(5, item("c")))
    tasks = tasks_of(await working.deliver(working.at(6, brief("b", "c"))))
    assert {(task.item_id, task.batch_size) for task in tasks} == {("a", 3), ("b", 3), ("c", 3)}
    assert tasks_of(await working.deliver(working.at(7, brief("a", "b")))) == []


async def test_new_definition_leaves_batches_at_work_alone(working: Intake) -> None:
    revised = definition(revision=2, overlap=5, guideline_version="2.0.0", golden_rate=0.0)
    assert await working.deliver(working.at(5, revised), working.at(6, signed("2.0.0"))) == []
    (task,) = tasks_of(await working.deliver(working.at(7, brief("a", brief_id="b2"))))
    assert (task.overlap, task.guideline_version) == (5, "2.0.0")


async def test_late_definition_of_before_changes_the_tasks_and_judges_again(
    working: Intake,
) -> None:
    await working.send(label("ann", value="fine"), label("bob"))
    assert await working.statuses() == {"ann/a": "rejected", "bob/a": "accepted"}
    schema = definition().label_schema.model_copy(update={"categories": ("fine", "poor")})
    changed = definition(revision=2, label_schema=schema, golden_rate=0.0)
    emitted = await working.deliver(working.at(2, changed))
    assert len(tasks_of(emitted)) == 2
    assert await working.statuses() == {"ann/a": "accepted", "bob/a": "rejected"}


async def test_golden_items_defined_later_are_for_later_batches(intake: Intake) -> None:
    await intake.deliver(
        *(intake.at(*told) for told in project()),
        intake.at(2, golden("g0")),
        intake.at(3, item("a")),
        intake.at(4, brief("a")),
    )
    assert await intake.deliver(intake.at(5, GOLDEN)) == []


async def test_answers_of_golden_items_are_not_kept(intake: Intake) -> None:
    await intake.deliver(intake.at(2, GOLDEN))
    (row, *_) = await intake.harness.fetch("SELECT * FROM golden_items")
    assert "correct" not in set(row.values())


async def test_corrected_content_is_told_again(working: Intake) -> None:
    (task,) = tasks_of(await working.deliver(working.at(8, item("a", text="corrected"))))
    assert (task.item_id, task.text) == ("a", "corrected")
    assert await working.deliver(working.at(7, item("a", text="older"))) == []


async def test_event_without_a_time_is_taken_at_the_brokers(intake: Intake) -> None:
    records = [intake.at(*told) for told in project()]
    for record in records:
        record.headers = tuple(header for header in record.headers if header[0] != "ce_time")
    await intake.deliver(*records, intake.at(3, item("a")))
    assert len(tasks_of(await intake.deliver(intake.at(4, brief("a"))))) == 1
