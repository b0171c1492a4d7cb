"""The service on a real Postgres: what it says when, and what it does not repeat."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import pytest

from aidataops.events.quality import (
    AgreementMeasured,
    AnnotatorReinstated,
    AnnotatorSuspended,
    BatchBlocked,
    BatchReleased,
    ConsensusReached,
    GoldenScored,
    ReviewRequested,
)
from aidataops.testing.harness import ServiceHarness, payload_of
from qa.app import create_app

from .conftest import CAREFUL
from .emitted import those

WITH_CARELESS = ("acme-1", "acme-2", "bright-2")


async def test_a_batch_is_released_with_its_agreement_when_its_last_label_is_in(
    qa: ServiceHarness, support: Any, items: dict[str, str]
) -> None:
    *labels, last = support.labels("b1", items, CAREFUL)
    before = await qa.deliver(
        support.defined(), support.golden_items(), *support.tasks("b1", items), *labels
    )
    assert set(map(type, before)) == {GoldenScored}
    after = await qa.deliver(last)
    (batch,) = those(AgreementMeasured, after)
    assert (batch.scope, batch.scope_value, batch.verdict) == ("batch", "b1", "passed")
    assert (batch.agreement.value, batch.agreement.units, batch.agreement.labels) == (1, 24, 72)
    assert batch.agreement.annotators == 3
    (released,) = those(BatchReleased, after)
    assert released.revision == 1
    assert released.remediation_id == "remediation-1"
    assert released.agreement == batch.agreement
    assert {check.name: check.verdict for check in released.checks} == {
        "agreement": "passed",
        "golden_accuracy": "inconclusive",
        "label_coverage": "passed",
    }
    truth = {item: value for item, value in items.items() if item.startswith("item-")}
    assert {item.item_id: item.value for item in released.items} == truth
    assert released.items[0].slices == {"domain": "returns", "language": "es"}
    assert len(released.items[0].label_ids) == 3
    assert released.items[0].cohorts[0] == "acme-labels/default/1.0.0/b1"
    assert {c.item_id: c.value for c in those(ConsensusReached, after)} == truth
    assert not await qa.dead_letters()


async def test_the_careless_annotator_is_suspended_and_counts_no_more(
    qa: ServiceHarness, support: Any, items: dict[str, str]
) -> None:
    emitted = await qa.deliver(
        support.defined(),
        support.golden_items(),
        *support.tasks("b1", items),
        *support.labels("b1", items, WITH_CARELESS),
    )
    (suspended,) = those(AnnotatorSuspended, emitted)
    assert (suspended.annotator, suspended.vendor) == ("bright-2", "brightlabel")
    assert (suspended.golden_correct, suspended.golden_total) == (3, 6)
    (released,) = those(BatchReleased, emitted)
    assert released.agreement.annotators == 2
    assert released.agreement.labels == 48
    assert not [i for item in released.items for i in item.label_ids if "bright-2" in i]


async def test_a_suspension_that_comes_later_blocks_what_was_released(
    qa: ServiceHarness, support: Any, items: dict[str, str]
) -> None:
    work = {item: value for item, value in items.items() if item.startswith("item-")}
    flawed = [
        label.model_copy(update={"value": "unclear"})
        if label.annotator == "acme-2" and label.item_id < "item-06"
        else label
        for label in support.labels("b1", work, CAREFUL)
    ]
    careless = [
        label.model_copy(update={"annotator": "bright-2"})
        if label.annotator == "bright-1"
        else label
        for label in flawed
    ]
    first = await qa.deliver(support.defined(floor=0.5), *support.tasks("b1", work), *careless)
    (released,) = those(BatchReleased, first)
    assert len(released.items) == 24
    golden = [support.label("b2", f"gold-{n}", "bright-2", "unsafe") for n in range(3)]
    second = await qa.deliver(support.golden_items(), *golden)
    assert [s.annotator for s in those(AnnotatorSuspended, second)] == ["bright-2"]
    (blocked,) = those(BatchBlocked, second)
    assert (blocked.batch_id, blocked.revision) == ("b1", 2)
    reviews = [one for one in those(ReviewRequested, second) if one.reason != "more_overlap"]
    assert {r.item_id for r in reviews} == {f"item-{n:02}" for n in range(6)}
    assert reviews[0].reason == "tie"
    assert reviews[0].excluded_annotators == ("acme-1", "acme-2", "bright-2")
    withdrawn = [g.model_copy(update={"revision": 2, "withdrawn": True}) for g in golden]
    third = await qa.deliver(*withdrawn)
    assert [r.annotator for r in those(AnnotatorReinstated, third)] == ["bright-2"]
    (again,) = those(BatchReleased, third)
    assert again == released.model_copy(update={"revision": 3})


async def test_redelivered_label_is_scored_once(qa: ServiceHarness, support: Any) -> None:
    label = support.label("b1", "gold-0", "acme-1", "correct")
    (scored,) = await qa.deliver(support.golden_items(), label, label)
    assert isinstance(scored, GoldenScored)
    assert (scored.golden_correct, scored.golden_total, scored.correct) == (1, 1, True)
    assert await qa.deliver(label) == []
    assert await qa.deliver(label.model_copy()) == []


async def test_an_older_revision_that_comes_late_changes_nothing(
    qa: ServiceHarness, support: Any
) -> None:
    old = support.label("b1", "gold-0", "acme-1", "unsafe")
    new = support.label("b1", "gold-0", "acme-1", "correct", revision=2)
    await qa.deliver(support.golden_items(), new)
    assert await qa.deliver(old) == []
    assert [tuple(r) for r in await qa.fetch("SELECT revision, value FROM labels")] == [
        (2, "correct")
    ]


async def test_golden_answers_are_judged_in_the_order_they_were_given(
    qa: ServiceHarness, support: Any
) -> None:
    golden = {f"g{n:02}": "correct" for n in range(30)}
    right = [support.label("b", f"g{n:02}", "acme-1", "correct", minute=n) for n in range(21)]
    wrong = [support.label("b", f"g{n:02}", "acme-1", "unsafe", minute=n) for n in range(21, 24)]
    suspended = await qa.deliver(support.golden_items(golden), *wrong)
    assert those(AnnotatorSuspended, suspended)
    reinstated = await qa.deliver(*right)
    assert those(AnnotatorReinstated, reinstated)
    assert [r["status"] for r in await qa.fetch("SELECT status FROM annotators")] == ["qualified"]


async def test_what_did_not_change_is_not_said_again(
    qa: ServiceHarness, support: Any, items: dict[str, str]
) -> None:
    await qa.deliver(
        support.defined(),
        support.golden_items(),
        *support.tasks("b1", items),
        *support.labels("b1", items, CAREFUL),
    )
    assert await qa.deliver(support.defined(), support.golden_items()) == []
    assert await qa.deliver(*support.tasks("b1", items)) == []
    said = await qa.deliver(support.label("b1", "item-00", "bright-2", "unsafe"))
    assert Counter(type(payload) for payload in said) == {
        AgreementMeasured: 1,
        ConsensusReached: 1,
        BatchReleased: 1,
    }
    assert those(BatchReleased, said)[0].revision == 2


async def test_a_raised_floor_is_held_against_all_batches(
    qa: ServiceHarness, support: Any, items: dict[str, str]
) -> None:
    labels = support.labels("b1", items, CAREFUL)
    labels[0] = labels[0].model_copy(update={"value": "unclear"})
    await qa.deliver(support.defined(), *support.tasks("b1", items), *labels)
    raised = await qa.deliver(support.defined(floor=0.99, revision=2))
    assert [(m.scope, m.floor) for m in those(AgreementMeasured, raised)] == [("batch", 0.99)]
    (blocked,) = those(BatchBlocked, raised)
    assert blocked.revision == 2
    assert await qa.deliver(support.defined(floor=0.1)) == []


async def test_labels_that_are_all_alike_block_with_the_reason(
    qa: ServiceHarness, support: Any
) -> None:
    alike = {f"item-{n}": "correct" for n in range(5)}
    emitted = await qa.deliver(
        support.defined(), *support.tasks("b1", alike), *support.labels("b1", alike, CAREFUL)
    )
    (blocked,) = those(BatchBlocked, emitted)
    assert blocked.agreement is not None
    assert (blocked.agreement.value, blocked.agreement.reason) == (None, "no_variation")
    assert blocked.checks[0].verdict == "inconclusive"


async def test_a_batch_waits_for_all_its_tasks_and_its_project(
    qa: ServiceHarness, support: Any, items: dict[str, str]
) -> None:
    first, *rest = support.tasks("b1", items)
    assert await qa.deliver(*rest, *support.labels("b1", items, CAREFUL)) == []
    assert await qa.deliver(first) == []
    assert those(BatchReleased, await qa.deliver(support.defined()))


async def test_nothing_is_said_of_a_batch_of_which_a_task_is_not_known(
    qa: ServiceHarness, support: Any, items: dict[str, str]
) -> None:
    first, *rest = support.tasks("b1", items)
    labels = support.labels("b1", items, CAREFUL)
    assert await qa.deliver(support.defined(), *rest, *labels) == []
    assert those(BatchReleased, await qa.deliver(first))


async def test_a_task_has_its_labels_when_so_many_people_gave_one(
    qa: ServiceHarness, support: Any
) -> None:
    (task,) = support.tasks("b1", {"item-00": "correct"}, overlap=2)
    label = support.label("b1", "item-00", "acme-1", "correct")
    again = label.model_copy(update={"label_id": "again"})
    assert await qa.deliver(support.defined(), task, label, again) == []
    other = support.label("b1", "item-00", "acme-2", "correct")
    assert those(BatchBlocked, await qa.deliver(other))


async def test_an_item_that_turns_out_to_be_golden_leaves_the_release(
    qa: ServiceHarness, support: Any, items: dict[str, str]
) -> None:
    first = await qa.deliver(
        support.defined(), *support.tasks("b1", items), *support.labels("b1", items, CAREFUL)
    )
    assert len(those(BatchReleased, first)[0].items) == 30
    second = await qa.deliver(support.golden_items())
    (released,) = those(BatchReleased, second)
    assert (released.revision, len(released.items)) == (2, 24)
    rows = await qa.fetch("SELECT count(*) FROM findings WHERE kind = 'item'")
    assert rows[0]["count"] == 24


async def test_projects_do_not_see_each_other(
    qa: ServiceHarness, support: Any, other: Any, items: dict[str, str]
) -> None:
    emitted = await qa.deliver(
        support.defined(),
        other.defined(),
        other.golden_items(),
        *support.tasks("b1", items),
        *support.labels("b1", items, CAREFUL),
    )
    assert not those(GoldenScored, emitted)
    assert {payload.project for payload in emitted} == {"support"}  # type: ignore[attr-defined]


async def test_two_members_at_work_on_one_batch_miss_nothing(
    database: str, support: Any, items: dict[str, str]
) -> None:
    async with (
        ServiceHarness.start(create_app(), database) as one,
        ServiceHarness.start(create_app(), database) as two,
    ):
        await one.deliver(support.defined(), support.golden_items(), *support.tasks("b1", items))
        labels = support.labels("b1", items, WITH_CARELESS)
        await asyncio.gather(
            *(qa.deliver(label) for qa, label in zip([one, two] * 45, labels, strict=True))
        )
        published = [payload_of(record) for record in one.published + two.published]
    emitted = [payload for payload in published if payload is not None]
    assert len(those(GoldenScored, emitted)) == 18
    assert len(those(AnnotatorSuspended, emitted)) == 1
    assert max(those(BatchReleased, emitted), key=lambda r: r.revision).agreement.labels == 48


@pytest.mark.parametrize("text", ["Ж'; DROP TABLE labels; --", '{"a": [1]}', "a/b,{c}", "𝔘"])
async def test_identifiers_and_values_may_hold_anything(
    qa: ServiceHarness, support: Any, text: str
) -> None:
    work = {f"{text}{n}": (text, "correct")[n % 2] for n in range(12)}
    emitted = await qa.deliver(
        support.defined(), *support.tasks(text, work), *support.labels(text, work, CAREFUL)
    )
    (released,) = those(BatchReleased, emitted)
    assert {item.item_id: item.value for item in released.items} == work
