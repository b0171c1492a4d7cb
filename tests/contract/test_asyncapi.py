"""The AsyncAPI document of every service: valid AsyncAPI 3.0, whole, and true."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from aidataops.services import load_service, service_names

SCHEMA = Path(__file__).parent / "asyncapi" / "asyncapi-3.0.0.json"

every_service = pytest.mark.parametrize("service", service_names())


@cache
def asyncapi_schema() -> Draft7Validator:
    """AsyncAPI's own schema; it has no identifiers of its own, and nothing is fetched."""
    return Draft7Validator(json.loads(SCHEMA.read_text("utf-8")))


@every_service
def test_document_is_valid_asyncapi(service: str) -> None:
    document = load_service(service).asyncapi()
    found = [
        f"{'.'.join(str(step) for step in error.absolute_path)}: {error.message[:300]}"
        for error in asyncapi_schema().iter_errors(document)
    ]
    assert found == []


@every_service
def test_every_reference_leads_somewhere(service: str) -> None:
    """Within the document: that is where a reader of AsyncAPI resolves it."""
    document = load_service(service).asyncapi()
    dangling = [reference for reference in _references(document) if not _leads(document, reference)]
    assert dangling == []


@every_service
def test_document_tells_what_the_service_consumes_and_emits(service: str) -> None:
    application = load_service(service)
    document = application.asyncapi()
    actions = {
        (operation["action"], message["$ref"].rpartition("/")[2])
        for operation in document["operations"].values()
        for message in operation["messages"]
    }
    consumed = {("receive", one.__name__) for one in application.handlers.payloads.values()}
    assert actions == consumed | {("send", one.__name__) for one in application.emits}
    for name, message in document["components"]["messages"].items():
        assert message["title"] == name
        assert message["summary"]


def test_schema_refuses_what_is_no_asyncapi() -> None:
    document = load_service("qa").asyncapi()
    assert not asyncapi_schema().is_valid(document | {"asyncapi": "2.6.0"})
    assert not asyncapi_schema().is_valid(document | {"operations": {"x": {"action": "shout"}}})


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for part in node.values():
            yield from _references(part)
    elif isinstance(node, list):
        for part in node:
            yield from _references(part)


def _leads(document: Any, reference: str) -> bool:
    target = document
    for step in reference.removeprefix("#/").split("/"):
        step = step.replace("~1", "/").replace("~0", "~")  # noqa: PLW2901 - JSON Pointer's escapes
        if not isinstance(target, dict) or step not in target:
            return False
        target = target[step]
    return reference.startswith("#/")
