"""Items through sourcing's gates, beside datasketch alone on the same texts, as the pool grows.

What was learned on the way:

- Left to choose, the planner read the whole project for every content (6.9 s for 500 in a pool of
  3000); by band, 500 take 15 to 70 ms on a machine with others on it.
- A content was written and then updated with its standing: the update moved the row to another page
  and took its 14 entries in the index again, 90 to 160 µs an item. Written once with its standing,
  the index is 5.1 × datasketch (two rounds on a quiet machine); part by part 2.2 to 3.6 before, 2.7
  to 4.8 after, on a laden one.
- A row per band in a B-tree was no faster to write than the GIN index (100 against 65 µs an item),
  and slower to look up (60 to 190 against 40 µs).
- What is left of the index is signing (50 µs), the insert (65), the lookup (40), the commit (10 to
  40, with 500 texts in one). All gates take 2 to 4 ms: personal data, 13-word runs (an array of
  34 000 hashes a batch is looked up), and verdicts, whose update enters five indexes. Before, they
  were 0.48 to 0.56 × datasketch alone on a laden machine; 0.40 (10 000 in the pool) and 0.67
  (100 000) are of one round on a quiet one.
- A million items took more than four minutes to lay out on a shared machine and are not measured;
  a lookup is 14 descents of a GIN index, the size is per item (1.2 GB a million). Add the pool to
  ``POOLS`` where there is time.
- Signatures are 12 to 16 × those of datasketch.
"""

from __future__ import annotations

import random
import time
import tracemalloc
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
from datasketch import MinHash, MinHashLSH

from aidataops.events import Payload
from aidataops.events.sourcing import (
    BenchmarkProtected,
    ItemSubmitted,
    Provenance,
    SourceSubmitted,
)
from aidataops.messaging.cloudevents import encode
from aidataops.testing import ServiceHarness
from sourcing.app import create_app
from sourcing.domain.duplicates import Rank
from sourcing.domain.resemblance import BANDS, ROWS, shingles_of, sign
from sourcing.store.contents import ContentStore
from tests.benchmarks.ratio import Ratio, compare, summarize
from tests.benchmarks.stage import BATCH, Stage

POOLS = (10_000, 100_000)
"""Items that are in before the measured ones come."""

PROJECT = "support"
START = datetime(2026, 1, 1, tzinfo=UTC)
WORDS = 80
VOCABULARY = 20_000

FILL = """
WITH filler AS (
    SELECT number, 'filler-' || number AS item_id,
        encode(sha256(number::text::bytea), 'hex') AS content_hash
    FROM generate_series($1::integer, $2::integer - 1) AS number
), added AS (
    INSERT INTO items (project, item_id, source_id, text, media_type, slices, content_hash,
        submitted_at, digest, status)
    SELECT 'support', item_id, 'docs', repeat(content_hash || ' ', 8), 'text/plain',
        '{"language": "es"}', content_hash, '2025-01-01', '', 'accepted'
    FROM filler
)
INSERT INTO contents (project, content_hash, bands, first_at, first_item)
SELECT 'support', content_hash,
    ARRAY(
        SELECT hashint8extended(number::bigint * 14 + band, 0) FROM generate_series(1, 14) AS band
    ),
    '2025-01-01', item_id
FROM filler
"""
"""Items $1 … $2 of a pool in which nothing resembles anything: 14 bands each, no two the same."""


def texts(count: int, *, seed: int) -> list[str]:
    """Texts of 80 words; of a hundred, two are edited copies and one holds an IBAN."""
    chance = random.Random(seed)
    found: list[str] = []
    for number in range(count):
        words = [f"w{chance.randrange(VOCABULARY)}" for _ in range(WORDS)]
        if number % 50 == 49:
            words = found[-1].split()
            words[chance.randrange(WORDS)] = "edited"
        elif number % 100 == 10:
            words[5:7] = ["IBAN", "DE89370400440532013000"]
        found.append(" ".join(words))
    return found


async def duplicates(stage: Stage, *, events: int, rounds: int) -> list[Ratio]:
    """The index of near duplicates, from equal shingles: signed, looked for, put in.

    Ours is in Postgres and commits, that of datasketch in memory. And the signatures alone.
    """
    shingles = [shingles_of(text) for text in texts(events, seed=1)]
    keys = [(PROJECT, f"{number:064x}") for number in range(events)]
    firsts = {key: Rank(START, key[1]) for key in keys}

    async def sign_only() -> float:
        start = time.perf_counter()
        for first in range(0, events, BATCH):
            sign(shingles[first : first + BATCH])
        return events / (time.perf_counter() - start)

    async def signed_by_datasketch() -> float:
        start = time.perf_counter()
        for each in shingles:
            _signature(each)
        return events / (time.perf_counter() - start)

    async def in_memory() -> float:
        start = time.perf_counter()
        _index(shingles)
        return events / (time.perf_counter() - start)

    url = stage.url(await stage.database())
    async with ServiceHarness.start(create_app(), url) as harness:
        owner = await asyncpg.connect(url, server_settings={"search_path": "sourcing"})

        async def in_postgres() -> float:
            await owner.execute("TRUNCATE contents")
            async with harness.application.pool.acquire() as connection:
                store = ContentStore(connection)
                start = time.perf_counter()
                for first in range(0, events, BATCH):
                    batch = keys[first : first + BATCH]
                    bands = sign(shingles[first : first + BATCH])
                    async with connection.transaction():
                        await store.add(
                            {key: firsts[key] for key in batch},
                            dict(zip(batch, bands, strict=True)),
                        )
                        await store.list_neighbours(dict.fromkeys(batch, START))
                return events / (time.perf_counter() - start)

        return [
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


async def gates(stage: Stage, *, events: int, rounds: int) -> list[Ratio]:
    """All gates with everything written to Postgres, and what the index takes, as a pool grows.

    datasketch starts from the texts too; its index is empty each time and lives in memory.
    """
    url = stage.url(await stage.database())
    found: list[Ratio] = []
    async with ServiceHarness.start(create_app(), url) as harness:
        owner = await asyncpg.connect(url, server_settings={"search_path": "sourcing"})
        try:
            await _prepare(harness)
            size = 0
            for pool in POOLS:
                await _grow(owner, size, pool)
                size = pool
                pairs = []
                for turn in range(rounds + 1):  # the first warms up
                    batch = texts(events, seed=pool + turn)
                    pairs.append((_alone(batch), await _through(harness, batch, pool + turn)))
                    await _forget(owner)
                found.append(
                    summarize(
                        f"all gates, {pool:,} in the pool",
                        "items/s",
                        "datasketch alone: shingles, update_batch, LSH",
                        pairs[1:],
                    )
                )
            taken = await owner.fetchval("SELECT pg_total_relation_size('contents')")
            pairs = [(_memory(events), taken / size)]
            found.append(summarize("the index's size", "MB/M items", "datasketch's LSH", pairs))
        finally:
            await owner.close()
    return found


async def _prepare(harness: ServiceHarness) -> None:
    source = SourceSubmitted(
        source_id="docs",
        project=PROJECT,
        name="Help pages",
        kind="internal_document",
        provenance=Provenance(origin="acme", method="export", licence="MIT"),
    )
    protected = BenchmarkProtected(benchmark_id="faq", name="FAQ", texts=tuple(texts(1000, seed=0)))
    await harness.deliver_records(*_records(harness, [source, protected], 0))


def _records(harness: ServiceHarness, payloads: Sequence[Payload], turn: int) -> list[Any]:
    found = []
    for number, payload in enumerate(payloads):
        time = START + timedelta(days=turn, milliseconds=number)
        outgoing = encode(payload, event_id=f"{turn}/{number}", source="/bench", time=time)
        found.append(harness.raw(outgoing.topic, outgoing.key, outgoing.value, outgoing.headers))
    return found


async def _grow(owner: asyncpg.Connection, size: int, pool: int) -> None:
    await owner.execute("DROP INDEX contents_by_band")
    await owner.execute(FILL, size, pool)
    await owner.execute("SET maintenance_work_mem = '256MB'")
    await owner.execute(
        "CREATE INDEX contents_by_band ON contents USING gin (bands) WITH (fastupdate = off)"
    )
    await owner.execute("VACUUM ANALYZE items, contents")
    await owner.execute("CHECKPOINT")


async def _through(harness: ServiceHarness, batch: Sequence[str], turn: int) -> float:
    items = [
        ItemSubmitted(
            item_id=f"{turn}-{number}",
            project=PROJECT,
            source_id="docs",
            text=text,
            slices={"language": "es"},
        )
        for number, text in enumerate(batch)
    ]
    records = _records(harness, items, turn)
    start = time.perf_counter()
    for first in range(0, len(records), BATCH):
        await harness.deliver_records(*records[first : first + BATCH])
    return len(records) / (time.perf_counter() - start)


async def _forget(owner: asyncpg.Connection) -> None:
    """The measured items go, so that the pool keeps its size and finds no copies."""
    await owner.execute("DELETE FROM contents WHERE first_at > '2025-01-01' OR first_at IS NULL")
    await owner.execute("DELETE FROM items WHERE submitted_at > '2025-01-01'")
    await owner.execute("VACUUM items, contents")


def _alone(batch: Sequence[str]) -> float:
    start = time.perf_counter()
    _index([shingles_of(text) for text in batch])
    return len(batch) / (time.perf_counter() - start)


def _index(shingles: Sequence[set[str]]) -> MinHashLSH:
    """Asks for look-alikes and puts in, item by item, as its users do."""
    index = MinHashLSH(num_perm=BANDS * ROWS, params=(BANDS, ROWS))
    for number, each in enumerate(shingles):
        signature = _signature(each)
        index.query(signature)
        index.insert(number, signature)
    return index


def _signature(shingles: set[str]) -> MinHash:
    signature = MinHash(num_perm=BANDS * ROWS, seed=42)
    signature.update_batch([shingle.encode() for shingle in shingles])
    return signature


def _memory(count: int) -> float:
    """Bytes an item in datasketch's index."""
    shingles = [shingles_of(text) for text in texts(count, seed=2)]
    tracemalloc.start()
    index = _index(shingles)
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return taken / len(index.keys)
