"""Floors and the release gate."""

from __future__ import annotations

import pytest

from aidataops.events.quality import Agreement, Verdict
from qa.domain.floor import hold_against
from qa.domain.gate import check_agreement, check_golden_accuracy, check_label_coverage, opens


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
        check_agreement(measured, 0.667),
        check_golden_accuracy(*golden),
        check_label_coverage(*covered),
    )
    assert opens(checks) is released
    assert all(check.detail for check in checks)


def test_nothing_ships_without_an_agreement_measurement() -> None:
    assert not opens((check_golden_accuracy(20, 20), check_label_coverage(9, 9)))
