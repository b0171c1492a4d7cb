"""Which cohorts a slice gained between two versions."""

import pytest
from scipy import stats

from feedback_router.domain.composition import Part, slice_change

ES = {"domain": "returns", "language": "es"}


def test_a_cohort_that_took_over_a_slice_is_the_suspect() -> None:
    before = [Part(ES, "acme", 60), Part({"domain": "billing"}, "legacy", 500)]
    after = [Part(ES, "acme", 4), Part(ES | {"capability": "x"}, "legacy", 12)]
    change = slice_change(before, after, ES, 0.05)
    first = change.cohorts[0]
    assert (change.items_before, change.items_after) == (60, 16)
    assert change.suspects == ("legacy",)
    assert (first.cohort, first.items, first.share_before, first.share_after) == (
        "legacy", 12, 0.0, 0.75,
    )  # fmt: skip
    assert first.p_value == pytest.approx(stats.fisher_exact([[12, 4], [0, 60]]).pvalue)
    assert first.odds_ratio is not None
    assert first.odds_ratio > 100


def test_the_same_mixture_in_another_size_suspects_nobody() -> None:
    before = [Part(ES, "acme", 60), Part(ES, "legacy", 20)]
    after = [Part(ES, "acme", 30), Part(ES, "legacy", 10)]
    assert slice_change(before, after, ES, 0.05).suspects == ()


def test_a_slice_that_is_gone_suspects_nobody() -> None:
    change = slice_change([Part(ES, "acme", 60)], [], ES, 0.05)
    assert (change.items_after, change.suspects) == (0, ())


def test_many_cohorts_of_noise_are_held_to_the_false_discovery_rate() -> None:
    """One of forty cohorts has p = .04 by itself: not enough among forty."""
    before = [Part(ES, f"c{number}", 50) for number in range(40)]
    after = [Part(ES, f"c{number}", 50 if number else 73) for number in range(40)]
    change = slice_change(before, after, ES, 0.05)
    assert min(found.p_value or 1 for found in change.cohorts) < 0.06
    assert change.suspects == ()
