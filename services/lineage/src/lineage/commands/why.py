"""``aidataops why MODEL``: what is behind a model's failures."""

from __future__ import annotations

from typing import Annotated

import typer

from aidataops.client.asking import EXIT_CODES, Json, show
from lineage.commands.asking import Url, ask

app = typer.Typer(rich_markup_mode=None)

_SHOWN = ("training", "failures", "slices", "cohorts", "guidelines", "batches", "annotators",
          "sources", "suspects", "regressions", "remediations")  # fmt: skip


@app.callback(
    invoke_without_command=True,
    epilog=EXIT_CODES,
    context_settings={"allow_interspersed_args": True},
)
def why(
    model: Annotated[str, typer.Argument(help="the model, e.g. acme/assistant-v2")],
    url: Url = None,
    *,
    as_json: Json = False,
) -> None:
    """What is behind a model's failures: its dataset versions, who made them, what failed.

    In each failing slice, cohorts with a lift above 1 make up more of the slice than of the whole:
    they are associated with it, not shown to be the cause.
    """
    answer = ask(url, f"/models/{model}/why")
    show(answer, *((name, answer[name]) for name in _SHOWN), as_json=as_json)
