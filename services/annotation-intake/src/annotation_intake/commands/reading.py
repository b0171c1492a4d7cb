"""Asking annotation-intake's read API."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from aidataops.client.options import EXIT_UNREACHABLE

Json = Annotated[bool, typer.Option("--json", help="Print JSON, for machines.")]
Url = Annotated[
    str | None,
    typer.Option(
        "--url",
        envvar="AIDATAOPS_ANNOTATION_INTAKE_URL",
        help="annotation-intake; default: the one that `aidataops up` runs in --directory",
    ),
]
Directory = Annotated[Path, typer.Option(help="Where `aidataops up` keeps its state")]
HERE = Path(".aidataops")


def get(url: str | None, directory: Path, path: str, query: dict[str, Any]) -> Any:
    """The answer as JSON, ``None`` for a 404; ends the command when out of reach."""
    import httpx

    base = url or _running(directory)
    given = {name: value for name, value in query.items() if value is not None}
    try:
        response = httpx.get(base.rstrip("/") + path, params=given, timeout=30)
        if response.status_code == 404:
            return None
        response.raise_for_status()
        return response.json()
    except (httpx.HTTPError, ValueError) as error:
        Console(stderr=True, soft_wrap=True).print(f"{base}: {error}", style="red", markup=False)
        raise typer.Exit(EXIT_UNREACHABLE) from error


def _running(directory: Path) -> str:
    try:
        from aidataops.local.environment import running_environment
    except ModuleNotFoundError as error:
        raise typer.BadParameter("give --url", param_hint="--url") from error
    environment = running_environment(directory)
    if environment is None:
        raise typer.BadParameter(
            f"nothing runs in {directory}: give --url, or start `aidataops up`", param_hint="--url"
        )
    return environment.url("annotation-intake")
