"""``aidataops lineage``: whom something touches, what a model was trained on, what is flagged."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from lineage.commands.asking import EXIT_CODES, HERE, Json, Lineage, ask, show

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
    lineage: Lineage = HERE,
    *,
    as_json: Json = False,
) -> None:
    """The dataset versions, training runs and models that hold something of it."""
    answer = ask(lineage, f"/touches/{kind}/{name}")
    show(answer, ("versions", answer["versions"]), ("training", answer["training"]),
         as_json=as_json)  # fmt: skip


@app.command(epilog=EXIT_CODES)
def trained(
    model: Annotated[str, typer.Argument(help="the model")],
    lineage: Lineage = HERE,
    *,
    as_json: Json = False,
) -> None:
    """The training runs of a model and the dataset versions that went into each."""
    answer = ask(lineage, f"/models/{model}/trained")
    show(answer, ("training", answer), as_json=as_json)


@app.command(epilog=EXIT_CODES)
def flags(
    dataset: Annotated[str | None, typer.Argument(help="default: every dataset")] = None,
    lineage: Lineage = HERE,
    *,
    as_json: Json = False,
) -> None:
    """What is wrong behind which version."""
    answer = ask(lineage, "/flags", **({"dataset": dataset} if dataset else {}))
    show(answer, ("flags", answer), as_json=as_json)
