"""A run against its baseline, and how often noise looks like a regression."""

from dataclasses import replace
from random import Random

import pytest
from statsmodels.stats.proportion import proportions_ztest

from feedback_router.domain.assessment import Plan, RunStanding, assess, dismissal
from feedback_router.domain.outcomes import Outcome
from feedback_router.domain.slicing import Search


def outcomes(passed: list[bool], errored: set[int] | None = None, **slices: str) -> list[Outcome]:
    prefix = "-".join(slices.values())
    return [
        Outcome(f"{prefix}{number}", "exact_match", slices, right, number in (errored or set()))
        for number, right in enumerate(passed)
    ]


def test_forty_lost_and_ten_gained_of_a_thousand_is_a_regression() -> None:
    before = outcomes([True] * 900 + [False] * 100, language="es")
    after = outcomes([False] * 40 + [True] * 870 + [False] * 90, language="es")
    (found,) = assess(after, before, Plan(("language",))).comparisons
    assert (found.counts.pairs, found.counts.lost, found.counts.gained) == (1000, 40, 10)
    assert found.p_value == pytest.approx(2.386e-5, rel=1e-3)
    assert found.regressed


def test_a_slice_that_got_better_is_no_regression() -> None:
    before, after = outcomes([False] * 20, language="es"), outcomes([True] * 20, language="es")
    (found,) = assess(after, before, Plan(("language",))).comparisons
    assert found.q_value <= 0.05
    assert not found.regressed


def test_errored_samples_are_no_pairs() -> None:
    before = outcomes([True] * 20, errored={0}, language="es")
    after = outcomes([True] * 10 + [False] * 10, errored={1, *range(10, 20)}, language="es")
    (found,) = assess(after, before, Plan(("language",))).comparisons
    assert (found.counts.pairs, found.counts.lost) == (8, 0)


def test_a_run_of_errors_is_neither_regression_nor_pass() -> None:
    before = outcomes([True] * 20, language="es")
    crashed = outcomes([False] * 20, errored=set(range(20)), language="es")
    assessment = assess(crashed, before, Plan(("language",)))
    assert (assessment.standing, assessment.comparisons) == ("infrastructure_failure", ())
    assert "infrastructure failure" in dismissal(
        RunStanding("infrastructure_failure", "v1", 0), 0.05
    )


def test_a_run_that_says_so_itself_crashed() -> None:
    before = outcomes([True] * 20, language="es")
    assert assess([], before, Plan(("language",)), crashed=True).standing == (
        "infrastructure_failure"
    )


def test_runs_without_any_answer_are_not_compared() -> None:
    before, after = outcomes([True], language="es"), outcomes([False], language="de")
    assert assess(after, before, Plan(("language",))).standing == "incomparable"
    assert assess(after, [], Plan(("language",))).standing == "incomparable"


def test_samples_of_which_none_is_in_both_runs_are_two_groups_and_it_is_said() -> None:
    before = outcomes([True] * 180 + [False] * 20, language="es")
    after = [replace(one, sample_id=f"new-{one.sample_id}")
             for one in outcomes([True] * 70 + [False] * 30, language="es")]  # fmt: skip
    (found,) = assess(after, before, Plan(("language",))).comparisons
    assert (found.test, found.samples_before, found.counts.pairs) == ("two_proportion", 200, 100)
    assert (found.counts.passed_before, found.counts.passed_after) == (90, 70)
    assert found.p_value == pytest.approx(proportions_ztest([180, 70], [200, 100])[1])
    assert found.regressed


def test_a_sample_without_the_attribute_is_compared_all_the_same() -> None:
    before, after = outcomes([True] * 9, kind="x"), outcomes([False] * 9, kind="x")
    (found,) = assess(after, before, Plan(("language",))).comparisons
    assert found.slices == ()
    assert found.regressed


def test_twenty_slices_of_noise_rarely_raise_an_alarm() -> None:
    """200 seeded pairs of runs of one unchanged model: false alarms in at most 5 % of them."""
    random = Random(20260301)
    alarms = 0
    runs = 200
    for _ in range(runs):
        before, after = [], []
        for cell in range(20):
            rate = 0.5 + 0.02 * cell
            before += outcomes([random.random() < rate for _ in range(40)], domain=f"d{cell:02}")
            after += outcomes([random.random() < rate for _ in range(40)], domain=f"d{cell:02}")
        comparisons = assess(after, before, Plan(("domain",))).comparisons
        assert len(comparisons) == 20
        alarms += any(found.regressed for found in comparisons)
    assert alarms / runs <= 0.05


def grid(rate: float, random: Random, worse: dict[tuple[str, ...], float]) -> list[Outcome]:
    """1200 samples, 3 x 4 x 5 values; a combination of values may have a rate of its own."""
    return [
        Outcome(
            f"{a}{b}{c}-{number}",
            "exact_match",
            {"domain": a, "language": b, "capability": c},
            random.random() < worse.get((a, b, c), worse.get((b, c), worse.get((c,), rate))),
        )
        for a in ("d0", "d1", "d2")
        for b in ("l0", "l1", "l2", "l3")
        for c in ("c0", "c1", "c2", "c3", "c4")
        for number in range(20)
    ]


SEARCHING = Plan(("domain",), 0.05, Search(3, 20))


@pytest.mark.parametrize(
    ("where", "found"),
    [
        (("c3",), (("capability", "c3"),)),
        (("l1", "c2"), (("capability", "c2"), ("language", "l1"))),
        (
            ("d1", "l2", "c0"),
            (("capability", "c0"), ("domain", "d1"), ("language", "l2")),
        ),
    ],
)
def test_a_slice_nobody_named_is_found_and_no_other(
    where: tuple[str, ...], found: tuple[tuple[str, str], ...]
) -> None:
    """The whole improves, one corner collapses: the overall score hides it, the search does not."""
    random = Random(1)
    before = grid(0.8, random, {})
    after = [
        replace(one, passed=one.passed or random.random() < 0.3)
        if not set(where) <= set(one.slices.values())
        else replace(one, passed=one.passed and random.random() < 0.2)
        for one in before
    ]
    if len(where) > 1:
        assert sum(one.passed for one in after) > sum(one.passed for one in before)
    regressed = [one for one in assess(after, before, SEARCHING).comparisons if one.regressed]
    assert found in {one.slices for one in regressed}
    named = {one.slices for one in regressed if not one.discovered}
    assert {one.slices for one in regressed if one.discovered} <= {found} | named


@pytest.mark.parametrize("order", [("domain", "kind"), ("kind", "domain")])
def test_a_named_slice_that_regressed_answers_for_what_is_found_inside_and_across_it(
    order: tuple[str, str],
) -> None:
    """All that is lost lies in half of one named slice, and in a searched one across it."""
    samples = [
        Outcome(f"{domain}-{kind}-{n}", "exact_match",
                {name: {"domain": domain, "kind": kind}[name] for name in order}, True)
        for domain, kinds in (("returns", "ab"), ("billing", "ac"), ("account", "cc"))
        for kind in kinds
        for n in range(8 if (domain, kind) == ("billing", "a") else 24)
    ]  # fmt: skip
    after = [replace(one, passed=not one.sample_id.startswith("returns-a-")) for one in samples]
    plan = Plan(("domain",), 0.05, Search(3, 20))
    regressed = [one for one in assess(after, samples, plan).comparisons if one.regressed]
    assert [(one.slices, one.discovered) for one in regressed] == [
        ((("domain", "returns"),), False)
    ]


def test_what_is_left_of_a_slice_outside_of_a_collapse_is_held_to_the_corrected_level() -> None:
    """Twelve of sixty refusals are lost, five of them in the slice that collapsed.

    Seven of seven by themselves (p = 0.016) are nothing among sixty comparisons.
    """
    before = [
        Outcome(f"{domain}-{language}-{number}", "exact_match",
                {"capability": f"c{number % 5}", "domain": domain, "language": language}, True)
        for domain in ("account", "billing", "returns", "shipping")
        for language in ("de", "en", "es")
        for number in range(25)
    ]  # fmt: skip
    beside = [one.sample_id for one in before if one.slices["capability"] == "c0"][:7]
    after = [
        replace(
            one, passed=not one.sample_id.startswith("returns-es") and one.sample_id not in beside
        )
        for one in before
    ]
    plan = Plan(("domain", "language"), 0.05, Search(3, 20))
    regressed = [one for one in assess(after, before, plan).comparisons if one.regressed]
    assert [one.slices for one in regressed] == [(("domain", "returns"), ("language", "es"))]


def test_a_search_costs_named_slices_a_factor_of_two_and_no_more() -> None:
    random = Random(2)
    before, after = grid(0.6, random, {}), grid(0.6, random, {})
    plain = {one.slices: one for one in assess(after, before, Plan(("domain",))).comparisons}
    wide = assess(after, before, SEARCHING)
    assert wide.compared > 50
    for one in wide.comparisons:
        assert one.q_value <= 2 * plain[one.slices].q_value + 1e-12


def test_a_thousand_runs_of_noise_raise_an_alarm_in_at_most_five_percent() -> None:
    """Named and searched slices and two metrics together, 60 samples a run."""
    random = Random(20261124)
    plan = Plan(("domain",), 0.05, Search(3, 5))
    alarms = 0
    for _ in range(1000):
        runs: list[list[Outcome]] = [[], []]
        for metric, rate in (("m1", 0.5), ("m2", 0.8)):
            for side in runs:
                side += [
                    Outcome(
                        str(number),
                        metric,
                        {"domain": f"d{number % 3}", "language": f"l{number // 3 % 4}"},
                        random.random() < rate,
                    )
                    for number in range(60)
                ]
        alarms += any(one.regressed for one in assess(runs[1], runs[0], plan).comparisons)
    assert alarms / 1000 <= 0.05


def test_lower_is_better_where_passes_score_lower() -> None:
    """Toxicity: what passes has the lower score, so a rising mean is the regression."""
    before = [Outcome(str(n), "toxicity", {}, True, score=0.1 + n / 1000) for n in range(40)]
    after = [
        Outcome(str(n), "toxicity", {}, n % 2 == 0, score=(0.1 if n % 2 == 0 else 0.8) + n / 1000)
        for n in range(40)
    ]
    (found,) = assess(after, before, Plan(("language",))).comparisons
    assert (found.test, found.regressed) == ("clustered_bootstrap", True)
    assert found.difference is not None
    assert found.lower is not None
    assert found.difference > found.lower > 0
