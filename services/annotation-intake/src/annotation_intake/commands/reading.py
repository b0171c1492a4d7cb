"""Asking annotation-intake's read API."""

from __future__ import annotations

from typing import Annotated

import typer

SERVICE = "annotation-intake"
Url = Annotated[
    str | None,
    typer.Option(
        "--url",
        envvar="AIDATAOPS_ANNOTATION_INTAKE_URL",
        help="annotation-intake; default: the one that `aidataops up` runs in --directory",
    ),
]
