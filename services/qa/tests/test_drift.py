"""Drift: run lengths by simulation, and what an alarm names."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import pairwise
from math import exp
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from qa.domain.drift import Chart, Drift, Point, Score, Series, find_drift, follow


def watch(scores: Iterable[float]) -> Iterator[int]:
    """Where a series of scores alarms."""
    chart = Chart()
    for number, score in enumerate(scores):
        chart = chart.follow(Point(score))
        if chart.alarms:
            yield number


def first_alarm(scores: list[float]) -> int | None:
    return next(watch(scores), None)


def drifts_of(scores: list[Score]) -> list[Drift]:
    return find_drift(follow({}, scores), scores)


def test_in_control_the_chart_runs_on() -> None:
    """Average run length ≥ 370, estimated as batches per alarm over 120 000 batches."""
    random = Random(1)
    alarms = sum(len(list(watch(random.gauss(5, 2) for _ in range(3000)))) for _ in range(40))
    assert 120_000 / alarms >= 370


def test_young_charts_alarm_no_more_often_than_that() -> None:
    """What a run length of 370 allows within the first hundred batches."""
    random = Random(5)
    charts = [[random.gauss(5, 2) for _ in range(100)] for _ in range(600)]
    alarmed = sum(first_alarm(scores) is not None for scores in charts)
    assert alarmed / len(charts) <= 1 - exp(-100 / 370)


@pytest.mark.parametrize(("history", "delay"), [(50, 13), (100, 11)])
def test_a_drop_of_one_sigma_is_found_within_fifteen_batches(history: int, delay: int) -> None:
    """On average, and not by a margin that the simulation could hide; a run is cut after 200."""
    random = Random(2)
    delays = []
    for _ in range(500):
        scores = [random.gauss(0, 1) for _ in range(history)]
        scores += [random.gauss(-1, 1) for _ in range(200)]
        alarm = first_alarm(scores)
        if alarm is None or alarm >= history:
            delays.append(200 if alarm is None else alarm + 1 - history)
    assert sum(delays) / len(delays) <= delay


def test_deviates_are_standard_normal_from_the_start() -> None:
    """So that limits hold without a baseline: Kolmogorov's test on what the chart adds up."""
    random = Random(3)
    deviates = []
    for _ in range(2000):
        chart = Chart()
        for _ in range(4):
            chart = chart.follow(Point(random.gauss(7, 3)))
        deviates.append(chart.deviate(Point(random.gauss(7, 3))))
    assert stats.kstest(deviates, "norm").pvalue > 0.01


def test_what_rises_or_stays_brings_no_alarm() -> None:
    assert first_alarm([1.0] * 50) is None
    assert first_alarm([0.0] * 40 + [3.0] * 20) is None


def batches(seed: int, drop_from: int, number: int = 80) -> list[Score]:
    """Three annotators in two slices; bright-1 grows careless on Spanish items."""
    random = Random(seed)
    return [
        Score(
            f"b{batch:03}", vendor, who, f"{vendor}/pool/1.0.0", json.dumps({"lang": lang}), x, 60
        )
        for batch in range(number)
        for vendor, who in (("acme", "acme-1"), ("acme", "acme-2"), ("bright", "bright-1"))
        for lang in ("de", "es")
        for dropped in [batch >= drop_from and who == "bright-1" and lang == "es"]
        for x in [float(sum(random.random() < (0.6 if dropped else 0.9) for _ in range(60)))]
    ]


def test_the_alarm_names_annotator_cohort_and_slice() -> None:
    found = drifts_of(batches(1, drop_from=60))
    scopes = {(drift.scope, drift.scope_value) for drift in found}
    assert ("annotator", '["bright","bright-1"]') in scopes
    assert ("cohort", "bright/pool/1.0.0") in scopes
    assert ("slice", "lang=es") in scopes
    assert ("slice", "lang=de") not in scopes
    for drift in found:
        assert (drift.vendor, drift.annotator) == ("bright", "bright-1")
        assert drift.line == "bright/pool/1.0.0"
        assert drift.slices == {"lang": "es"}
        assert drift.batch_id >= "b060"
        assert drift.mean_since < drift.mean_before
        assert drift.batches_since_change <= 15
    firsts = {one.scope: one for one in reversed(found)}
    began = {
        one.scope: int(one.batch_id[1:]) - one.batches_since_change + 1 for one in firsts.values()
    }
    assert began == dict.fromkeys(("annotator", "cohort", "project", "slice"), 60)
    assert firsts["annotator"].batch_id <= "b064"


def test_who_lost_most_agreements_is_named_not_who_lost_the_largest_share() -> None:
    random = Random(6)
    scores = [
        Score(f"b{batch:02}", "acme", who, "line", "{}", float(agreed), judged)
        for batch in range(40)
        for fallen in [batch >= 30]
        for who, judged, agreed in (
            ("few", 2, 0 if fallen else 2),
            ("many", 60, (36 if fallen else 54) + random.randrange(3)),
        )
    ]
    named = {drift.annotator for drift in drifts_of(scores) if drift.scope == "project"}
    assert named == {"many"}


def test_nobody_is_named_where_only_the_shares_of_work_changed() -> None:
    """Each is as right as before, but who is less right does more: the series fell all the same."""
    scores = [
        Score(f"b{batch:02}", "acme", who, "line", "{}", right * judged, judged)
        for batch in range(40)
        for judged, other in [(20, 100) if batch >= 30 else (100 + 10 * (batch % 2), 20)]
        for who, right, judged in (("good", 1.0, judged), ("poor", 0.5, other))
    ]
    found = [drift for drift in drifts_of(scores) if drift.scope == "project"]
    assert {(drift.annotator, drift.vendor) for drift in found} == {(None, None)}


def test_nothing_is_named_where_nothing_changed() -> None:
    alarms = sum(len(drifts_of(batches(seed, drop_from=999, number=40))) for seed in range(10))
    assert alarms <= 3  # 10 × 40 batches of 7 series: about 3 at a run length of 900


@pytest.mark.parametrize("judged", [1, 400])
def test_one_slip_after_a_perfect_history_is_no_drift(judged: int) -> None:
    history = [Score(f"b{n}", "v", "a", "l", "{}", float(judged), judged) for n in range(30)]
    slip = Score("b99", "v", "a", "l", "{}", judged - 1.0, judged)
    assert drifts_of([*history, slip]) == []


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 99), cuts=st.lists(st.integers(0, 80), max_size=6))
def test_charts_that_are_moved_on_are_those_that_are_drawn_at_once(
    seed: int, cuts: list[int]
) -> None:
    scores = batches(seed, drop_from=40)
    charts: dict[Series, Chart] = {}
    steps = []
    for start, end in pairwise([0, *sorted(cuts), 80]):
        part = [one for one in scores if f"b{start:03}" <= one.batch_id < f"b{end:03}"]
        moved = follow(charts, part)
        charts |= {step.series: step.chart for step in moved}
        steps += moved
    assert steps == follow({}, scores)
    assert any(step.chart.alarms for step in steps)


def test_a_chart_that_is_watched_long_stays_as_it_would_be_with_exact_sums() -> None:
    """10 000 batches: what is taken back and added leaves no trace beyond rounding."""
    random, chart, kept = Random(4), Chart(), 0
    exact: list[Fraction] = []
    for _ in range(10_000):
        score = random.gauss(1.2, 0.1)
        if chart.alarms:
            exact = exact[: len(exact) - len(chart.rising)]
            kept += 1
        chart = chart.follow(Point(score))
        exact.append(Fraction(score))
    assert kept > 3
    assert chart.count == len(exact)
    assert chart.total == pytest.approx(float(sum(exact)), rel=1e-12)
