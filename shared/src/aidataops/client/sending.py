"""Publishing a few events from a command, and saying what became of them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import typer
from rich.console import Console

from aidataops.client.destination import Destination
from aidataops.client.errors import PublishError
from aidataops.client.options import EXIT_REFUSED, EXIT_UNREACHABLE, EXIT_UNREADABLE
from aidataops.errors import ConfigurationError
from aidataops.events import Payload
from aidataops.imports import ImportFileError


def send(payloads: Sequence[Payload], destination: Destination, sender: str, as_json: bool) -> int:
    """Publish and say what became of it; the exit code, 1 where some of it was refused."""
    with explained():
        report = asyncio.run(destination.publish(payloads, sender, lambda _: None))
    if as_json:
        document = {
            "dry_run": destination.is_nowhere,
            "events": len(payloads),
            "accepted": report.accepted,
            "duplicates": report.duplicates,
            "refused": [f"{each.title}: {each.detail}" for each in report.refused],
            "trace_id": report.trace_id,
        }
        typer.echo(json.dumps(document, indent=2))
    elif destination.is_nowhere:
        typer.echo(f"{len(payloads)} in order. Dry run: nothing was sent.")
    else:
        for each in report.refused:
            typer.echo(f"refused ({each.status}) {each.key}: {each.title}: {each.detail}")
        typer.echo(
            f"accepted {report.accepted}, already in {report.duplicates}, "
            f"refused {len(report.refused)}; trace {report.trace_id}"
        )
    return EXIT_REFUSED if report.refused else 0


@contextmanager
def explained() -> Iterator[Console]:
    """Errors that a person can do something about, as one sentence and an exit code."""
    console = Console(stderr=True)
    try:
        yield console
    except ImportFileError as error:
        console.print(str(error), style="red", markup=False, soft_wrap=True)
        raise typer.Exit(EXIT_UNREADABLE) from error
    except (PublishError, ConfigurationError) as error:
        console.print(str(error), style="red", markup=False, soft_wrap=True)
        raise typer.Exit(EXIT_UNREACHABLE) from error
