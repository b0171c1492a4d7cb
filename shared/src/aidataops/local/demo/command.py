"""`aidataops demo`: the closed loop on this machine, within a minute or so."""

from __future__ import annotations

import asyncio
import json
import signal
import time
from pathlib import Path

import typer
from rich.console import Console
from rich.markup import escape

from aidataops.errors import AidataopsError
from aidataops.local.command import KafkaChoice
from aidataops.local.demo.data import StoryData
from aidataops.local.demo.doors import Doors
from aidataops.local.demo.ending import addresses, ending
from aidataops.local.demo.observer import Observer
from aidataops.local.demo.outcome import Outcome
from aidataops.local.demo.place import Place
from aidataops.local.demo.readings import Readings
from aidataops.local.demo.stages import Story
from aidataops.local.demo.view import View

WIDTH = 100


class InterruptedStoryError(AidataopsError):
    """The story did not come to its end; the message says where it stopped and what to look at."""

    code = "interrupted_story"


def demo(
    *,
    as_json: bool = False,
    keep: bool = False,
    kafka: str = KafkaChoice.EMBEDDED,
    directory: Path | None = None,
) -> None:
    """Play the whole loop: a failing evaluation becomes data work that a later one verifies.

    Starts Kafka (`embedded` or `apache`), Postgres and all services on free ports, below an empty
    directory or a temporary one, and plays the people: program lead, vendors (one annotator is
    careless), training, and lm-evaluation-harness by its real files. With `as_json` one object
    goes to standard output; with `keep` everything stays until Ctrl-C.

    The exit code is 0 when every remediation was verified, the careless annotator was suspended,
    the three numbers are zero and one trace spans it all; otherwise 1, with the reason.
    """
    try:
        choice = KafkaChoice(kafka)
        ok = asyncio.run(_perform(as_json=as_json, keep=keep, kafka=choice, directory=directory))
    except AidataopsError as error:
        _fail(str(error), as_json=as_json)
        raise typer.Exit(1) from error
    except (asyncio.CancelledError, KeyboardInterrupt) as error:
        _fail("Stopped before the end.", as_json=as_json)
        raise typer.Exit(1) from error
    raise typer.Exit(0 if ok else 1)


async def _perform(
    *, as_json: bool, keep: bool, kafka: KafkaChoice, directory: Path | None
) -> bool:
    """Returns whether the story ended as it should."""
    started = time.monotonic()
    _cancel_by_signal()
    people = Console(stderr=as_json, highlight=False)
    people.width = min(WIDTH, people.width) if people.is_terminal else WIDTH
    story = Console(quiet=True) if as_json else people
    async with Place(directory, kafka) as place:
        with View(story, people, started) as view:
            view.header(str(place.logs))
            await place.start(view.doing)
            try:
                outcome = await _play(place, view)
            except AidataopsError as error:
                raise await _explained(error, place, view.current) from error
            place.failed = bool(outcome.problems())
            seconds = time.monotonic() - started
            view.show(ending(outcome, seconds))
        if as_json:
            typer.echo(json.dumps(outcome.as_document(seconds), ensure_ascii=False))
        if keep:
            for line in addresses(place):
                people.print(line)
            await _until_stopped()
        else:
            story.print("[dim]To look around: aidataops demo --keep[/dim]")
        return not place.failed


async def _play(place: Place, view: View) -> Outcome:
    observer = Observer(place.bootstrap, [service.name for service in place.services])
    doors = Doors(place.url("gateway"), place.api_key, place.bootstrap)
    async with observer, doors:
        story = Story(
            observer=observer,
            doors=doors,
            readings=Readings(place.url),
            view=view,
            data=StoryData.load(),
        )
        try:
            return await story.play()
        finally:
            view.dead_letters(observer.dead_letters)


async def _explained(error: AidataopsError, place: Place, stage: str) -> InterruptedStoryError:
    """The error with the stage it happened in, who is not ready, and where the logs are."""
    complaints = await place.complaints() or ["All services say that they are ready."]
    return InterruptedStoryError(
        "\n".join([f"{stage}: {error}", *complaints, f"Logs are in {place.logs}."])
    )


def _cancel_by_signal() -> None:
    """Ctrl-C and its like end the story wherever it is, and everything is stopped in order."""
    task = asyncio.current_task()
    if task is not None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)


async def _until_stopped() -> None:
    """Wait for the signal, which here is no failure."""
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is not None:
            task.uncancel()


def _fail(reason: str, *, as_json: bool) -> None:
    Console(stderr=True).print(f"[red]{escape(reason)}[/red]", soft_wrap=True)
    if as_json:
        typer.echo(json.dumps({"ok": False, "problems": [reason]}, ensure_ascii=False))
