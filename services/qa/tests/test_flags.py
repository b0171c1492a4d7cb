"""Flags: found when deserved, and hardly ever when not."""

from __future__ import annotations

import json
from collections import Counter
from random import Random

import pytest
from scipy import stats

from qa.domain.flags import flag_annotator, flag_pair, rank_sum
from qa.domain.measuring import suspect_annotator, suspect_pair
from qa.domain.units import Unit, difference

from .crowd import Crowd

Key = tuple[str, str]


def flagged(units: list[Unit]) -> Counter[Key]:
    """(Annotator, flag) as the service would find them from the tallies."""
    scopes: dict[Key, dict[tuple[str, str], int]] = {}
    for tally, number in difference([], units).items():
        scopes.setdefault(tally[:2], {})[tally[2:]] = number
    found: Counter[Key] = Counter()
    for (scope, value), tallies in scopes.items():
        if scope == "annotator":
            flags = suspect_annotator("support", value, tallies, [], [])
        elif scope == "annotator_pair":
            flags = suspect_pair("support", value, tallies)
        else:
            flags = []
        found.update((flag.annotator, flag.flag) for flag in flags)
    return found


@pytest.mark.parametrize("seed", range(5))
def test_both_who_answer_alike_are_flagged_and_nobody_else(seed: int) -> None:
    found = flagged(Crowd(seed).units(200, golden=20))
    assert set(found) == {("colluding-0", "collusion"), ("colluding-1", "collusion")}


@pytest.mark.parametrize("seed", range(3))
def test_one_who_answers_at_random_carries_no_information(seed: int) -> None:
    found = flagged(Crowd(seed, colluding=1).units(500, golden=20))
    assert set(found) == {("colluding-0", "no_information")}


def test_honest_annotators_are_hardly_ever_flagged() -> None:
    crowds = [Crowd(seed, accuracy=0.7, colluding=0).units(150, golden=15) for seed in range(40)]
    assert sum(bool(flagged(units)) for units in crowds) <= 1


def test_one_who_always_says_the_same_carries_no_information() -> None:
    answers = Counter({("peers", truth, "a"): 20 for truth in "abc"})
    (flag,) = flag_annotator(answers, [], [])
    assert flag.name == "no_information"
    assert flag.evidence["kappa"] == 0


def test_too_few_answers_say_nothing() -> None:
    assert flag_annotator(Counter({("peers", "a", "b"): 19}), [], []) == []
    assert flag_pair(Counter({("a", "b", "b"): 9})) is None


def test_golden_items_answered_far_better_than_others_look_known() -> None:
    random = Random(1)
    answers: Counter[tuple[str, str, str]] = Counter({("golden", "a", "a"): 45})
    for _ in range(120):
        answers["peers", "a", "a" if random.random() < 0.55 else "b"] += 1
        answers["peers", "b", "b" if random.random() < 0.55 else "a"] += 1
    assert "leak_alike" in [flag.name for flag in flag_annotator(answers, [], [])]
    fair = Counter({("golden", "a", "a"): 19, ("golden", "a", "b"): 1})
    fair.update({("peers", "a", "a"): 90, ("peers", "b", "b"): 90, ("peers", "a", "b"): 20})
    assert flag_annotator(fair, [], []) == []
    a_little = Counter({("golden", "a", "a"): 950, ("golden", "a", "b"): 50})
    a_little.update({("peers", "a", "a"): 425, ("peers", "b", "b"): 425, ("peers", "a", "b"): 150})
    assert flag_annotator(a_little, [], []) == []


def test_golden_items_answered_far_faster_than_others_look_known() -> None:
    random = Random(2)
    others = [random.lognormvariate(3, 0.5) for _ in range(200)]
    hasty = [random.lognormvariate(2, 0.5) for _ in range(12)]
    fair = [random.lognormvariate(3, 0.5) for _ in range(12)]
    (flag,) = flag_annotator({}, hasty, others)
    assert flag.name == "leak_fast"
    assert flag.evidence["seconds_ratio"] < 0.5
    assert flag_annotator({}, fair, others) == []


def test_leaks_are_hardly_ever_seen_where_there_are_none() -> None:
    random = Random(3)
    alarms = 0
    for _ in range(400):
        golden = [random.lognormvariate(3, 0.6) for _ in range(10)]
        others = [random.lognormvariate(3, 0.6) for _ in range(100)]
        alarms += bool(flag_annotator({}, golden, others))
    assert alarms <= 2


def test_rank_sum_is_that_of_scipy() -> None:
    random = Random(4)
    first = [random.randrange(9) for _ in range(15)]
    second = [random.randrange(12) for _ in range(40)]
    expected = stats.mannwhitneyu(
        first, second, alternative="less", method="asymptotic", use_continuity=False
    )
    z = rank_sum(first, second)
    assert stats.norm.cdf(z) == pytest.approx(expected.pvalue, abs=1e-12)
    assert rank_sum([1, 1], [1, 1, 1]) == 0


def test_names_may_hold_anything() -> None:
    units = Crowd(1).units(60)
    odd = [
        Unit(u.project, u.slices, u.golden, tuple(v._replace(vendor='a"/,') for v in u.votes))
        for u in units
    ]
    assert flagged(odd)
    scopes = {tally.scope_value for tally in difference([], odd) if tally.scope == "annotator"}
    assert {json.loads(scope)[0] for scope in scopes} == {'a"/,'}
