"""Labels that their vendor no longer has."""

from datetime import datetime
from typing import Any

from aidataops.events.annotation import LabelsReconciled, LabelsWithdrawn

from .conftest import Intake, accepted_of, instant, label


def stream(annotator: str, minutes: float = 10, **more: Any) -> Any:
    """A label of the vendor's project ``1``, of its task ``t1``."""
    return label(annotator, minutes=minutes, vendor_project="1", vendor_task_id="t1", **more)


def gone(minutes: float, *annotations: str, tasks: tuple[str, ...] = ()) -> LabelsWithdrawn:
    return LabelsWithdrawn(
        vendor="acme-labels",
        vendor_project="1",
        annotation_ids=annotations,
        vendor_task_ids=tasks,
        withdrawn_at=instant(minutes),
    )


def export(minutes: float, *annotations: str, **more: Any) -> LabelsReconciled:
    exported_at: datetime = instant(minutes)
    return LabelsReconciled(
        vendor="acme-labels",
        vendor_project="1",
        exported_at=exported_at,
        annotation_ids=annotations,
        **more,
    )


async def test_deleted_annotation_is_taken_back(working: Intake) -> None:
    await working.send(stream("ann"), stream("bob"))
    (withdrawn,) = accepted_of(await working.deliver(working.at(20, gone(20, "ann/a"))))
    assert (withdrawn.annotator, withdrawn.withdrawn, withdrawn.revision) == ("ann", True, 2)
    assert await working.statuses() == {"ann/a": "withdrawn", "bob/a": "accepted"}


async def test_deletion_before_the_label_arrives_takes_it_back_all_the_same(
    working: Intake,
) -> None:
    await working.deliver(working.at(20, gone(20, "ann/a")))
    assert await working.send(stream("ann")) == []
    assert await working.statuses() == {"ann/a": "withdrawn"}
    (back,) = accepted_of(await working.send(stream("ann", 21, revision=2)))
    assert not back.withdrawn


async def test_deleted_task_takes_all_its_annotations(working: Intake) -> None:
    await working.send(stream("ann"), stream("bob"), label("eve"))
    await working.deliver(working.at(20, gone(20, tasks=("t1",))))
    assert await working.statuses() == {
        "ann/a": "withdrawn",
        "bob/a": "withdrawn",
        "eve/a": "accepted",
    }


async def test_what_an_export_does_not_have_is_gone_and_comes_back_with_a_later_one(
    working: Intake,
) -> None:
    await working.send(stream("ann"), stream("bob"), stream("eve", 30), label("zoe", minutes=5))
    await working.deliver(working.at(20, export(20, "bob/a")))
    assert await working.statuses() == {
        "ann/a": "withdrawn",
        "bob/a": "accepted",
        "eve/a": "accepted",  # submitted after the export
        "zoe/a": "accepted",  # not of that project
    }
    await working.deliver(working.at(25, export(25, "ann/a", "bob/a")))
    assert (await working.statuses())["ann/a"] == "accepted"
    await working.deliver(working.at(20, export(20, "bob/a"), "again"))
    assert (await working.statuses())["ann/a"] == "accepted"


async def test_part_of_an_export_speaks_for_its_range_alone(working: Intake) -> None:
    await working.send(stream("ann"), stream("bob"), stream("eve"))
    await working.deliver(working.at(20, export(20, after="ann/a", until="bob/a")))
    assert await working.statuses() == {
        "ann/a": "accepted",
        "bob/a": "withdrawn",
        "eve/a": "accepted",
    }


async def test_correction_keeps_the_place_of_what_the_stream_missed(working: Intake) -> None:
    """Of four labels for three places the first three count, by their first revision."""
    await working.send(*(label(name, minutes=10 + n) for n, name in enumerate("abc")))
    late = stream("early", 30, revision=7, first_submitted_at=instant(5))
    await working.send(late)
    statuses = await working.statuses()
    assert (statuses["early/a"], statuses["c/a"]) == ("accepted", "rejected")


async def test_revision_may_be_a_time_in_microseconds(working: Intake) -> None:
    microseconds = 1_795_381_507_123_745
    (first,) = accepted_of(await working.send(stream("ann", revision=microseconds)))
    (second,) = accepted_of(
        await working.send(stream("ann", 11, revision=microseconds + 1, value="unsafe"))
    )
    assert (first.revision, second.revision, second.value) == (1, 2, "unsafe")
