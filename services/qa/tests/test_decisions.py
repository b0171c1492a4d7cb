"""What people and sourcing decide, at the gate."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from aidataops.events.annotation import LabelAccepted
from aidataops.events.base import Payload
from aidataops.events.governance import ItemReleaseDecided
from aidataops.events.quality import (
    AgreementMeasured,
    BatchBlocked,
    BatchReleased,
    ConsensusMethodSelected,
    ConsensusReached,
    GateCheck,
)
from aidataops.events.sourcing import CoverageMeasured, ItemQuarantined
from aidataops.testing.harness import ServiceHarness, SettableClock
from qa.app import create_app
from qa.measurer import measure_all, measure_some

from .conftest import CAREFUL, GOLDEN, TRUTH
from .emitted import those


def check_of(verdict: BatchReleased | BatchBlocked, name: str) -> GateCheck:
    (check,) = [check for check in verdict.checks if check.name == name]
    return check


@pytest.fixture
def good(support: Any, items: dict[str, str]) -> list[Payload]:
    """A batch that is released."""
    return [
        support.defined(),
        support.golden_items(),
        *support.tasks("b1", items),
        *support.labels("b1", items, CAREFUL),
    ]


@pytest.fixture
def poor(good: list[Payload]) -> list[Payload]:
    """The same with an annotator who is wrong now and then: agreement is not reached."""
    return [
        one.model_copy(update={"value": "unclear"})
        if isinstance(one, LabelAccepted)
        and (one.item_id[:6], one.annotator) == ("item-0", "acme-2")
        else one
        for one in good
    ]


async def test_a_standard_is_used_from_then_on_and_named(
    qa: ServiceHarness, support: Any, good: list[Payload]
) -> None:
    await qa.deliver(*good)
    emitted = await qa.deliver(support.standard("agreement_floor", 1.0))
    emitted += await qa.deliver(support.standard("golden_accuracy", 0.5))
    released = those(BatchReleased, emitted)[-1]
    agreement = check_of(released, "agreement")
    assert (agreement.floor, agreement.standard) == (1.0, "standard-agreement_floor-1.0")
    golden = check_of(released, "golden_accuracy")
    assert (golden.floor, golden.standard) == (0.5, "standard-golden_accuracy-0.5")
    assert those(AgreementMeasured, emitted)[0].standard == "standard-agreement_floor-1.0"
    assert golden.verdict == "passed"


async def test_of_two_standards_the_later_counts_whatever_comes_first(
    qa: ServiceHarness, support: Any, good: list[Payload]
) -> None:
    first = support.standard("agreement_floor", 0.9)
    later = support.standard("agreement_floor", 0.8, made_at=first.made_at + timedelta(days=1))
    await qa.deliver(*good, later)
    assert not await qa.deliver(first)
    rows = await qa.fetch("SELECT payload->>'floor' AS floor FROM findings WHERE scope = 'batch'")
    assert {row["floor"] for row in rows} == {"0.8"}


@pytest.mark.parametrize("who", [{"made_by": "intern"}, {"role": "consulted"}])
async def test_only_the_accountable_decides(
    qa: ServiceHarness, support: Any, poor: list[Payload], who: dict[str, str]
) -> None:
    assert those(BatchBlocked, await qa.deliver(*poor))
    far = support.waiver("b1").expires_at + timedelta(days=9999)
    waiver = support.waiver("b1", expires_at=far, **who)
    assert not await qa.deliver(support.standard("agreement_floor", 0.1, **who), waiver)
    assert those(
        BatchReleased,
        await qa.deliver(
            support.waiver("b1", "agreement", decision_id="of-the-accountable", expires_at=far)
        ),
    )


async def test_who_is_accountable_elsewhere_waives_nothing_here(
    qa: ServiceHarness, support: Any, other: Any, poor: list[Payload]
) -> None:
    far = support.waiver("b1").expires_at + timedelta(days=9999)
    await qa.deliver(other.defined(), *poor)
    assert not await qa.deliver(other.waiver("b1", decision_id="theirs", expires_at=far))
    assert not await qa.deliver(support.defined(revision=2))
    assert those(BatchReleased, await qa.deliver(support.waiver("b1", expires_at=far)))


async def test_a_waiver_releases_until_it_is_over(
    database: str, support: Any, poor: list[Payload]
) -> None:
    application = create_app()
    clock = application.clock = SettableClock()
    waiver = support.waiver("b1", expires_at=clock.now() + timedelta(hours=1))
    async with ServiceHarness.start(application, database) as qa:
        (blocked,) = those(BatchBlocked, await qa.deliver(*poor))
        assert check_of(blocked, "agreement").verdict != "passed"
        (released,) = those(BatchReleased, await qa.deliver(waiver))
        check = check_of(released, "agreement")
        assert (check.waiver, check.waived_until) == (waiver.decision_id, waiver.expires_at)
        await measure_all(application)
        said = len(qa.published)
        clock.advance(timedelta(hours=1))
        await measure_some(application)
        await measure_some(application)
        types = [dict(record.headers)["ce_type"].decode() for record in qa.published[said:]]
        assert types == [BatchBlocked.type]


async def test_a_later_waiver_takes_an_earlier_one_back(
    database: str, support: Any, poor: list[Payload]
) -> None:
    application = create_app()
    clock = application.clock = SettableClock()
    granted = support.waiver("b1", expires_at=clock.now() + timedelta(hours=9))
    revoked = support.waiver(
        "b1", decision_id="revoked", expires_at=clock.now(),
        made_at=granted.made_at + timedelta(minutes=1),
    )  # fmt: skip
    async with ServiceHarness.start(application, database) as qa:
        assert those(BatchBlocked, await qa.deliver(*poor))
        assert those(BatchReleased, await qa.deliver(granted))
        assert those(BatchBlocked, await qa.deliver(revoked))
        assert not await qa.deliver(granted.model_copy())


async def test_a_waiver_that_comes_before_the_batch_waits_for_it(
    qa: ServiceHarness, support: Any, poor: list[Payload]
) -> None:
    far = support.waiver("b1", expires_at=support.waiver("b1").expires_at + timedelta(days=9999))
    assert await qa.deliver(far) == []
    assert those(BatchReleased, await qa.deliver(*poor))


async def test_coverage_that_failed_blocks_and_passed_opens(
    qa: ServiceHarness, good: list[Payload]
) -> None:
    clock = qa.application.clock = SettableClock()
    await qa.deliver(*good)
    failed = CoverageMeasured(
        project="support",
        items=9,
        shares=(),
        verdict="failed",
        population_stability_index=0.31,
    )
    (blocked,) = those(BatchBlocked, await qa.deliver(failed))
    assert check_of(blocked, "coverage").figure == 0.31
    silent = CoverageMeasured(project="support", items=9, shares=())
    assert await qa.deliver(silent) == []
    clock.advance(timedelta(hours=1))
    passed = failed.model_copy(update={"verdict": "passed", "population_stability_index": 0.02})
    assert those(BatchReleased, await qa.deliver(passed))


async def test_coverage_that_hardly_moves_judges_nothing_anew(
    qa: ServiceHarness, good: list[Payload]
) -> None:
    clock = qa.application.clock = SettableClock()
    await qa.deliver(*good)
    emitted = []
    for index in (0.021, 0.019, 0.0231, 0.12):
        clock.advance(timedelta(hours=1))
        measured = CoverageMeasured(
            project="support",
            items=9,
            shares=(),
            verdict="passed",
            population_stability_index=index,
        )
        emitted.append(await qa.deliver(measured))
    assert [len(those(BatchReleased, said)) for said in emitted] == [1, 0, 0, 1]


async def test_an_item_held_back_blocks_until_it_is_let_in(
    qa: ServiceHarness, support: Any, good: list[Payload]
) -> None:
    await qa.deliver(*good)
    held = ItemQuarantined(
        item_id="item-03", project="support", source_id="s", gate="personal_data", reason="IBAN"
    )
    (blocked,) = those(BatchBlocked, await qa.deliver(held))
    assert (check_of(blocked, "privacy").verdict, check_of(blocked, "privacy").figure) == (
        "failed",
        1,
    )
    decided = ItemReleaseDecided(
        decision_id="d1",
        subject="item-03",
        project="support",
        gate="personal_data",
        made_by="program-lead",
        role="accountable",
        made_at=support.waiver("b1").made_at,
    )
    assert not await qa.deliver(decided.model_copy(update={"role": "consulted"}))
    assert those(BatchReleased, await qa.deliver(decided))


async def test_a_chosen_method_weighs_the_labels_once_golden_items_anchor_it(
    qa: ServiceHarness, support: Any, good: list[Payload]
) -> None:
    first = await qa.deliver(*good)
    assert {one.method for one in those(ConsensusReached, first)} == {"majority"}
    chosen = ConsensusMethodSelected(project="support", method="dawid_skene", selected_by="lead")
    second = await qa.deliver(chosen)
    assert {one.method for one in those(ConsensusReached, second)} == {"dawid_skene"}
    unknown = chosen.model_copy(update={"method": "oracle", "revision": 2})
    third = await qa.deliver(unknown)
    assert {one.method for one in those(ConsensusReached, third)} == {"majority"}
    assert not await qa.deliver(chosen.model_copy())


async def test_a_new_label_weighs_its_own_batch_anew_and_no_other(
    qa: ServiceHarness, support: Any, items: dict[str, str], good: list[Payload]
) -> None:
    chosen = ConsensusMethodSelected(project="support", method="dawid_skene", selected_by="lead")
    again = support.tasks("b2", items), support.labels("b2", items, CAREFUL)
    await qa.deliver(*good, chosen, *again[0], *again[1])
    written = "SELECT DISTINCT batch_id, xmin::text FROM batch_scores ORDER BY 1"
    before = dict(await qa.fetch(written))
    assert set(before) == {"b1", "b2"}
    await qa.deliver(again[1][0].model_copy(update={"revision": 2, "value": "unclear"}))
    after = dict(await qa.fetch(written))
    assert {batch for batch in before if before[batch] != after[batch]} == {"b2"}


@pytest.mark.parametrize(("minute", "method"), [(-100, "dawid_skene"), (100, "majority")])
async def test_golden_answers_anchor_the_batches_that_end_after_them(
    qa: ServiceHarness, support: Any, minute: int, method: str
) -> None:
    chosen = ConsensusMethodSelected(project="support", method="dawid_skene", selected_by="lead")
    golden = [
        support.label("b0", item, who, value, minute=minute)
        for item, value in GOLDEN.items()
        for who in CAREFUL
    ]
    labels = support.labels("b1", TRUTH, CAREFUL)
    emitted = await qa.deliver(
        support.defined(), support.golden_items(), chosen, *support.tasks("b1", TRUTH), *golden,
        *labels,
    )  # fmt: skip
    assert {one.method for one in those(ConsensusReached, emitted)} == {method}
