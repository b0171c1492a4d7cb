"""The index of near duplicates beside datasketch's, and what it costs as it grows.

What was learned on the way:

- A GIN index over the bands cost the backend 38 µs an item (14 entries to write, 14 to find), and a
  row per band in a B-tree no less: with signing (20) that was 76 µs, 5 × datasketch, and 1.75 ×
  with a million in it. Bands now lie in one row a batch, and are found in a hash table in memory:
  the backend takes 8 µs (a row and its primary key), the look-up 1, putting in 3 to 5.
- Signing took 20 µs: 5 of them rensa, 4 its matrix as lists, 8 BLAKE2b of 14 bands. Multiplied and
  mixed for a whole batch by numpy the hash takes 1; all of signing 11.
- By CPU, client and backend together: 28 to 35 µs against 290 to 338, 10 × (four rounds, load 9).
  By the clock, load 6 to 10: 8.7 × (5.3 to 10.4) in one run, 11.6 × (6.9 to 12.5) in another; on a
  quiet machine 9.4 (8.8 to 10.6, 5 rounds), and 8.6, 9.4, 9.2 with 10 000, 100 000 and a million;
  3 rounds after other benchmarks, in one process with them: 7.3 and 8.2, 8.8, 7.6.
- As it grows (those runs, against datasketch's empty index): 7.2 and 9.8 × at 10 000, 7.5 and 12.4
  at 100 000, 12.7 and 8.9 at a million: noise, no trend. 0.41 GB of memory a million, 0.34 at a
  million (datasketch 4.6); 0.46 on disk. A million are put in again in 6 s when a process starts.
- Found are contents, each once: pairs of 500 copies with 20 000 in the pool would be 10 million.
  Those are found in 0.13 s.
- The table doubles at once: 0.1 s at 100 000 contents, 1.2 s at a million.
- A content is written once, with its standing: a second version of the row costs as much again.
"""

from __future__ import annotations

import hashlib
import time
import tracemalloc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import asyncpg

from aidataops.testing import ServiceHarness
from sourcing.app import create_app
from sourcing.band_index import BandIndex
from sourcing.domain.duplicates import ContentKey, Rank
from sourcing.domain.resemblance import SIGNED, sharing_a_band, shingles_of, sign
from sourcing.store.bands import BandStore
from sourcing.store.contents import ContentStore
from tests.benchmarks.pool import (
    PROJECT,
    datasketch_index,
    datasketch_signature,
    forget,
    grow,
    pools_for,
    texts,
)
from tests.benchmarks.ratio import Ratio, compare, summarize
from tests.benchmarks.stage import BATCH, Stage

START = datetime(2026, 1, 1, tzinfo=UTC)


async def duplicates(stage: Stage, *, events: int, rounds: int) -> list[Ratio]:
    """The index of near duplicates, from equal shingles: signed, looked for, put in.

    Ours is written to Postgres and commits, that of datasketch is in memory alone. The signatures
    by themselves; the index empty, and with 10 000, 100 000 and a million in it, whose batches are
    to cost what those of a small one do; what it takes of memory and disk.
    """
    shingles = [shingles_of(text) for text in texts(events, seed=1)]

    async def sign_only() -> float:
        start = time.perf_counter()
        for first in range(0, events, BATCH):
            sign(shingles[first : first + BATCH])
        return events / (time.perf_counter() - start)

    async def signed_by_datasketch() -> float:
        start = time.perf_counter()
        for each in shingles:
            datasketch_signature(each)
        return events / (time.perf_counter() - start)

    async def in_memory() -> float:
        start = time.perf_counter()
        datasketch_index(shingles)
        return events / (time.perf_counter() - start)

    async with _Index.start(stage) as index:

        async def in_postgres() -> float:
            await index.owner.execute("TRUNCATE contents, band_segments")
            return await index.take(shingles)

        found = [
            await compare(
                "MinHash signatures",
                unit="items/s",
                figure=sign_only,
                baseline_name="datasketch update_batch",
                baseline=signed_by_datasketch,
                rounds=rounds,
            ),
            await compare(
                "index of near duplicates",
                unit="items/s",
                figure=in_postgres,
                baseline_name="datasketch update_batch + LSH, in memory",
                baseline=in_memory,
                at_least=8,
                rounds=rounds,
            ),
        ]
        await index.owner.execute("TRUNCATE contents, band_segments")
        theirs, size = _memory(shingles), 0
        for pool in pools_for(events, items_of_an_event=200):
            await grow(index.owner, size, pool, items=False)
            size, stored = pool, await index.stored()
            pairs = []
            for _ in range(rounds + 1):  # the first warms up
                pairs.append((await in_memory(), await index.take(shingles)))
                held = index.memory / (pool + events)
                await forget(index.owner)
            found.append(
                summarize(
                    f"index of near duplicates, {pool:,} in it",
                    "items/s",
                    "datasketch update_batch + LSH, in memory, empty",
                    pairs[1:],
                )
            )
            found += [
                summarize(
                    f"its {kind}, {pool:,} in it",
                    "MB/M items",  # bytes an item are MB a million
                    "datasketch's LSH, in memory",
                    [(theirs, ours)],
                )
                for kind, ours in (("memory", held), ("size on disk", stored / pool))
            ]
        return found


class _Index:
    """The service's index in a database of its own."""

    def __init__(self, harness: ServiceHarness, owner: asyncpg.Connection) -> None:
        self._pool = harness.application.pool
        self._index = BandIndex()
        self.owner = owner

    @classmethod
    @asynccontextmanager
    async def start(cls, stage: Stage) -> AsyncIterator[_Index]:
        url = stage.url(await stage.database())
        async with ServiceHarness.start(create_app(), url) as harness:
            owner = await asyncpg.connect(url, server_settings={"search_path": "sourcing"})
            try:
                yield cls(harness, owner)
            finally:
                await owner.close()

    async def take(self, shingles: list[set[str]]) -> float:
        """Sign texts, put them in and look for what resembles them; returns texts per second."""
        keys: list[ContentKey] = [
            (PROJECT, hashlib.sha256(f"text {number}".encode()).hexdigest())
            for number in range(len(shingles))
        ]
        firsts = {key: Rank(START, key[1]) for key in keys}
        async with self._pool.acquire() as connection:
            contents, stored = ContentStore(connection), BandStore(connection)
            await self._index.find(stored, {keys[0]: bytes(SIGNED)})  # reads what is there
            start = time.perf_counter()
            for first in range(0, len(keys), BATCH):
                batch = keys[first : first + BATCH]
                bands = sign(shingles[first : first + BATCH])
                signed = dict(zip(batch, bands, strict=True))
                async with connection.transaction():
                    found = await self._index.find(stored, signed)
                    await contents.get_relevant(found.keys(), dict.fromkeys(batch, START))
                    list(sharing_a_band(signed, found))
                    await contents.add({key: firsts[key] for key in batch}, signed)
            return len(keys) / (time.perf_counter() - start)

    @property
    def memory(self) -> int:
        """Bytes in the process."""
        return self._index.memory

    async def stored(self) -> int:
        """Bytes of tables and indexes on disk."""
        sizes = await self.owner.fetchval(
            "SELECT sum(pg_total_relation_size(name::regclass)) FROM unnest($1::text[]) AS name",
            ["contents", "band_segments"],
        )
        return int(sizes)


def _memory(shingles: list[set[str]]) -> float:
    """Bytes an item in datasketch's index."""
    tracemalloc.start()
    index = datasketch_index(shingles)
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return taken / len(index.keys)
