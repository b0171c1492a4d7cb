"""Labels through the running service."""

from aidataops.events.annotation import TaskCompleted
from annotation_intake.domain.identity import label_of, task_of

from .conftest import (
    BATCH,
    Intake,
    accepted_of,
    brief,
    item,
    label,
    project,
    rejected_of,
    suspended,
)


async def test_accepted_label_carries_all_that_it_is_judged_by(working: Intake) -> None:
    (accepted,) = await working.send(label("ann", pool="night", duration_seconds=4.5))
    (accepted,) = accepted_of([accepted])
    assert accepted.label_id == label_of("acme-labels", "ann/a")
    assert accepted.cohort == f"acme-labels/night/1.0.0/{BATCH}"
    assert (accepted.item_id, accepted.batch_id, accepted.task_id) == (
        "a",
        BATCH,
        task_of(BATCH, "a"),
    )
    assert (accepted.revision, accepted.tier, accepted.duration_seconds) == (1, "tier1", 4.5)
    assert accepted.slices == {"domain": "returns", "language": "es"}


async def test_redelivered_label_is_accepted_once(working: Intake) -> None:
    record = working.at(10, label("ann"))
    assert len(await working.deliver(record, record)) == 1
    assert await working.deliver(record) == []
    assert await working.deliver(working.at(11, label("ann"), event_id="another")) == []


async def test_label_waits_for_its_task(intake: Intake) -> None:
    assert await intake.send(label("ann"), label("bob", value="nonsense")) == []
    assert await intake.statuses() == {"ann/a": "waiting", "bob/a": "waiting"}
    await intake.deliver(*(intake.at(*told) for told in project()), intake.at(3, item("a")))
    emitted = await intake.deliver(intake.at(4, brief("a")))
    assert [one.annotator for one in accepted_of(emitted)] == ["ann"]
    assert [one.annotator for one in rejected_of(emitted)] == ["bob"]


async def test_unknown_category_is_rejected_with_the_categories(working: Intake) -> None:
    (rejected,) = rejected_of(await working.send(label("ann", value="great")))
    assert (rejected.field, rejected.value) == ("value", "great")
    assert rejected.valid == "correct, incorrect, unsafe, unclear"
    assert (rejected.vendor, rejected.annotation_id, rejected.project) == (
        "acme-labels",
        "ann/a",
        "support",
    )


async def test_other_guideline_version_is_rejected(working: Intake) -> None:
    (rejected,) = rejected_of(await working.send(label("ann", guideline_version="0.9.0")))
    assert (rejected.field, rejected.valid) == ("guideline_version", "1.0.0")


async def test_task_is_complete_with_its_overlap_and_takes_no_more(working: Intake) -> None:
    emitted = await working.send(*(label(name, minutes=n) for n, name in enumerate("abcd")))
    (completed,) = [one for one in emitted if isinstance(one, TaskCompleted)]
    assert (completed.item_id, completed.labels) == ("a", 3)
    assert [one.annotator for one in accepted_of(emitted)] == ["a", "b", "c"]
    (surplus,) = rejected_of(emitted)
    assert (surplus.annotator, surplus.field) == ("d", "task_id")


async def test_revision_replaces_the_label(working: Intake) -> None:
    await working.send(label("ann"))
    (corrected,) = accepted_of(await working.send(label("ann", revision=2, value="unsafe")))
    assert (corrected.revision, corrected.value, corrected.withdrawn) == (2, "unsafe", False)


async def test_older_revision_after_a_newer_one_changes_nothing(working: Intake) -> None:
    await working.send(label("ann", minutes=12, revision=2))
    assert await working.send(label("ann", minutes=11, value="unsafe")) == []


async def test_withdrawal_is_told_and_the_next_in_line_moves_up(working: Intake) -> None:
    await working.send(*(label(name, minutes=n) for n, name in enumerate("abcd")))
    emitted = await working.send(label("b", minutes=20, revision=2, withdrawn=True))
    assert {(one.annotator, one.withdrawn, one.revision) for one in accepted_of(emitted)} == {
        ("b", True, 2),
        ("d", False, 1),
    }
    assert await working.statuses() == {
        "a/a": "accepted",
        "b/a": "withdrawn",
        "c/a": "accepted",
        "d/a": "accepted",
    }
    assert await working.harness.fetch("SELECT FROM submissions WHERE rejection IS NOT NULL") == []


async def test_withdrawal_of_what_was_never_accepted_is_silent(working: Intake) -> None:
    assert await working.send(label("ann", revision=2, withdrawn=True)) == []
    assert await working.send(label("ann")) == []


async def test_displaced_label_is_taken_back_by_a_higher_revision(working: Intake) -> None:
    await working.send(*(label(name, minutes=10 + n) for n, name in enumerate("abc")))
    emitted = await working.send(label("early", minutes=5))
    assert {(one.annotator, one.withdrawn, one.revision) for one in accepted_of(emitted)} == {
        ("early", False, 1),
        ("c", True, 2),
    }
    assert [(one.annotator, one.revision) for one in rejected_of(emitted)] == [("c", 1)]
    emitted = await working.send(label("early", minutes=20, revision=2, withdrawn=True))
    back = {one.annotator: one for one in accepted_of(emitted)}["c"]
    assert (back.withdrawn, back.revision) == (False, 3)


async def test_suspension_frees_the_places_but_takes_no_label_back(working: Intake) -> None:
    await working.send(*(label(name, minutes=n) for n, name in enumerate("abcd")))
    emitted = await working.deliver(working.at(9, suspended("b")))
    assert [(one.annotator, one.withdrawn) for one in accepted_of(emitted)] == [("d", False)]
    (rejected,) = rejected_of(await working.send(label("b", item_id="b", minutes=10)))
    assert (rejected.field, rejected.value) == ("annotator", "b")
    assert len(accepted_of(await working.send(label("c", item_id="b", minutes=10)))) == 1


async def test_suspension_elsewhere_does_not_matter(working: Intake) -> None:
    await working.deliver(working.at(1, suspended("ann", vendor="brightlabel")))
    assert len(accepted_of(await working.send(label("ann")))) == 1


async def test_late_news_of_a_suspension_reaches_labels_after_it(working: Intake) -> None:
    await working.send(label("ann", minutes=10))
    emitted = await working.deliver(working.at(9, suspended("ann")))
    assert accepted_of(emitted) == []
    assert [one.field for one in rejected_of(emitted)] == ["annotator"]
    assert await working.statuses() == {"ann/a": "rejected"}


async def test_same_revision_with_other_content_is_refused(working: Intake) -> None:
    await working.send(label("ann"))
    (rejected,) = rejected_of(await working.send(label("ann", minutes=11, value="unsafe")))
    assert (rejected.field, rejected.value, rejected.valid) == (
        "revision",
        "1",
        "a revision above 1",
    )


async def test_annotation_moved_to_another_task_is_refused(working: Intake) -> None:
    await working.send(label("ann"))
    elsewhere = label("ann", minutes=11, revision=2, task_id=task_of(BATCH, "b"))
    (rejected,) = rejected_of(await working.send(elsewhere))
    assert (rejected.field, rejected.valid) == ("task_id", task_of(BATCH, "a"))


async def test_lower_revision_for_a_task_unknown_so_far_takes_the_label_back(
    working: Intake,
) -> None:
    await working.send(label("ann", minutes=11, revision=2))
    emitted = await working.send(label("ann", minutes=10, task_id="unknown"))
    (taken_back,) = accepted_of(emitted)
    assert (taken_back.task_id, taken_back.withdrawn) == (task_of(BATCH, "a"), True)
    assert await working.statuses() == {"ann/a": "waiting"}


async def test_text_from_outside_may_hold_anything(working: Intake) -> None:
    strange = "'; DROP TABLE labels; --\u2028😀\\" + "x" * 5000
    (rejected,) = rejected_of(await working.send(label("ann", value=strange)))
    assert rejected.value == strange[:200]


async def test_label_is_written_twice_on_one_page(working: Intake) -> None:
    """To be locked, then as it was judged: what goes to another page costs an index entry."""

    async def updated() -> tuple[int, int]:
        await working.harness.fetch("SELECT pg_stat_force_next_flush()")
        (row,) = await working.harness.fetch(
            "SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = 'labels'"
        )
        return row["n_tup_upd"], row["n_tup_hot_upd"]

    written, in_place = await updated()
    await working.send(*(label(f"ann{number}", minutes=number) for number in range(100)))
    after, in_place_after = await updated()
    assert after - written == in_place_after - in_place == 100
