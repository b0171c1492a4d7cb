"""``aidataops regressions``: what got worse, and what that is associated with."""

from __future__ import annotations

from typing import Annotated

import typer

from aidataops.client.asking import EXIT_CODES, Json, show
from feedback_router.commands.asking import Url, ask

app = typer.Typer(
    name="regressions",
    help="Regressions: which slices got worse, and what that is associated with.",
    no_args_is_help=True,
)


@app.callback()
def _regressions() -> None:
    """Slices that got worse beyond chance."""


@app.command("list", epilog=EXIT_CODES)
def list_(
    project: Annotated[str | None, typer.Option(help="Only of this project.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 100,
    url: Url = None,
    *,
    as_json: Json = False,
) -> None:
    """Regressions, newest first: how many samples passed before and after, and why, if it is known.

    Nothing is ordered while the verdict is `unattributable`: the sentence says what nobody has said
    yet, such as what a model was trained on (`aidataops events example training.run_completed`).
    """
    found = ask(url, "/regressions", project=project, limit=limit)
    rows = [
        {
            "slices": one["slices"],
            "metric": one["metric"],
            "before": one["passed_before"],
            "after": one["passed_after"],
            "of": one["pairs"],
            "q": one["q_value"],
            "verdict": one["attribution"]["verdict"],
        }
        for one in found
    ]
    show(found, ("regressions", rows), as_json=as_json)
    for one in () if as_json else found:
        typer.echo(f"{one['run_id']}: {one['attribution']['sentence']}")
