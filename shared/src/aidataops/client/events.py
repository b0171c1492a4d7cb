"""``aidataops events``: any event that may come from outside, written by hand."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml
from pydantic import ValidationError

from aidataops.client.options import (
    EXIT_CODES,
    EXIT_UNREADABLE,
    ApiKey,
    AsJson,
    Bootstrap,
    DryRun,
    Gateway,
    TopicPrefix,
    destination_of,
)
from aidataops.client.sending import send
from aidataops.events import PAYLOADS, Payload

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

Type = Annotated[str, typer.Argument(help="an event type, e.g. training.run_completed")]
STANDARD_INPUT = Path("-")
_PLACEHOLDERS = {
    "date-time": "2026-01-31T12:00:00Z",
    "string": "…",
    "integer": 1,
    "number": 1.0,
    "boolean": False,
    "array": [],
    "object": {},
}


class UnreadableEventError(Exception):
    """What is wrong with an event of a file, and where."""


@app.callback()
def _events() -> None:
    """Events of people and pipelines that no other command speaks for."""


@app.command("send", epilog=EXIT_CODES)
def send_events(
    path: Annotated[
        Path,
        typer.Argument(help="YAML documents, or JSON Lines (.jsonl); - reads JSON Lines"),
    ],
    gateway: Gateway = None,
    api_key: ApiKey = None,
    bootstrap: Bootstrap = None,
    topic_prefix: TopicPrefix = "",
    source: Annotated[
        str, typer.Option(help="CloudEvents source; within what the API key may speak for")
    ] = "/people",
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Publish events from a file: each has a type and its data.

    One that is wrong is told and left out, and the exit code is 3. `example` shows what to write.
    """
    destination = destination_of(gateway, api_key, bootstrap, topic_prefix, dry_run)
    payloads: list[Payload] = []
    wrong = 0
    try:
        for where, document in _documents(path):
            try:
                payloads.append(_payload(document))
            except UnreadableEventError as error:
                wrong += 1
                typer.secho(f"{path}: {where}: {error}", err=True, fg="red")
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        typer.secho(f"{path}: {reason}", err=True, fg="red")
        raise typer.Exit(EXIT_UNREADABLE) from error
    if not payloads and not wrong:
        typer.secho(f"{path}: holds no event; see aidataops events example", err=True, fg="red")
        raise typer.Exit(EXIT_UNREADABLE)
    code = send(payloads, destination, source, as_json)
    raise typer.Exit(EXIT_UNREADABLE if wrong else code)


@app.command()
def types() -> None:
    """List every event type with what it says; the gateway takes those from outside."""
    for name, payload in sorted(PAYLOADS.items()):
        about = (payload.__doc__ or "").strip().splitlines()[0]
        typer.echo(f"{_short(name):48} {about}")


@app.command()
def example(event_type: Type) -> None:
    """Show an event to fill in: what it needs, and behind # what it may say besides."""
    payload = _type_named(event_type)
    schema = payload.model_json_schema()
    data = {name: _placeholder(schema["properties"][name], schema) for name in schema["required"]}
    document = {"type": _short(payload.type), "data": data}
    typer.echo(yaml.safe_dump(document, sort_keys=False, allow_unicode=True).rstrip())
    for name in schema["properties"]:
        if name not in data:
            typer.echo(f"  # {name}:")


def _documents(path: Path) -> Iterator[tuple[str, Any]]:
    """Each document of a file, with where it stands."""
    text = sys.stdin.read() if path == STANDARD_INPUT else path.read_text()
    if path == STANDARD_INPUT or path.suffix == ".jsonl":
        for number, line in enumerate(text.splitlines(), 1):
            if line.strip():
                yield f"line {number}", json.loads(line)
        return
    for number, document in enumerate(yaml.safe_load_all(text), 1):
        if document is not None:
            yield f"document {number}", document


def _payload(document: object) -> Payload:
    if not isinstance(document, dict) or document.keys() != {"type", "data"}:
        raise UnreadableEventError("an event has a type and data, and nothing else")
    try:
        payload = _type_named(str(document["type"]))
    except typer.BadParameter as error:
        raise UnreadableEventError(str(error)) from error
    try:
        return payload.model_validate_json(json.dumps(document["data"], default=str))
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False, include_context=False)[0]
        field = ".".join(str(step) for step in ("data", *problem["loc"]))
        raise UnreadableEventError(
            f"{field}: {problem['msg']}; see aidataops events example {document['type']}"
        ) from error


def _type_named(name: str) -> type[Payload]:
    found = PAYLOADS.get(name) or PAYLOADS.get(f"aidataops.{name}.v1")
    if found is None:
        raise typer.BadParameter(f"there is no event type {name!r}: see aidataops events types")
    return found


def _short(name: str) -> str:
    return name.removeprefix("aidataops.").removesuffix(".v1")


def _placeholder(field: dict[str, Any], schema: dict[str, Any]) -> Any:
    """A value of the right shape, for a person to replace."""
    if "$ref" in field:
        field = schema["$defs"][field["$ref"].rpartition("/")[2]]
    if "anyOf" in field:
        return _placeholder(field["anyOf"][0], schema)
    if "properties" in field:
        properties = field["properties"]
        given = {name: one["default"] for name, one in properties.items() if "default" in one}
        shown = field.get("required") or [name for name in given if given[name] is not None]
        return {name: given.get(name) or _placeholder(properties[name], schema) for name in shown}
    if "items" in field:
        return [_placeholder(field["items"], schema)]
    if choices := field.get("enum", [field["const"]] if "const" in field else []):
        return " | ".join(map(str, choices))
    return _PLACEHOLDERS[field.get("format") or field.get("type", "string")]
