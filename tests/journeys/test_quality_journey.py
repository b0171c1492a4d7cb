"""Rows 7 to 12 of the mission: what qa says of labels, on Kafka, as they come in."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import TypeVar

import pytest

from aidataops.events import Payload
from aidataops.events.governance import StandardChanged
from aidataops.events.quality import (
    AgreementMeasured,
    AnnotatorFlagged,
    AnnotatorSuspended,
    BatchBlocked,
    BatchReleased,
    DriftDetected,
    GoldenItem,
    GoldenItemsDefined,
    GoldenScored,
    ReviewRequested,
)

from .labelling import Answers, label_all
from .stories import SLICES
from .world import World, eventually, header

P = TypeVar("P", bound=Payload)
FIXTURES = Path(__file__).parents[2] / "services" / "qa" / "tests" / "fixtures"


async def said(world: World, project: str, kind: type[P]) -> list[P]:
    """Everything of one type that qa has said of a project."""
    found = [
        kind.model_validate_json(record.value or b"")
        for record in await world.history(kind.topic)
        if header(record, "ce_type") == kind.type
    ]
    return [one for one in found if getattr(one, "project", None) == project]


async def settled(
    world: World, project: str, scope: str, units: int, value: str | None = None
) -> AgreementMeasured:
    """The last measurement of a scope, over so many units."""

    async def measured() -> AgreementMeasured | None:
        found = [
            one
            for one in await said(world, project, AgreementMeasured)
            if one.scope == scope and value in (None, one.scope_value)
        ]
        return found[-1] if found and found[-1].agreement.units == units else None

    answer: AgreementMeasured = await eventually(measured, f"{scope} is measured")
    return answer


def figures(measured: AgreementMeasured) -> dict[str, float | None]:
    return {one.coefficient: one.value for one in (measured.agreement, *measured.further)}


async def test_krippendorffs_matrix_has_his_alphas(world: World, project: str) -> None:
    with (FIXTURES / "krippendorff_4x12.csv").open() as lines:
        _, *rows = csv.reader(lines)
    answers = {
        f"u{unit}": {f"acme-{n}": f"{float(value):g}" for n, value in enumerate(values) if value}
        for unit, *values in rows
    }
    await label_all(world, project, answers, kind="ordinal", categories=("1", "2", "3", "4", "5"))
    found = figures(await settled(world, project, "project", 11))
    assert [
        found[f"krippendorff_alpha_{scale}"]
        for scale in ("nominal", "ordinal", "interval", "ratio")
    ] == pytest.approx([0.743, 0.815, 0.849, 0.797], abs=1e-3)


async def test_the_paradox_of_prevalence_is_warned_of(world: World, project: str) -> None:
    pairs = [("yes", "yes")] * 118 + [("yes", "no")] * 5 + [("no", "yes")] * 2
    answers = {f"u{n}": {"acme-1": a, "acme-2": b} for n, (a, b) in enumerate(pairs)}
    await label_all(world, project, answers)
    measured = await settled(world, project, "annotator_pair", 125)
    found = figures(measured)
    assert found["cohen_kappa"] == pytest.approx(-0.023, abs=1e-3)
    assert found["gwet_ac1"] == pytest.approx(0.941, abs=1e-3)
    assert measured.warnings == ("prevalence",)


async def test_labels_that_are_all_alike_have_no_alpha_and_no_release(
    world: World, project: str
) -> None:
    answers = {f"u{n}": {"acme-1": "yes", "acme-2": "yes"} for n in range(20)}
    await label_all(world, project, answers)
    agreement = (await settled(world, project, "project", 20)).agreement
    assert (agreement.value, agreement.reason) == (None, "no_variation")
    blocked = await eventually(lambda: said(world, project, BatchBlocked), "the batch is blocked")
    assert blocked[-1].agreement.reason == "no_variation"
    assert not await said(world, project, BatchReleased)


async def test_a_cohort_that_cannot_be_told_asks_for_more_overlap(
    world: World, project: str
) -> None:
    answers = {
        f"u{n:02}": {"acme-1": value, "acme-2": "no" if n in (1, 7, 13) else value}
        for n in range(24)
        for value in [("yes", "no")[n % 2] if n not in (1, 7, 13) else "yes"]
    }
    await label_all(world, project, answers, floor=0.8)
    cohort = await settled(world, project, "cohort", 24)
    assert cohort.verdict == "inconclusive"
    assert cohort.agreement.lower is not None
    assert cohort.agreement.upper is not None
    assert cohort.agreement.lower < 0.8 < cohort.agreement.upper

    async def asked() -> list[ReviewRequested]:
        found = await said(world, project, ReviewRequested)
        return [one for one in found if one.reason == "more_overlap"]

    requests = await eventually(asked, "more overlap is requested")
    assert {one.batch_id for one in requests} == {f"{project}-b1"}


async def test_three_misses_suspend_and_twenty_one_hits_qualify(world: World, project: str) -> None:
    names = [f"gold-{n:02}" for n in range(21)]
    golden = GoldenItemsDefined(
        project=project,
        items=tuple(GoldenItem(item_id=f"{project}-{n}", text=n, value="yes") for n in names),
    )
    assert world.publish(golden).accepted == 1
    answers = {
        name: {"acme-1": "yes"} | ({"acme-2": "no"} if n < 3 else {})
        for n, name in enumerate(names)
    }
    await label_all(world, project, answers)

    async def all_scored() -> list[GoldenScored]:
        found = await said(world, project, GoldenScored)
        return found if len({one.label_id for one in found}) == 24 else []

    scored = await eventually(all_scored, "all golden answers are scored")
    assert min(one.log_likelihood_ratio for one in scored if one.annotator == "acme-1") < -2.251
    (suspended,) = await said(world, project, AnnotatorSuspended)
    assert (suspended.annotator, suspended.golden_total) == ("acme-2", 3)
    shown = await world.get("qa", f"/projects/{project}/quality")
    assert {one["annotator"]: one["status"] for one in shown["annotators"]} == {
        "acme-1": "qualified",
        "acme-2": "suspended",
    }


def crowd(truths: Iterable[tuple[str, str]], seed: int) -> Answers:
    """Three careful people, and two who answer alike whatever is true."""
    random = Random(seed)
    answers: dict[str, dict[str, str]] = {}
    for item, truth in truths:
        careful = {
            f"acme-{n}": truth if random.random() < 0.9 else random.choice("abc") for n in range(3)
        }
        shared = random.choice("abc")
        answers[item] = careful | {"bright-1": shared, "bright-2": shared}
    return answers


async def test_two_who_answer_alike_are_both_flagged(world: World, project: str) -> None:
    random = Random(4)
    truths = {f"u{n:02}": random.choice("abc") for n in range(60)}
    await label_all(world, project, crowd(truths.items(), 5), categories=("a", "b", "c"), floor=0.1)

    async def both() -> bool:
        flags = await said(world, project, AnnotatorFlagged)
        return {(one.annotator, one.with_annotator) for one in flags if not one.cleared} == {
            ("bright-1", "bright-2"),
            ("bright-2", "bright-1"),
        }

    await eventually(both, "both are flagged, and nobody else")
    released = await eventually(lambda: said(world, project, BatchReleased), "the batch ships")
    items = released[-1].items
    right = [one.value == truths[one.item_id.removeprefix(f"{project}-")] for one in items]
    assert sum(right) / len(right) >= 0.9
    await raise_the_floor(world, project, 0.95)


async def raise_the_floor(world: World, project: str, floor: float) -> None:
    """Row 34: the gate uses it from then on and says so; it is in the ledger, with its target."""
    decided = StandardChanged(
        decision_id=f"{project}-floor", subject=project, made_by="lead", role="accountable",
        made_at=datetime.now(UTC), standard="agreement_floor", value=floor,
        business_target="complaints under 1 %",
    )  # fmt: skip
    assert not await said(world, project, BatchBlocked)
    assert world.publish(decided).accepted == 1
    blocked = await eventually(lambda: said(world, project, BatchBlocked), "the batch is blocked")
    checks = {check.name: check for check in blocked[-1].checks}
    assert (checks["agreement"].floor, checks["agreement"].standard) == (floor, decided.decision_id)

    async def acts() -> list[str]:
        found = await world.get("lineage", "/ledger")
        return [each["content"] for each in found if each["subject"] == project]

    (act,) = await eventually(acts, "the act is in the ledger")
    assert decided.business_target in act


async def test_drift_names_annotator_cohort_and_slice(world: World, project: str) -> None:
    random = Random(6)
    for number in range(16):
        careless = 0.75 if number >= 12 else 0.05
        answers = {}
        for n in range(24):
            truth = random.choice("abc")
            wrong = random.choice([value for value in "abc" if value != truth])
            answers[f"i{number:02}-{n}"] = {
                "acme-1": truth,
                "acme-2": truth if random.random() < 0.95 else wrong,
                "bright-1": wrong if random.random() < careless else truth,
            }
        await label_all(
            world,
            project,
            answers,
            batch=f"b{number:02}",
            categories=("a", "b", "c"),
            floor=0.1,
        )

    async def alarmed() -> list[DriftDetected]:
        found = await said(world, project, DriftDetected)
        return [one for one in found if one.scope == "annotator"]

    (alarm, *_) = await eventually(alarmed, "the chart alarms")
    assert (alarm.annotator, alarm.vendor, alarm.cohort) == (
        "bright-1",
        "bright",
        "bright/pool/1.0.0",
    )
    assert alarm.slices == SLICES
    assert alarm.batch_id in {f"{project}-b{number}" for number in (12, 13, 14, 15)}
