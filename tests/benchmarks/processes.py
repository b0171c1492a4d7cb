"""The service as processes: two members of its group, and its memory over many events.

What was learned on the way:

- On two cores that broker, Postgres and two members share, two members are 1.76 × as fast as one
  that has its servers' work done beside it: the cores are what ends.
"""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import psutil

from aidataops.local.services import ServiceProcess, ServiceServer
from tests.benchmarks.flow import filled, rate_at
from tests.benchmarks.ratio import Ratio, compare, summarize
from tests.benchmarks.stage import Stage, records

SINK = "quality.findings"


async def members(stage: Stage, *, events: int, rounds: int) -> list[Ratio]:
    """Two members of a group on two partitions, beside one; both stand still while topics fill."""
    database = await stage.database()

    async def rate_of(count: int) -> float:
        prefix = await filled(stage, 0, partitions=2)
        await stage.empty(database)
        async with _probes(stage, prefix, database, count) as probes:
            for probe in probes:
                probe.pause()
            await stage.fill(f"{prefix}annotation.labels", records(events), 2)
            for probe in probes:
                probe.resume()
            return await rate_at(stage, prefix + SINK, events, partitions=2)

    return [
        await compare(
            "two members on two partitions",
            unit="events/s",
            figure=lambda: rate_of(2),
            baseline_name="one member",
            baseline=lambda: rate_of(1),
            at_least=1.8,
            rounds=rounds,
        )
    ]


async def memory(stage: Stage, *, events: int, rounds: int) -> list[Ratio]:
    """What a process holds idle, and after so many events beside after the first tenth."""
    database = await stage.database()
    prefix = await filled(stage, 0)
    part = events // 10
    async with _probes(stage, prefix, database, 1) as (probe,):
        held = [_megabytes(probe)]
        for number in range(1, 11):
            await stage.fill(f"{prefix}annotation.labels", records(part, seed=number))
            await rate_at(stage, prefix + SINK, number * part)
            held.append(_megabytes(probe))
    return [
        summarize("memory, idle", "MB", "90 MB", [(90.0, held[0])], at_most=1.0),
        summarize(
            f"memory after {10 * part:,} events",
            "MB",
            "after a tenth of them",
            [(held[1], held[-1])],
            at_most=1.1,
        ),
    ]


@asynccontextmanager
async def _probes(
    stage: Stage, prefix: str, database: str, count: int
) -> AsyncIterator[list[ServiceServer]]:
    settings = stage.settings(prefix, database, batch_size=1000)
    environment = {
        "AIDATAOPS_KAFKA_BOOTSTRAP": settings.kafka_bootstrap,
        "AIDATAOPS_KAFKA_IDEMPOTENCE": str(settings.kafka_idempotence).lower(),
        "AIDATAOPS_TOPIC_PREFIX": prefix,
        "AIDATAOPS_DATABASE_URL": str(settings.database_url),
        "AIDATAOPS_BATCH_SIZE": str(settings.batch_size),
    }
    with tempfile.TemporaryDirectory(prefix="aidataops-bench-") as directory:
        async with AsyncExitStack() as stack:
            started = []
            for number in range(count):
                probe = ServiceServer(
                    ServiceProcess("probe", "aidataops.testing.probe"),
                    log=Path(directory) / f"{number}.log",
                    environment=environment,
                )
                stack.push_async_callback(probe.stop)
                await probe.start()
                started.append(probe)
            yield started


def _megabytes(probe: ServiceServer) -> float:
    return float(psutil.Process(probe.pid).memory_info().rss) / 1e6
