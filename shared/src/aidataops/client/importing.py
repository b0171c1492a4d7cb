"""An import as it runs: rows become events, a bar moves on, what is in is remembered."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from aidataops.client.destination import Destination
from aidataops.client.report import PublishReport
from aidataops.events import Payload
from aidataops.imports.items import ItemReader, RowError
from aidataops.imports.progress import ImportProgress
from aidataops.imports.rows import read_rows

SHOWN = 20


@dataclass(slots=True)
class ItemImport:
    """One file on its way in."""

    path: Path
    reader: ItemReader
    remembered: ImportProgress | None
    rows: int = 0
    skipped: int = 0
    unreadable: list[tuple[int, str]] = field(default_factory=list)
    under_way: deque[tuple[int, float]] = field(default_factory=deque)

    def run(self, destination: Destination, source: str, console: Console) -> PublishReport:
        """Send every row that is an item; the others are counted and told."""
        with Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[rows]} rows"),
            TimeElapsedColumn(),
            console=console,
            transient=True,
        ) as progress:
            task = progress.add_task("importing", total=1.0, rows=0)

            def sent(payloads: Sequence[Payload]) -> None:
                row, part = 0, 0.0
                for _ in payloads:
                    row, part = self.under_way.popleft()
                if self.remembered is not None:
                    self.remembered.save(row)
                progress.update(task, completed=part, rows=self.rows)

            report = asyncio.run(destination.publish(self._items(), source, sent))
        if self.remembered is not None:
            self.remembered.finish()
        return report

    def show(self, report: PublishReport, *, dry_run: bool, as_json: bool) -> None:
        """Print what became of the rows to standard output."""
        if as_json:
            document = {
                "dry_run": dry_run,
                "trace_id": report.trace_id,
                "rows": self.rows,
                "skipped": self.skipped,
                "accepted": report.accepted,
                "duplicates": report.duplicates,
                "refused": [asdict(refused) for refused in report.refused],
                "unreadable": [{"row": row, "problem": why} for row, why in self.unreadable],
            }
            typer.echo(json.dumps(document, indent=2))
            return
        for row, why in self.unreadable[:SHOWN]:
            typer.echo(f"row {row}: {why}")
        if len(self.unreadable) > SHOWN:
            typer.echo(f"and {len(self.unreadable) - SHOWN} more rows that are no items")
        for refused in report.refused[:SHOWN]:
            typer.echo(
                f"refused ({refused.status}) {refused.key}: {refused.title}: {refused.detail}"
            )
        before = f", {self.skipped} were sent before (or --no-resume)" if self.skipped else ""
        typer.echo(f"{self.rows} rows read{before}, {len(self.unreadable)} of them no items")
        if dry_run:
            typer.echo("Dry run: nothing was sent.")
        else:
            typer.echo(
                f"accepted {report.accepted}, already in {report.duplicates}, "
                f"refused {len(report.refused)}; trace {report.trace_id}"
            )

    def _items(self) -> Iterator[Payload]:
        done = self.remembered.load() if self.remembered is not None else 0
        for row in read_rows(self.path):
            if row.number <= done:
                self.skipped += 1
                continue
            self.rows += 1
            try:
                item = self.reader.read(row)
            except RowError as error:
                self.unreadable.append((row.number, str(error)))
                continue
            self.under_way.append((row.number, row.part))
            yield item
