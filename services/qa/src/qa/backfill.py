"""Counting a project anew from its labels, spread over processes or machines."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context

import asyncpg

from aidataops.database import Queries
from aidataops.events.quality import AgreementMeasured
from qa.domain.measuring import MEASURED, Program, measure_scope
from qa.domain.units import Tally, Unit, difference
from qa.store.facts import FactStore
from qa.store.programs import list_programs
from qa.store.tallies import TallyStore, UnitKey

_QUERIES = Queries.load("qa")

BATCHES_AT_ONCE = 25
UNITS_AT_ONCE = 500
"""Units corrected in one transaction, which holds the project's lock."""


@dataclass
class Count:
    """What some batches add up to, from their labels and as they were last tallied.

    ``stale`` are units whose labels say something else than their last tally.
    """

    labelled: Counter[Tally] = field(default_factory=Counter)
    tallied: Counter[Tally] = field(default_factory=Counter)
    stale: list[UnitKey] = field(default_factory=list)
    units: int = 0

    def __add__(self, other: Count) -> Count:
        return Count(
            self.labelled + other.labelled,
            self.tallied + other.tallied,
            [*self.stale, *other.stale],
            self.units + other.units,
        )


@dataclass(frozen=True)
class Backfill:
    """What a project's labels add up to, and what had to be put right for it."""

    project: str
    units: int
    stale_units: int
    wrong_tallies: int
    agreement: tuple[AgreementMeasured, ...]


CountBatches = Callable[[Sequence[str]], Count]
Spread = Callable[[CountBatches, Sequence[Sequence[str]]], Iterator[Count]]
"""Runs a function over chunks of batches somewhere; counts come in any order."""


async def backfill(project: str, url: str, spread: Spread, *, correct: bool = True) -> Backfill:
    """Count a project anew and correct its tallies; nothing is corrected twice or lost meanwhile.

    All count on one snapshot of the database. What the tallies are off from the units that they
    should add up to is put right at once; a unit that is stale is tallied anew under the project's
    lock, as a label that comes in would have it. The service may go on working; a second backfill
    of the project waits for the first, or both would put the same right.
    """
    connection = await _connect(url)
    try:
        await connection.execute(_QUERIES["lead_backfill"], project)
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            snapshot = await connection.fetchval("SELECT pg_export_snapshot()")
            rows = await connection.fetch(_QUERIES["list_batches_of_projects"], [project])
            batches = sorted({row["batch_id"] for row in rows})
            chunks = [
                batches[start : start + BATCHES_AT_ONCE]
                for start in range(0, len(batches), BATCHES_AT_ONCE)
            ]
            total = Count()
            counting = partial(count_batches, url, snapshot)
            for count in await asyncio.to_thread(lambda: list(spread(counting, chunks))):
                total = total + count
            kept = await TallyStore(connection).list_project(project)
            programs = await list_programs(connection, [project])
        wrong = _difference(kept, total.tallied)
        if correct:
            await _correct(connection, project, wrong, total.stale)
    finally:
        await connection.close()
    program = programs.get(project)
    return Backfill(
        project=project,
        units=total.units,
        stale_units=len(total.stale),
        wrong_tallies=len(wrong),
        agreement=tuple(_measure(program, total.labelled)) if program else (),
    )


def count_batches(url: str, snapshot: str, batch_ids: Sequence[str]) -> Count:
    """Count some batches on a snapshot; runs in a process of its own, wherever that is."""
    return asyncio.run(_count_batches(url, snapshot, batch_ids))


async def _count_batches(url: str, snapshot: str, batch_ids: Sequence[str]) -> Count:
    connection = await _connect(url)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            await connection.execute(f"SET TRANSACTION SNAPSHOT '{snapshot}'")
            tallies = TallyStore(connection)
            keys = await tallies.list_keys(batch_ids)
            labelled = await tallies.list_units(keys)
            tallied = await tallies.list_tallied(keys)
    finally:
        await connection.close()
    stale = [key for key in sorted(keys) if labelled.get(key) != tallied.get(key)]
    return Count(_add(labelled.values()), _add(tallied.values()), stale, len(labelled))


@contextmanager
def in_processes(workers: int) -> Iterator[Spread]:
    """Spread over processes of this machine; a single one is this process."""
    if workers == 1:
        yield map
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        yield pool.map


async def _correct(
    connection: asyncpg.Connection,
    project: str,
    wrong: dict[Tally, int],
    stale: Sequence[UnitKey],
) -> None:
    facts, tallies = FactStore(connection), TallyStore(connection)
    async with connection.transaction():
        await facts.lock_projects([project])
        await tallies.add({project: wrong})
    for start in range(0, len(stale), UNITS_AT_ONCE):
        async with connection.transaction():
            await facts.lock_projects([project])
            await tallies.retally(stale[start : start + UNITS_AT_ONCE])


def _add(units: Iterable[Unit]) -> Counter[Tally]:
    return Counter(difference((), units))


def _difference(kept: Counter[Tally], due: Counter[Tally]) -> dict[Tally, int]:
    off = {tally: due[tally] - kept[tally] for tally in kept.keys() | due.keys()}
    return {tally: units for tally, units in off.items() if units}


def _measure(program: Program, tallies: Counter[Tally]) -> Iterator[AgreementMeasured]:
    """The agreement of every scope but pairs, of which there are many."""
    scopes: dict[tuple[str, str], dict[tuple[str, str], int]] = {}
    for tally, units in tallies.items():
        scopes.setdefault((tally.scope, tally.scope_value), {})[tally.kind, tally.content] = units
    for (scope, value), content in sorted(scopes.items()):
        if scope in MEASURED and scope != "annotator_pair":
            found = measure_scope(program, scope, value, content)  # type: ignore[arg-type]
            yield from (one for one in found if isinstance(one, AgreementMeasured))


async def _connect(url: str) -> asyncpg.Connection:
    return await asyncpg.connect(url, server_settings={"search_path": "qa", "jit": "off"})
