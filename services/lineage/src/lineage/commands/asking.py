"""Asking lineage's read API."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import typer

from aidataops.client import asking

Url = Annotated[str | None, asking.url_option("lineage")]
ask = partial(asking.ask, "lineage")


def reference(text: str) -> tuple[str, int]:
    """``support@2`` as dataset and number."""
    dataset, _, version = text.rpartition("@")
    if not dataset or not version.isdecimal():
        raise typer.BadParameter(f"{text!r} is not NAME@N, for example support@2")
    return dataset, int(version)
