"""Items through sourcing's gates, beside datasketch alone on the same texts, as the pool grows.

What was learned on the way:

- By CPU the service takes 320 µs an item, datasketch alone 300 (load 6 to 9). The largest parts
  in the service: 50 for 13-word runs and their hashes, 25 for shingles, 10 for signing. By
  statement (by the clock): 60 to write items, 48 for verdicts, whose update enters five indexes,
  34 to read items, 11 for contents.
- The gate against contamination was out of proportion: 34 000 hashes a batch were looked up in
  Postgres, 91 µs an item. A process keeps the protected ones (8 bytes each) and asks for hits
  only: 1 µs, and 30 of CPU less. Items are read twice in place of three times: 15 less.
- One run, load 8 to 10: 0.69 × datasketch alone with 10 000 in the pool, 0.76 with 100 000, 0.72
  with a million (0.45 to 1.2 in its rounds); another: 0.84, 1.13, 0.60 (0.15 to 1.6). Before,
  under a load of 3 to 5: 0.62 to 0.69 up to 100 000.
- Of its 6 to 8 minutes on a busy machine most go into growing the pool.
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
