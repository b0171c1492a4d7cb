"""``aidataops dataset``: dataset versions, written out and described."""

from __future__ import annotations

import typer

from lineage.documents.command import card
from lineage.exports.command import export

app = typer.Typer(no_args_is_help=True, help="Dataset versions.")
app.command()(export)
app.command()(card)
