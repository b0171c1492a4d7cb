"""``aidataops dataset card``: a version described in a standard."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aidataops.errors import ConfigurationError
from aidataops.local.database import HERE, Directory, Json, Url, run_in_schema
from lineage.documents.writing import Standard, write

if TYPE_CHECKING:
    from aidataops.database import Connection
    from lineage.documents.evidence import Evidence
    from lineage.exports.manifest import Manifest


def card(
    version: Annotated[str, typer.Argument(metavar="NAME@VERSION", help="e.g. support@2")],
    standard: Annotated[
        Standard,
        typer.Option(
            "--format",
            help="md, html: the data card · croissant: Croissant 1.1 with RAI · prov: W3C "
            "PROV-JSON · openlineage: run events of the build and of trainings",
        ),
    ] = "md",
    export: Annotated[
        Path | None,
        typer.Option(help="An export's .manifest: Croissant then describes the file beside it"),
    ] = None,
    send: Annotated[
        bool,
        typer.Option(
            "--send",
            help="With openlineage: send the events where OPENLINEAGE_URL or openlineage.yml say "
            "(HTTP, Kafka, …) and print nothing",
        ),
    ] = False,
    database_url: Url = None,
    directory: Directory = HERE,
    *,
    as_json: Json = False,
) -> None:
    """Describe a dataset version. What has no evidence says `gap`; nothing is made up.

    The document goes to standard output; the same evidence gives the same bytes. With --json the
    document is a string in {"version", "format", "document"}.
    """
    if send and standard != "openlineage":
        raise typer.BadParameter("--send needs --format openlineage")
    manifest = None if export is None else _manifest(export)

    async def gathered(connection: Connection) -> Evidence:
        from lineage.documents.gathering import gather

        found = await gather(connection, version)
        if found is None:
            raise ConfigurationError(f"{version} is not published: `aidataops dataset list`")
        return found

    evidence = run_in_schema("lineage", database_url, directory, gathered)
    if send:
        _send(evidence, as_json)
        return
    document = write(evidence, standard, manifest=manifest)
    if as_json:
        document = json.dumps({"version": version, "format": standard, "document": document})
    typer.echo(document.removesuffix("\n"))


def _manifest(path: Path) -> Manifest:
    from lineage.exports.manifest import Manifest

    try:
        return Manifest(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise typer.BadParameter(f"--export {path} is no export's manifest: {error}") from error


def _send(evidence: Evidence, as_json: bool) -> None:
    from lineage.documents import run_events

    events = run_events.to_run_events(evidence)
    run_events.send(events)
    typer.echo(json.dumps({"sent": len(events)}) if as_json else f"{len(events)} events sent")
