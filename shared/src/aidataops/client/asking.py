"""Asking a service's read API from the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from aidataops.client.options import EXIT_UNREACHABLE

Json = Annotated[bool, typer.Option("--json", help="Print JSON, for machines.")]
Directory = Annotated[Path, typer.Option(help="Where `aidataops up` keeps its state")]
HERE = Path(".aidataops")


def get(service: str, url: str | None, directory: Path, path: str, query: dict[str, Any]) -> Any:
    """The answer as JSON, ``None`` for a 404; ends the command when out of reach.

    Without a URL the service that `aidataops up` runs in the directory is asked.
    """
    import httpx

    base = url or _running(service, directory)
    given = {name: value for name, value in query.items() if value is not None}
    try:
        response = httpx.get(base.rstrip("/") + path, params=given, timeout=30)
        if response.status_code == 404:
            return None
        response.raise_for_status()
        return response.json()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        Console(stderr=True, soft_wrap=True).print(f"{base}: {error}", style="red", markup=False)
        raise typer.Exit(EXIT_UNREACHABLE) from error


def _running(service: str, directory: Path) -> str:
    try:
        from aidataops.local.environment import running_environment
    except ModuleNotFoundError as error:
        raise typer.BadParameter("give --url", param_hint="--url") from error
    environment = running_environment(directory)
    if environment is None:
        raise typer.BadParameter(
            f"nothing runs in {directory}: give --url, or start `aidataops up`", param_hint="--url"
        )
    return environment.url(service)
