"""Floors and the release gate."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from aidataops.events.quality import Agreement, GateCheck, Verdict
from qa.domain.floor import hold_against
from qa.domain.gate import (
    Coverage,
    Standard,
    Terms,
    Waiver,
    check_agreement,
    check_golden_accuracy,
    check_label_coverage,
    check_sourcing,
    opens,
    waive,
)


@pytest.mark.parametrize(
    ("lower", "upper", "verdict"),
    [
        (0.70, 0.90, "passed"),
        (0.667, 0.9, "passed"),
        (0.60, 0.90, "inconclusive"),
        (0.30, 0.667, "inconclusive"),
        (0.30, 0.66, "failed"),
        (None, None, "inconclusive"),
    ],
)
def test_the_lower_bound_is_held_against_the_floor(
    lower: float | None, upper: float | None, verdict: Verdict
) -> None:
    assert hold_against(0.667, lower, upper) == verdict


def agreement(lower: float | None, upper: float | None) -> Agreement:
    return Agreement(
        value=None if lower is None else 0.8,
        lower=lower,
        upper=upper,
        reason="no_variation" if lower is None else None,
        units=9,
        labels=27,
        annotators=3,
    )


GOOD = agreement(0.7, 0.9)
POOR = agreement(0.3, 0.5)
FLOOR = Standard(0.667)
TERMS = Terms(FLOOR)
WAIVER = Waiver("waiver-1", datetime(2026, 6, 1, tzinfo=UTC))


def checks_of(measured: Agreement, terms: Terms = TERMS) -> tuple[GateCheck, ...]:
    checks = (
        check_agreement(measured, terms.agreement_floor),
        check_golden_accuracy(15, 15),
        check_label_coverage(9, 9),
        *check_sourcing(terms),
    )
    return waive(checks, measured, terms.waivers)


@pytest.mark.parametrize(
    ("measured", "golden", "covered", "released"),
    [
        (GOOD, (15, 15), (9, 9), True),
        (GOOD, (0, 0), (9, 9), True),
        (GOOD, (15, 15), (8, 10), True),
        (GOOD, (15, 15), (7, 10), False),
        (GOOD, (5, 15), (9, 9), False),
        (GOOD, (15, 15), (0, 0), False),
        (agreement(0.6, 0.9), (15, 15), (9, 9), False),
        (agreement(0.3, 0.5), (15, 15), (9, 9), False),
        (agreement(None, None), (15, 15), (9, 9), False),
    ],
)
def test_a_batch_ships_only_on_evidence(
    measured: Agreement, golden: tuple[int, int], covered: tuple[int, int], released: bool
) -> None:
    checks = (
        check_agreement(measured, FLOOR),
        check_golden_accuracy(*golden),
        check_label_coverage(*covered),
    )
    assert opens(checks) is released
    assert all(check.detail for check in checks)
    assert checks[0].figure == measured.lower


def test_nothing_ships_without_an_agreement_measurement() -> None:
    assert not opens((check_golden_accuracy(20, 20), check_label_coverage(9, 9)))


def test_a_waiver_opens_the_gate_and_is_named() -> None:
    assert not opens(checks_of(POOR))
    checks = checks_of(POOR, Terms(FLOOR, waivers={"agreement": WAIVER}))
    assert opens(checks)
    assert (checks[0].verdict, checks[0].waiver) == ("failed", "waiver-1")
    assert checks[0].waived_until == WAIVER.until
    assert not any(check.waiver for check in checks[1:])


def test_a_waiver_that_is_not_needed_is_not_used() -> None:
    assert not any(c.waiver for c in checks_of(GOOD, Terms(FLOOR, waivers={"agreement": WAIVER})))


def test_no_waiver_stands_for_a_missing_measurement() -> None:
    checks = checks_of(agreement(None, None), Terms(FLOOR, waivers={"agreement": WAIVER}))
    assert not opens(checks)
    assert checks[0].waiver is None


def test_a_waiver_for_one_check_opens_no_other() -> None:
    assert not opens(checks_of(POOR, Terms(FLOOR, waivers={"label_coverage": WAIVER})))


@pytest.mark.parametrize(
    ("verdict", "released"), [("passed", True), ("inconclusive", True), ("failed", False)]
)
def test_coverage_that_failed_blocks(verdict: Verdict, released: bool) -> None:
    terms = Terms(
        FLOOR, coverage=Coverage(verdict, 0.3), coverage_floor=Standard(0.25, "decision-7")
    )
    checks = checks_of(GOOD, terms)
    assert opens(checks) is released
    assert (checks[-1].figure, checks[-1].floor, checks[-1].standard) == (0.3, 0.25, "decision-7")


def test_items_that_sourcing_holds_back_block() -> None:
    checks = checks_of(GOOD, Terms(FLOOR, quarantined={"personal_data": 2, "licence": 1}))
    assert not opens(checks)
    assert {check.name: check.figure for check in checks[3:]} == {"licence": 1, "privacy": 2}


def test_a_verdict_says_under_which_standard_it_was_made() -> None:
    check = check_agreement(GOOD, Standard(0.8, "decision-1"))
    assert (check.verdict, check.floor, check.standard) == ("inconclusive", 0.8, "decision-1")
