"""Items through sourcing's gates, beside datasketch alone on the same texts, as the pool grows.

What was learned on the way:

- Left to choose, the planner read the whole project for every content (6.9 s for 500 in a pool of
  3000); by band, 500 take 15 to 70 ms on a machine with others on it.
- All gates take 1.2 to 3 ms: 1.2 of CPU in the service (words and runs a third of it until ASCII
  texts got a translation table: 35 to 10 µs for words, 33 to 23 for runs of five), and by statement
  the index of near duplicates, 13-word runs (an array of 34 000 hashes a batch is looked up), and
  verdicts, whose update enters five indexes. Before, they were 0.40 (10 000 in the pool, quiet) and
  0.48 to 0.56 × datasketch alone; now 0.62 to 0.66 (10 000) and 0.62 to 0.69 (100 000) under a load
  of 3 to 5; a round whose baseline fell into a quiet moment shows 0.22.
- From 10 000 to 100 000 the statements cost the same but for the index's (90 to 300 µs an item).
- A million takes ``--scale 10``; of the index alone see ``duplicates``.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg

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
from sourcing.domain.resemblance import shingles_of
from tests.benchmarks.pool import PROJECT, datasketch_index, forget, grow, pools_for, texts
from tests.benchmarks.ratio import Ratio, summarize
from tests.benchmarks.stage import BATCH, Stage

START = datetime(2026, 1, 1, tzinfo=UTC)


async def gates(stage: Stage, *, events: int, rounds: int) -> list[Ratio]:
    """All gates with everything written to Postgres, as a pool grows.

    datasketch starts from the texts too; its index is empty each time and lives in memory.
    """
    url = stage.url(await stage.database())
    found: list[Ratio] = []
    async with ServiceHarness.start(create_app(), url) as harness:
        owner = await asyncpg.connect(url, server_settings={"search_path": "sourcing"})
        try:
            await _prepare(harness)
            size = 0
            for pool in pools_for(events, items_of_an_event=500):
                await grow(owner, size, pool)
                size = pool
                pairs = []
                for turn in range(rounds + 1):  # the first warms up
                    batch = texts(events, seed=pool + turn)
                    pairs.append((_alone(batch), await _through(harness, batch, pool + turn)))
                    await forget(owner)
                found.append(
                    summarize(
                        f"all gates, {pool:,} in the pool",
                        "items/s",
                        "datasketch alone: shingles, update_batch, LSH",
                        pairs[1:],
                    )
                )
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
    before, *records = _records(harness, items, turn)
    await harness.deliver_records(before)  # reads the index of near duplicates, as it is now
    start = time.perf_counter()
    for first in range(0, len(records), BATCH):
        await harness.deliver_records(*records[first : first + BATCH])
    return len(records) / (time.perf_counter() - start)


def _alone(batch: Sequence[str]) -> float:
    start = time.perf_counter()
    datasketch_index([shingles_of(text) for text in batch])
    return len(batch) / (time.perf_counter() - start)
