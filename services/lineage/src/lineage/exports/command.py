"""``aidataops dataset export``: a version as a file that a training tool reads."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from aidataops.local.database import HERE, Directory, Json, Url, run_in_schema
from lineage.exports.files import Format
from lineage.exports.shapes import Shape

if TYPE_CHECKING:
    from aidataops.database import Connection
    from lineage.exports.manifest import Manifest


def export(
    version: Annotated[str, typer.Argument(metavar="NAME@VERSION", help="e.g. support@2")],
    to: Annotated[
        str,
        typer.Option(help="A directory, or file://, s3://, gs://, az:// with a bucket and prefix"),
    ],
    shape: Annotated[
        Shape,
        typer.Option(
            help="chat: messages, for SFT · preference: prompt, chosen, rejected, for DPO (TRL) · "
            "safety: messages, label · domain: text, label"
        ),
    ] = "chat",
    format_name: Annotated[Format, typer.Option("--format", help="The file's format")] = "jsonl",
    keep: Annotated[
        list[str] | None,
        typer.Option(help="Only rows with this label, e.g. correct; give it again for more"),
    ] = None,
    database_url: Url = None,
    directory: Directory = HERE,
    *,
    as_json: Json = False,
) -> None:
    """Write a dataset version where training tools find it, with checksum and manifest.

    Rows that have nothing to say in the shape (erased, without text, a tie) are left out and
    counted. Nothing half-written ever stands at the target; the manifest comes last. The same
    version gives the same bytes. Exit code 1: nothing was written, and why.
    """
    from lineage.exports.exporting import Order
    from lineage.exports.exporting import export as write
    from lineage.exports.target import Target

    order = Order(version, shape, format_name, frozenset(keep or ()))

    async def exported(connection: Connection) -> Manifest:
        target = Target.at(to)
        with Progress(console=Console(stderr=True), disable=as_json, transient=True) as bar:
            task = bar.add_task(version, total=None)
            return await write(
                connection,
                order,
                target,
                progress=lambda done, of: bar.update(task, completed=done, total=of),
            )

    manifest = run_in_schema("lineage", database_url, directory, exported)
    if as_json:
        typer.echo(json.dumps(asdict(manifest) | {"target": to}, indent=2))
        return
    typer.echo(
        f"{manifest.rows} records of {manifest.items} rows: {to.rstrip('/')}/{manifest.file}"
    )
    typer.echo(f"sha256 {manifest.sha256}, {manifest.bytes} bytes")
    for reason, count in manifest.left_out.items():
        typer.echo(f"left out: {count} × {reason}")
