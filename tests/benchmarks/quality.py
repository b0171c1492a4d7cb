"""What quality costs: agreement label by label, and Dawid–Skene, beside the reference libraries.

Learned: a label costs about 4 µs and a nominal alpha 2 µs, of 12 µs when the read still added up
the mass of every pair. Sparse Dawid–Skene gains most from `bincount` per true value, by annotator
and by item: adding up a row of labels per value at a time beats `reduceat` over all of them, and
holds no array of values × labels. From a million labels as text, reading them in takes as long as
ten iterations: that row says what is left of the ratio with it.
"""

from __future__ import annotations

import time
import tracemalloc
import warnings
from collections.abc import Awaitable, Callable
from random import Random
from typing import Any

import krippendorff
import numpy as np

from qa.domain.agreement.coincidences import CoincidenceMatrix
from qa.domain.consensus.dawid_skene import fit_dawid_skene
from qa.domain.consensus.table import Answer, Integers, LabelTable
from tests.benchmarks.ratio import Ratio, compare, summarize
from tests.benchmarks.stage import Stage

VALUES = 5
OVERLAP = 3
ITERATIONS = 10
"""Of both; whether they would have converged is not what is measured."""


async def agreement(stage: Stage, *, events: int, rounds: int) -> list[Ratio]:
    """A label added, another withdrawn, alpha read after each; beside alpha computed anew."""
    sizes = (events // 10, events, events * 10)
    return [one for labels in sizes for one in await _agreement(labels, rounds)]


async def _agreement(labels: int, rounds: int) -> list[Ratio]:
    random = Random(labels)
    matrix = CoincidenceMatrix()
    units = labels // OVERLAP
    counts = np.zeros((units, VALUES), dtype=int)
    for unit in range(units):
        truth = random.randrange(VALUES)
        for _ in range(OVERLAP):
            value = truth if random.random() < 0.8 else random.randrange(VALUES)
            matrix.add(str(unit), str(value))
            counts[unit, value] += 1
    rows, columns = counts.nonzero()
    times = counts[rows, columns]
    units_of, values_of = np.repeat(rows, times), np.repeat(columns, times)
    expected = krippendorff.alpha(value_counts=counts, level_of_measurement="nominal")
    if abs((matrix.alpha() or 0) - expected) > 1e-12:
        raise AssertionError(f"{matrix.alpha()} is not the reference's {expected}")
    if abs(_one_shot(units_of, values_of) - expected) > 1e-12:
        raise AssertionError("the one-shot in numpy is not the reference's")

    async def incremental() -> float:
        changes = [
            (str(random.randrange(units)), str(random.randrange(VALUES))) for _ in range(2000)
        ]
        start = time.process_time()
        for unit, value in changes:
            matrix.add(unit, value)
            matrix.alpha()
            matrix.withdraw(unit, value)
            matrix.alpha()
        return 2 * len(changes) / (time.process_time() - start)

    def anew(alpha: Callable[[], float]) -> Callable[[], Awaitable[float]]:
        async def baseline() -> float:
            times = max(1, 200_000 // labels)
            start = time.process_time()
            for _ in range(times):
                alpha()
            return times / (time.process_time() - start)

        return baseline

    baselines: dict[str, Callable[[], float]] = {
        "krippendorff.alpha of the counts": lambda: krippendorff.alpha(
            value_counts=counts, level_of_measurement="nominal"
        ),
        "numpy, of the labels": lambda: _one_shot(units_of, values_of),
    }
    return [
        await compare(
            f"incremental alpha at {labels:,} labels",
            unit="labels/s",
            figure=incremental,
            baseline_name=f"{name}, anew for every label",
            baseline=anew(alpha),
            at_least=500 if labels >= 100_000 else None,
            rounds=rounds,
        )
        for name, alpha in baselines.items()
    ]


def _one_shot(units: Integers, values: Integers) -> float:
    """Alpha, nominal, of labels by unit and value, as short as numpy has it."""
    rows = int(units.max()) + 1
    counts = np.bincount(units * VALUES + values, minlength=rows * VALUES).reshape(rows, VALUES)
    counts = counts[counts.sum(axis=1) > 1].astype(float)
    weighted = counts / (counts.sum(axis=1, keepdims=True) - 1)
    alike = (weighted * (counts - 1)).sum()
    margins = counts.sum(axis=0)
    labels = margins.sum()
    expected = labels * labels - (margins * margins).sum()
    return float(1 - (labels - 1) * (labels - alike) / expected)


async def consensus(stage: Stage, *, events: int, rounds: int) -> list[Ratio]:
    """Dawid–Skene on the same labels as crowd-kit: same answer, time and memory."""
    goals = ((events // 10, None), (events, 8.0), (events * 10, 8.0))
    found = [one for labels, goal in goals for one in await _consensus(labels, goal, rounds)]
    answers = _crowd(events)
    memory = [
        (_peak(lambda: _reference(_frame(answers))), _peak(lambda: _ours(LabelTable(answers))))
    ]
    held = "crowd-kit, tracemalloc, labels read in"
    name = f"Dawid–Skene at {events:,} labels: memory"
    return [*found, summarize(name, "bytes at most", held, memory, at_most=1)]


async def _consensus(labels: int, goal: float | None, rounds: int) -> list[Ratio]:
    answers = _crowd(labels)
    table, frame = LabelTable(answers), _frame(answers)
    theirs = _reference(frame).loc[table.items, table.values].to_numpy()
    if np.abs(_ours(table) - theirs).max() > 1e-9:
        raise AssertionError("the answers differ from the reference's")

    def rate(fit: Callable[[], object]) -> Callable[[], Awaitable[float]]:
        async def rated() -> float:
            start = time.process_time()
            fit()
            return labels / (time.process_time() - start)

        return rated

    pairs: list[tuple[str, float | None, Callable[[], object], Callable[[], object]]] = [
        ("", goal, lambda: _ours(table), lambda: _reference(frame)),
        (
            ", read in from a list",
            None,
            lambda: _ours(LabelTable(answers)),
            lambda: _reference(_frame(answers)),
        ),
    ]
    return [
        await compare(
            f"Dawid–Skene at {labels:,} labels{name}",
            unit="labels/s",
            figure=rate(ours),
            baseline_name=f"crowd-kit on the same labels, {ITERATIONS} iterations each",
            baseline=rate(reference),
            at_least=at_least,
            rounds=min(rounds, 3) if labels > 500_000 else rounds,
        )
        for name, at_least, ours, reference in pairs
    ]


def _crowd(labels: int) -> list[Answer]:
    random = np.random.default_rng(labels)
    items, people = labels // OVERLAP, max(20, labels // 1000)
    truth = np.repeat(random.integers(0, VALUES, items), OVERLAP)
    first = random.integers(0, people, items)
    who = np.stack([(first + step) % people for step in range(OVERLAP)], axis=1).ravel()
    right = random.random(len(truth)) < random.uniform(0.5, 0.95, people)[who]
    value = np.where(right, truth, random.integers(0, VALUES, len(truth)))
    return [
        (f"{item:07}", f"w{worker}", f"v{said}")
        for item, worker, said in zip(np.repeat(np.arange(items), OVERLAP), who, value, strict=True)
    ]


def _frame(answers: list[Answer]) -> Any:
    import pandas

    return pandas.DataFrame(answers, columns=["task", "worker", "label"])


def _ours(table: LabelTable) -> Any:
    return fit_dawid_skene(table, iterations=ITERATIONS, tolerance=-np.inf).probabilities


def _reference(frame: Any) -> Any:
    from crowdkit.aggregation import DawidSkene

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return DawidSkene(n_iter=ITERATIONS, tol=-np.inf).fit_predict_proba(frame)


def _peak(run: Callable[[], object]) -> float:
    tracemalloc.start()
    run()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return float(peak)
