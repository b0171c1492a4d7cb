"""The bootstrap over units: honest bounds, the same figures every time."""

from __future__ import annotations

from math import nan
from typing import Any

import krippendorff
import numpy as np
import pytest

from qa.domain.agreement.coefficients import krippendorff_alpha
from qa.domain.agreement.coincidences import CoincidenceMatrix, Pattern
from qa.domain.agreement.measure import Schema, measure
from qa.domain.agreement.resamples import intervals, observed
from qa.domain.agreement.scales import INTERVAL, NOMINAL, RATIO, OrdinalScale, Scale

LEVELS = ("1", "2", "3")
PATTERNS: dict[Pattern, int] = {
    (("1", 3),): 20,
    (("2", 3),): 12,
    (("3", 2),): 6,
    (("1", 1), ("2", 2)): 4,
    (("1", 2), ("3", 1)): 3,
}
SCALES: dict[str, Scale] = {
    "nominal": NOMINAL,
    "ordinal": OrdinalScale(LEVELS),
    "interval": INTERVAL,
    "ratio": RATIO,
}
Bounds = tuple[float | None, float | None]


def alpha_interval(
    patterns: dict[Pattern, int], seed: str = "seed", scale: Scale = NOMINAL
) -> Bounds:
    return intervals(patterns, {"alpha": krippendorff_alpha(scale)}, seed)["alpha"]


@pytest.mark.parametrize("name", SCALES)
def test_the_interval_is_that_of_drawing_units_one_by_one(name: Any) -> None:
    table = np.array(
        [
            [dict(pattern).get(value, 0) for value in LEVELS]
            for pattern, units in PATTERNS.items()
            for _ in range(units)
        ]
    )
    random = np.random.default_rng(5)
    resamples = (table[random.integers(0, len(table), len(table))] for _ in range(1500))
    alphas = [
        krippendorff.alpha(value_counts=resample, value_domain=[1, 2, 3], level_of_measurement=name)
        for resample in resamples
    ]
    expected = tuple(np.percentile(alphas, [2.5, 97.5]))
    assert alpha_interval(PATTERNS, scale=SCALES[name]) == pytest.approx(expected, abs=0.025)


@pytest.mark.parametrize("name", SCALES)
def test_a_resample_is_measured_as_the_matrix_measures(name: str) -> None:
    alpha = CoincidenceMatrix.of(PATTERNS).alpha(SCALES[name])
    assert observed(PATTERNS, krippendorff_alpha(SCALES[name])) == pytest.approx(alpha, abs=1e-12)


def test_the_same_seed_gives_the_same_interval_whatever_the_order() -> None:
    backwards = dict(reversed(PATTERNS.items()))
    assert alpha_interval(PATTERNS, "x") == alpha_interval(backwards, "x")
    assert alpha_interval(PATTERNS, "x") != alpha_interval(PATTERNS, "y")


def test_more_units_narrow_the_interval() -> None:
    lower, upper = alpha_interval(PATTERNS, "x")
    narrow_lower, narrow_upper = alpha_interval({p: 100 * n for p, n in PATTERNS.items()}, "x")
    assert None not in (lower, upper, narrow_lower, narrow_upper)
    wide, narrow = (upper or nan) - (lower or nan), (narrow_upper or nan) - (narrow_lower or nan)
    assert narrow == pytest.approx(wide / 10, rel=0.2)


def test_variation_that_hangs_on_one_unit_has_no_bounds() -> None:
    assert alpha_interval({(("a", 3),): 30, (("b", 3),): 1}, "x") == (None, None)


def test_resamples_without_a_figure_count_as_the_lowest_and_the_highest() -> None:
    figures = np.concatenate([np.full(10, np.nan), np.arange(990.0)])
    assert intervals(PATTERNS, {"figure": lambda _: figures}, "x")["figure"] == (15, 974)
    many = np.concatenate([np.full(26, np.nan), np.arange(974.0)])
    assert intervals(PATTERNS, {"figure": lambda _: many}, "x")["figure"] == (None, None)
    assert intervals(PATTERNS, {"figure": lambda _: np.arange(1000.0)}, "x")["figure"] == (25, 974)


def test_lots_of_resamples_do_not_change_the_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = alpha_interval(PATTERNS, "x")
    monkeypatch.setattr("qa.domain.agreement.resamples.CELLS_AT_ONCE", 500)
    assert alpha_interval(PATTERNS, "x") == whole


def test_what_is_too_wide_to_resample_has_a_value_but_no_interval(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("qa.domain.agreement.resamples.CELLS_AT_MOST", 10)
    measured = measure(
        CoincidenceMatrix.of(PATTERNS), Schema("text"), annotators=3, seed="s"
    ).agreement
    assert measured.value is not None
    assert (measured.lower, measured.upper) == (None, None)


@pytest.mark.slow
def test_the_interval_covers_what_is_true() -> None:
    """Units drawn from known frequencies: the interval holds their alpha about 95 % of the time."""
    random = np.random.default_rng(3)
    patterns = list(PATTERNS)
    shares = np.array(list(PATTERNS.values()), dtype=float)
    shares /= shares.sum()
    truth = CoincidenceMatrix.of(
        {pattern: int(1e6 * share) for pattern, share in zip(patterns, shares, strict=True)}
    ).alpha()
    assert truth is not None
    covered = 0
    for trial in range(400):
        drawn = random.multinomial(150, shares)
        sample = {p: int(n) for p, n in zip(patterns, drawn, strict=True) if n}
        lower, upper = alpha_interval(sample, str(trial))
        covered += lower is not None and upper is not None and lower <= truth <= upper
    assert 0.91 <= covered / 400 <= 0.98
