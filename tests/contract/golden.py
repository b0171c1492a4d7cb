"""The committed schema of each event type, and what it is today."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from aidataops.events import Payload

from .compatibility import WORDS, Break, breaks

DIRECTORY = Path(__file__).parent / "schemas"
COMMAND = "python -m tests.contract.generate"


def path_of(ce_type: str, directory: Path = DIRECTORY) -> Path:
    """Where the schema of a type is committed."""
    return directory / f"{ce_type}.json"


def contract_of(payload: type[Payload]) -> dict[str, Any]:
    """What others rely on: the schema of the body, its id in ``ce_dataschema``, topic and key."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:aidataops:schema:{payload.type}",
        "x-topic": payload.topic,
        "x-key": payload.key,
        **payload.model_json_schema(mode="validation"),
    }


def committed(ce_type: str, directory: Path = DIRECTORY) -> dict[str, Any] | None:
    """The golden schema of a type; ``None`` when there is none."""
    path = path_of(ce_type, directory)
    contract: dict[str, Any] | None = json.loads(path.read_text("utf-8")) if path.exists() else None
    return contract


def committed_types(directory: Path = DIRECTORY) -> set[str]:
    """Every type that was ever committed."""
    return {path.name.removesuffix(".json") for path in directory.glob("*.json")}


def write(payload: type[Payload], directory: Path = DIRECTORY) -> list[Break]:
    """Commit a type's schema as it is today, unless that breaks the committed one; returns why."""
    new, old = contract_of(payload), committed(payload.type, directory)
    refused = [] if old is None else breaks(old, new)
    if not refused:
        text = json.dumps(new, indent=2, ensure_ascii=False, sort_keys=True)
        path_of(payload.type, directory).write_text(text + "\n", "utf-8")
    return refused


def without_words(schema: Any) -> Any:
    """A schema without what only people read, so that better words are no other contract."""
    if isinstance(schema, list):
        return [without_words(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        name: (_fields if name in {"properties", "$defs"} else without_words)(part)
        for name, part in schema.items()
        if name not in WORDS
    }


def _fields(fields: dict[str, Any]) -> dict[str, Any]:
    """Names of fields are no keywords: a field may well be called ``title``."""
    return {name: without_words(part) for name, part in fields.items()}
