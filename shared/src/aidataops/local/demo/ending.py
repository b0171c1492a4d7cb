"""The end of the story for people: the three numbers, the trace, where to look next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rich.console import RenderableType
from rich.markup import escape

from aidataops.local.demo.outcome import Outcome
from aidataops.local.demo.place import Place
from aidataops.local.demo.readings import NUMBERS, TOTALS
from aidataops.local.demo.stages import THIRD
from aidataops.local.demo.wording import words


def ending(outcome: Outcome, seconds: float) -> Iterable[RenderableType]:
    """The three numbers, what lineage knows, the trace, and what is wrong."""
    for name in NUMBERS:
        number = outcome.numbers[name]
        colour = "red" if number else "green"
        yield (
            f"[bold {colour}]{number}[/bold {colour}]  {words(name)} "
            f"[dim]of {outcome.numbers[TOTALS[name]]}[/dim]"
        )
    yield ""
    yield escape(_behind(outcome.why))
    trace = outcome.trace
    yield (
        f"one trace, {trace.trace_id}: {trace.events} events of {len(trace.types)} types, "
        f"from people and {escape(', '.join(trace.services))}"
    )
    yield f"{seconds:.0f} s in all"
    for problem in outcome.problems():
        yield f"[red]{escape(problem)}[/red]"


def addresses(place: Place) -> Iterable[RenderableType]:
    """Where everything answers while it is kept running."""
    yield f"the console           {place.url('console')}"
    yield f"regressions           {place.url('feedback-router')}/regressions"
    yield f"what is behind v3     {place.url('lineage')}/models/{THIRD}/why"
    yield f"the gateway's API     {place.url('gateway')}/docs"
    yield f"[dim]Logs are in {escape(str(place.logs))}. Ctrl-C stops everything.[/dim]"


def _behind(why: Mapping[str, Any]) -> str:
    """What a model was made of, in numbers."""
    training = [f"{row['version_id']} ({row['items']} rows)" for row in why["training"]]
    parts = [f"{len(why[name])} {name}" for name in ("batches", "cohorts", "annotators", "sources")]
    return f"behind {why['model']}, by lineage: {', '.join([*training, *parts])}"
