"""Which cohorts a slice gained between two versions."""

import pytest
from scipy import stats

from feedback_router.domain.composition import Part, Weighing, item_change, slice_change

WEIGHING = Weighing(0.05)
ES = {"domain": "returns", "language": "es"}


def test_a_cohort_that_took_over_a_slice_is_the_suspect() -> None:
    before = [Part(ES, "acme", 60), Part({"domain": "billing"}, "legacy", 500)]
    after = [Part(ES, "acme", 4), Part(ES | {"capability": "x"}, "legacy", 12)]
    change = slice_change(before, after, ES, WEIGHING)
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
    assert slice_change(before, after, ES, WEIGHING).suspects == ()


def test_a_slice_that_is_gone_suspects_nobody() -> None:
    change = slice_change([Part(ES, "acme", 60)], [], ES, WEIGHING)
    assert (change.items_after, change.suspects) == (0, ())


def test_many_cohorts_of_noise_are_held_to_the_false_discovery_rate() -> None:
    """One of forty cohorts has p = .04 by itself: not enough among forty."""
    before = [Part(ES, f"c{number}", 50) for number in range(40)]
    after = [Part(ES, f"c{number}", 50 if number else 73) for number in range(40)]
    change = slice_change(before, after, ES, WEIGHING)
    assert min(found.p_value or 1 for found in change.cohorts) < 0.06
    assert change.suspects == ()


def rows(domain: str, cohort: str, items: int) -> Part:
    return Part({"domain": domain}, cohort, items)


def test_the_twelve_percent_cohort_of_named_items_ranks_first() -> None:
    named = [rows("x", "legacy", 40), rows("x", "acme", 60)]
    every = [rows("x", "legacy", 600), rows("x", "acme", 4400)]
    change = item_change(named, every, Weighing(0.05, ("domain",)))
    first = change.cohorts[0]
    assert (change.basis, change.items_before, change.items_after) == ("items", 4900, 100)
    assert change.suspects == ("legacy",)
    assert (first.cohort, first.basis, first.share_after) == ("legacy", "items", 0.4)
    assert (first.odds_ratio, first.lower, first.upper) == pytest.approx(
        (5.17, 3.43, 7.78), abs=0.005
    )
    assert first.mantel_haenszel == pytest.approx(first.odds_ratio)


@pytest.mark.parametrize(("strata", "blamed"), [(("domain",), ()), ((), ("legacy",))])
def test_a_cohort_is_not_blamed_for_the_domain_that_it_comes_from(
    strata: tuple[str, ...], blamed: tuple[str, ...]
) -> None:
    """The Simpson strata [[40,60],[4,6]] and [[1,9],[10,90]], as named and other rows."""
    named = [rows("a", "legacy", 40), rows("a", "acme", 60)]
    named += [rows("b", "legacy", 1), rows("b", "acme", 9)]
    other = [rows("a", "legacy", 4), rows("a", "acme", 6)]
    other += [rows("b", "legacy", 10), rows("b", "acme", 90)]
    change = item_change(named, [*named, *other], Weighing(0.05, strata))
    assert change.suspects == blamed
    if strata:
        assert {one.cohort: one.mantel_haenszel for one in change.cohorts} == pytest.approx(
            {"legacy": 1.0, "acme": 1.0}
        )


def test_what_quality_control_doubts_comes_first_among_suspects_and_blames_nobody() -> None:
    before = [Part(ES, "acme", 300)]
    after = [Part(ES, "acme", 100), Part(ES, "legacy", 60), Part(ES, "doubted", 40)]
    plain = slice_change(before, after, ES, WEIGHING)
    assert plain.suspects == ("legacy", "doubted")
    quality = {"doubted": "agreement 0.31.", "acme": "agreement 0.35."}
    weighed = slice_change(before, after, ES, Weighing(0.05, (), quality))
    assert weighed.suspects == ("doubted", "legacy")
    assert weighed.cohorts[0].quality == "agreement 0.31."
