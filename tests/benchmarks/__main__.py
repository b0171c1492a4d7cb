"""``make bench``: every benchmark with its goal, as a table or as JSON."""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import sys
import tempfile
import time
from pathlib import Path

import uvloop
from rich.console import Console
from rich.table import Table

from aidataops.local.kafka import ApacheKafka, EmbeddedKafka
from aidataops.local.postgres import EmbeddedPostgres
from aidataops.messaging.application import calm_garbage_collector
from aidataops.observability.logging import configure_logging
from tests.benchmarks import (
    duplicates,
    flow,
    gates,
    labelling,
    latency,
    lineage,
    processes,
    quality,
    reading,
    routing,
)
from tests.benchmarks.ratio import Ratio
from tests.benchmarks.stage import Stage

ROWS = {
    "consume": (reading.consume_and_validate, 40_000),
    "tracing": (reading.tracing, 40_000),
    "effects": (flow.effects, 20_000),
    "end-to-end": (flow.end_to_end, 40_000),
    "latency": (latency.latency, 300),
    "members": (processes.members, 40_000),
    "memory": (processes.memory, 1_000_000),
    "agreement": (quality.agreement, 100_000),
    "consensus": (quality.consensus, 100_000),
    "labelling": (labelling.labelling, 10_000),
    "lineage": (lineage.questions, 1_000_000),
    "lineage-large": (lineage.questions, 10_000_000),
    "lineage-ingest": (lineage.ingest, 5_000),
    "duplicates": (duplicates.duplicates, 5_000),
    "gates": (gates.gates, 2_000),
    "routing": (routing.routing_latency, 300),
    "storm": (routing.storm, 100_000),
}


async def measure(only: list[str], rounds: int, scale: float, console: Console) -> list[Ratio]:
    directory = Path(tempfile.mkdtemp(prefix="aidataops-bench-"))
    directory.chmod(0o755)
    use_apache = shutil.which("java") is not None and shutil.which("mvn") is not None
    broker = (ApacheKafka if use_apache else EmbeddedKafka)(directory / "kafka")
    postgres = EmbeddedPostgres(directory / "postgres")
    try:
        with console.status("starting Kafka and Postgres"):
            await asyncio.gather(broker.start(), postgres.start())
        console.print(f"on {broker.name} and {postgres.name}; medians of {rounds} rounds")
        stage = Stage(broker.bootstrap, postgres.admin_url, broker.supports_idempotence)
        found: list[Ratio] = []
        for name in only or list(ROWS):
            row, events = ROWS[name]
            start = time.monotonic()
            with console.status(f"measuring {name}"):
                measured = await row(stage, events=max(200, int(events * scale)), rounds=rounds)
            console.print(f"{name}, {time.monotonic() - start:.0f} s")
            for ratio in measured:
                console.print(f"  {ratio.name}: {ratio.ratio:.3g} × {ratio.baseline_name}")
            found += measured
        return found
    finally:
        await broker.stop()
        await postgres.stop()
        shutil.rmtree(directory, ignore_errors=True)


def table(found: list[Ratio]) -> Table:
    view = Table(title="aidataops benchmarks")
    for heading in ("what", "ratio", "goal", "low … high", "figure", "baseline", "held against"):
        view.add_column(heading, justify="left" if heading in ("what", "held against") else "right")
    for one in found:
        view.add_row(
            one.name,
            f"[{'green' if one.met else 'red'}]{one.ratio:.3g} ×[/]",
            one.goal,
            f"{one.lowest:.3g} … {one.highest:.3g}",
            f"{one.figure:,.3g} {one.unit}"
            if one.figure < 1000
            else f"{one.figure:,.0f} {one.unit}",
            f"{one.baseline:,.3g}" if one.baseline < 1000 else f"{one.baseline:,.0f}",
            one.baseline_name,
        )
    return view


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"of {', '.join(ROWS)}; default all")
    parser.add_argument("--rounds", type=int, default=5, help="counted rounds after a warm-up")
    parser.add_argument("--scale", type=float, default=1.0, help="events relative to the default")
    parser.add_argument("--json", action="store_true", help="print one JSON array")
    arguments = parser.parse_args()
    unknown = set(arguments.rows) - set(ROWS)
    if unknown:
        parser.error(f"no benchmark {', '.join(unknown)}; there are {', '.join(ROWS)}")
    console = Console(stderr=True)
    configure_logging("bench", level="ERROR")
    calm_garbage_collector()  # as every service does, for figure and baseline alike
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        found = runner.run(measure(arguments.rows, arguments.rounds, arguments.scale, console))
    if arguments.json:
        json.dump([one.as_dict() for one in found], sys.stdout, indent=2)
    else:
        Console(width=160).print(table(found))


if __name__ == "__main__":
    main()
