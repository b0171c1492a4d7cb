"""The story for people: what is going on, and small tables when a stage is over."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Self

from rich.console import Console, RenderableType
from rich.markup import escape
from rich.padding import Padding
from rich.status import Status


class View:
    """Writes what has been to one console; what is going on to another, if that is a terminal.

    Use it in a ``with``.
    """

    def __init__(self, story: Console, progress: Console, started: float) -> None:
        """Both may be the same; `started` is ``time.monotonic()`` of the beginning."""
        self._story = story
        self._status = Status("", console=progress)
        self._started = started
        self._stages = 0
        self._shown = False
        self.current = "Starting the environment"
        """The stage that is on."""

    def __enter__(self) -> Self:
        self._status.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._status.stop()

    def header(self, directory: str) -> None:
        """What this is, and where."""
        self._story.print("[bold]From a failing evaluation to a verified fix[/bold]")
        self._story.print(
            f"[dim]Kafka, Postgres and seven services on this machine; logs in {escape(directory)}"
            "[/dim]",
            soft_wrap=True,
        )

    def stage(self, name: str) -> None:
        """A stage begins; what is shown from now on belongs to it."""
        self._stages += 1
        self._shown = False
        self.current = name
        self._status.update(f"{escape(name)} …")
        seconds = time.monotonic() - self._started
        self._story.print(
            f"\n[bold]{self._stages}  {escape(name)}[/bold]  [dim]{seconds:.0f} s[/dim]"
        )

    def doing(self, sentence: str) -> None:
        """What is going on within the stage."""
        self._status.update(f"{escape(self.current)} … [dim]{escape(sentence)}[/dim]")

    def show(self, parts: Iterable[RenderableType]) -> None:
        """What has come of the stage, a little indented; a blank line before a second table."""
        for number, part in enumerate(parts):
            above = int(number == 0 and self._shown)
            self._story.print(Padding(part, (above, 0, 0, 3), expand=False))
            self._shown = True

    def dead_letters(self, letters: Iterable[str]) -> None:
        """Events that a service could not take, where there are any."""
        self.show(f"[red]{escape(letter)}[/red]" for letter in letters)
