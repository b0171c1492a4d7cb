"""The index of near duplicates beside datasketch's, and what it costs as it grows.

What was learned on the way:

- A content was written and then updated with its standing: the update moved the row to another page
  and took its 14 entries in the index again, 90 to 160 µs an item. It is written once.
- A row per band in a B-tree was no faster to write than the GIN index, and slower to look up.
- Of 92 µs an item signing took 32, 20 of them BLAKE2b made anew for each of 14 bands: its salted
  state is copied now, the sets go to rensa as they are, and signing takes 20. Arrays of bands in
  text and a second statement for the lookup cost Postgres 10 to 15 µs of CPU; one statement finds
  and writes now. (Sharing a band within the batch is seen in Python: 2 µs.)
- That statement met an empty table first, and its kept plan read the whole table ever after (196
  items/s): the store plans it without sequential scans.
- By CPU, of client and backend together, the index is 5.2 × datasketch while it is small (76 µs
  against 395; median of five rounds 5.0), by the clock on a laden machine 4.9 to 5.4 (highest round
  8.3). The goal of 8 would leave 49 µs; 14 entries of a durable index and 14 lookups alone take the
  backend 38.
- As it grows (one run, load 4 to 6, against datasketch's empty index): 2.5 × at 10 000, 3.6 at
  100 000, 1.75 at a million, or 4200, 2700 and 1900 items/s while the baseline swung between 770
  and 2200. A lookup reads 29 pages with 5000 in it, 43 from 10 000 on; beyond that it is what no
  longer lies in shared_buffers (128 MB as shipped). 1.0 GB a million at every size, datasketch's
  index 4.6.
- A pool whose index is built after it is filled has full pages, which split at the first item:
  ``grow`` fills it with the index in place.
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

    Ours is written to Postgres and commits, that of datasketch is in memory alone. The signatures by
    themselves; the index empty, and with 10 000, 100 000 and a million in it, whose batches are to
    cost what those of a small one do; what it takes of memory and disk.
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
                    list(sharing_a_band(signed))
                    pairs = await self._index.find(stored, signed)
                    await contents.get_relevant(
                        {other for _, other in pairs}, dict.fromkeys(batch, START)
                    )
                    await contents.add({key: firsts[key] for key in batch}, signed)
            return len(keys) / (time.perf_counter() - start)

    @property
    def memory(self) -> int:
        """Bytes in the process."""
        return self._index.memory

    async def stored(self) -> int:
        """Bytes of tables and indexes on disk."""
        return int(
            await self.owner.fetchval(
                "SELECT pg_total_relation_size('contents') + pg_total_relation_size('band_segments')"
            )
        )


def _memory(shingles: list[set[str]]) -> float:
    """Bytes an item in datasketch's index."""
    tracemalloc.start()
    index = datasketch_index(shingles)
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return taken / len(index.keys)
