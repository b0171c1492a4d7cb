"""CloudEvents 1.0 over HTTP: the attributes and data of an event in each of its three modes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import unquote_to_bytes

from gateway.domain.documents import canonical, parse
from gateway.domain.problems import RefusedError
from gateway.domain.structure import Element

Mode = Literal["binary", "structured", "batch"]

STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
JSON = "application/json"

MAXIMUM_ATTRIBUTE = 512

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_SPACE = re.compile(r"\s")
_JSON_TYPE = re.compile(r"application/(?:[\w.-]+\+)?json", re.IGNORECASE)
_REMEDIES = {
    "specversion": 'send "1.0"',
    "id": "send an id that is unique within the source and stays the same when sent again",
    "source": "send a URI reference that names the sender, such as /harnesses/lm-eval",
    "type": "send an event type, such as aidataops.evaluation.failure.v1",
}


@dataclass(frozen=True, slots=True)
class Envelope:
    """An event with its attributes read; ``data`` is canonical JSON.

    ``path`` is where the data stands in what was sent: ``$`` or ``$.data``.
    """

    id: str
    source: str
    type: str
    data: bytes
    value: Any
    path: str


def mode_of(content_type: str, attributes: Mapping[str, str]) -> Mode:
    """The mode that a request's headers speak of."""
    media_type, _, parameters = content_type.partition(";")
    media_type = media_type.strip().lower()
    charset = re.search(r'charset\s*=\s*"?([\w-]+)', parameters, re.IGNORECASE)
    if charset is not None and charset[1].lower() not in {"utf-8", "utf8", "us-ascii"}:
        raise RefusedError.at(
            "unsupported-media-type", "content-type", f"charset {charset[1]}", "send UTF-8"
        )
    if media_type == BATCH:
        return "batch"
    if media_type == STRUCTURED:
        return "structured"
    if not _JSON_TYPE.fullmatch(media_type):
        raise RefusedError.at(
            "unsupported-media-type",
            "content-type",
            f"is {media_type or 'missing'}",
            f"send {STRUCTURED}, {BATCH}, or {JSON} with ce-* headers",
        )
    if not attributes:
        raise RefusedError.at(
            "invalid-attribute",
            "ce-specversion",
            "no ce-* header is there",
            f"send the attributes as ce-* headers, or one document as {STRUCTURED}",
        )
    return "binary"


def attributes_of(headers: Sequence[tuple[str, str]]) -> dict[str, str]:
    """The CloudEvents attributes among HTTP headers, percent-decoded as the binding demands."""
    attributes: dict[str, str] = {}
    for header, content in headers:
        if not header.startswith("ce-"):
            continue
        name = header.removeprefix("ce-")
        if name in attributes:
            raise RefusedError.at("invalid-attribute", header, "is there twice", "send it once")
        try:
            attributes[name] = unquote_to_bytes(content).decode()
        except UnicodeDecodeError as error:
            raise RefusedError.at(
                "invalid-attribute", header, "is no percent-encoded UTF-8", "encode it so"
            ) from error
    return attributes


def read_binary(attributes: Mapping[str, str], element: Element) -> Envelope:
    """The event whose attributes came as headers and whose data is the body."""
    checked = {name: _attribute(attributes, name, f"ce-{name}") for name in _REMEDIES}
    value = parse(element)
    return Envelope(checked["id"], checked["source"], checked["type"], canonical(value), value, "$")


def read_structured(element: Element) -> Envelope:
    """The event that is one JSON document."""
    document = parse(element)
    if not isinstance(document, dict):
        raise RefusedError.at("malformed", "$", "is no JSON object", "send a CloudEvent")
    checked = {name: _attribute(document, name, f"$.{name}") for name in _REMEDIES}
    content_type = document.get("datacontenttype", JSON)
    if not isinstance(content_type, str) or not _JSON_TYPE.match(content_type):
        raise RefusedError.at(
            "invalid-attribute", "$.datacontenttype", "is not JSON", f"send {JSON}"
        )
    if "data" not in document:
        raise RefusedError.at(
            "invalid-data", "$.data", "is missing", "send the data as JSON, not as data_base64"
        )
    value = document["data"]
    return Envelope(
        checked["id"], checked["source"], checked["type"], canonical(value), value, "$.data"
    )


def _attribute(attributes: Mapping[str, Any], name: str, path: str) -> str:
    value, remedy = attributes.get(name), _REMEDIES[name]
    if not isinstance(value, str) or not value:
        problem = "is missing" if value is None else "is no text, or empty"
        raise RefusedError.at("invalid-attribute", path, problem, remedy)
    if len(value) > MAXIMUM_ATTRIBUTE or _CONTROL.search(value):
        raise RefusedError.at(
            "invalid-attribute",
            path,
            f"has control characters or more than {MAXIMUM_ATTRIBUTE}",
            remedy,
        )
    if (name == "specversion" and value != "1.0") or (name == "source" and _SPACE.search(value)):
        raise RefusedError.at("invalid-attribute", path, "is not what it should be", remedy)
    return value
