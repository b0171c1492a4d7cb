"""What quality costs: agreement label by label, and Dawid–Skene, beside the reference libraries.

Learned: of an alpha read after every label, most is the read (a few microseconds over five values);
the label itself is a dictionary or two. Sparse Dawid–Skene gains most from `bincount` per true
value and `reduceat` over labels sorted by item; what is left is `log` of the errors, which are
looked up per label, not computed per label.
"""

from __future__ import annotations

import time
import tracemalloc
import warnings
from collections.abc import Callable
from random import Random
from typing import Any

import krippendorff
import numpy as np

from qa.domain.agreement.coincidences import CoincidenceMatrix
from qa.domain.consensus.dawid_skene import fit_dawid_skene
from qa.domain.consensus.table import Answer, LabelTable
from tests.benchmarks.ratio import Ratio, compare, summarize
from tests.benchmarks.stage import Stage

VALUES = 5
OVERLAP = 3
ITERATIONS = 10
"""Of both; whether they would have converged is not what is measured."""


async def agreement(stage: Stage, *, events: int, rounds: int) -> list[Ratio]:
    """A label added, another withdrawn, alpha read after each; beside alpha computed anew."""
    return [await _agreement(labels, rounds) for labels in (events // 10, events, events * 10)]


async def _agreement(labels: int, rounds: int) -> Ratio:
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
    expected = krippendorff.alpha(value_counts=counts, level_of_measurement="nominal")
    if abs((matrix.alpha() or 0) - expected) > 1e-12:
        raise AssertionError(f"{matrix.alpha()} is not the reference's {expected}")

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

    async def anew() -> float:
        times = max(1, 200_000 // labels)
        start = time.process_time()
        for _ in range(times):
            krippendorff.alpha(value_counts=counts, level_of_measurement="nominal")
        return times / (time.process_time() - start)

    return await compare(
        f"incremental alpha at {labels:,} labels",
        unit="labels/s",
        figure=incremental,
        baseline_name="krippendorff.alpha of the counts, anew for every label",
        baseline=anew,
        at_least=500 if labels >= 100_000 else None,
        rounds=rounds,
    )


async def consensus(stage: Stage, *, events: int, rounds: int) -> list[Ratio]:
    """Dawid–Skene on the same labels as crowd-kit: same answer, time and memory."""
    goals = ((events // 10, None), (events, 8.0), (events * 10, 8.0))
    found = [await _consensus(labels, goal, rounds) for labels, goal in goals]
    table, frame = _crowd(events)
    memory = [(_peak(lambda: _reference(frame)), _peak(lambda: _ours(table)))]
    held = "crowd-kit, tracemalloc"
    name = f"Dawid–Skene at {events:,} labels: memory"
    return [*found, summarize(name, "bytes at most", held, memory, at_most=1)]


async def _consensus(labels: int, goal: float | None, rounds: int) -> Ratio:
    table, frame = _crowd(labels)
    theirs = _reference(frame).loc[table.items, table.values].to_numpy()
    if np.abs(_ours(table) - theirs).max() > 1e-9:
        raise AssertionError("the answers differ from the reference's")

    async def ours() -> float:
        start = time.process_time()
        _ours(table)
        return labels / (time.process_time() - start)

    async def reference() -> float:
        start = time.process_time()
        _reference(frame)
        return labels / (time.process_time() - start)

    return await compare(
        f"Dawid–Skene at {labels:,} labels",
        unit="labels/s",
        figure=ours,
        baseline_name=f"crowd-kit on the same labels, {ITERATIONS} iterations each",
        baseline=reference,
        at_least=goal,
        rounds=min(rounds, 3) if labels > 500_000 else rounds,
    )


def _crowd(labels: int) -> tuple[LabelTable, Any]:
    import pandas

    random = np.random.default_rng(labels)
    items, people = labels // OVERLAP, max(20, labels // 1000)
    truth = np.repeat(random.integers(0, VALUES, items), OVERLAP)
    first = random.integers(0, people, items)
    who = np.stack([(first + step) % people for step in range(OVERLAP)], axis=1).ravel()
    right = random.random(len(truth)) < random.uniform(0.5, 0.95, people)[who]
    value = np.where(right, truth, random.integers(0, VALUES, len(truth)))
    answers: list[Answer] = [
        (f"{item:07}", f"w{worker}", f"v{said}")
        for item, worker, said in zip(np.repeat(np.arange(items), OVERLAP), who, value, strict=True)
    ]
    return LabelTable(answers), pandas.DataFrame(answers, columns=["task", "worker", "label"])


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
