"""``aidataops lineage``: whom something touches, what a model was trained on, what is flagged."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from aidataops.client.asking import EXIT_CODES, Json, show
from lineage.commands.asking import Url, ask

app = typer.Typer(
    help="Lineage: whom something touches, what a model was trained on, what is flagged.",
    no_args_is_help=True, rich_markup_mode=None,
)  # fmt: skip

Touching = Literal["annotator", "source", "guideline", "cohort", "vendor", "batch", "item"]


@app.command(epilog=EXIT_CODES)
def touches(
    kind: Annotated[Touching, typer.Argument(help="what may be wrong")],
    name: Annotated[
        str,
        typer.Argument(help="its name: vendor/annotator, project/guideline_version, or as it is"),
    ],
    url: Url = None,
    *,
    as_json: Json = False,
) -> None:
    """The dataset versions, training runs and models that hold something of it."""
    answer = ask(url, f"/touches/{kind}/{name}")
    show(answer, ("versions", answer["versions"]), ("training", answer["training"]),
         as_json=as_json)  # fmt: skip


@app.command(epilog=EXIT_CODES)
def trained(
    model: Annotated[str, typer.Argument(help="the model")],
    url: Url = None,
    *,
    as_json: Json = False,
) -> None:
    """The training runs of a model and the dataset versions that went into each."""
    answer = ask(url, f"/models/{model}/trained")
    show(answer, ("training", answer), as_json=as_json)


@app.command(epilog=EXIT_CODES)
def flags(
    dataset: Annotated[str | None, typer.Argument(help="default: every dataset")] = None,
    url: Url = None,
    *,
    as_json: Json = False,
) -> None:
    """What is wrong behind which version."""
    answer = ask(url, "/flags", dataset=dataset)
    show(answer, ("flags", answer), as_json=as_json)
