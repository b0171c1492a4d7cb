"""What OpenAPI says about the endpoint: bodies in three modes, examples, answers, problems."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from aidataops.events import Payload
from aidataops.events.annotation import LabelSubmitted
from gateway.domain.admission import ADMITTED
from gateway.domain.credentials import short_name
from gateway.domain.envelopes import BATCH, JSON, STRUCTURED
from gateway.domain.problems import BASE, TITLES

_LABEL = {
    "vendor": "acme-labels",
    "annotation_id": "a-4711",
    "task_id": "task-12",
    "annotator": "acme-1",
    "value": "correct",
    "guideline_version": "1.0.0",
    "submitted_at": "2026-11-23T09:30:00Z",
}
_EVENT = {
    "specversion": "1.0",
    "id": "acme-labels/a-4711/1",
    "source": "/vendors/acme-labels",
    "type": LabelSubmitted.type,
    "datacontenttype": JSON,
    "data": _LABEL,
}


class ProblemField(BaseModel):
    """One wrong field."""

    path: str = Field(description="JSON path within the event, or the header", examples=["$.data"])
    detail: str
    remedy: str


class ProblemDocument(BaseModel):
    """Why something was refused (RFC 9457)."""

    type: str = Field(examples=[f"{BASE}invalid-data"])
    title: str
    status: int
    detail: str
    errors: list[ProblemField] = []
    trace_id: str | None = None


class UnreadableLabel(BaseModel):
    """A label that could not be read."""

    place: str
    field: str
    value: str
    valid: str


class WebhookReceipt(BaseModel):
    """A webhook is in; what could not be read of it is kept under ``kept``."""

    trace_id: str
    accepted: int
    duplicates: int
    duplicate: bool = Field(description="this very message was in before")
    unreadable: list[UnreadableLabel]
    kept: str | None


class Receipt(BaseModel):
    """An event is in: committed, and on its way to Kafka whatever happens to the gateway."""

    event_id: str = Field(description="the id under which services know the event")
    trace_id: str = Field(description="32 hexadecimal digits; finds all that follows from it")
    duplicate: bool = Field(description="the same event was in before; this has no second effect")


class EventVerdict(BaseModel):
    """What became of one event of a batch."""

    index: int
    status: int = Field(description="202 new, 200 was in before, otherwise why not")
    id: str | None = None
    event_id: str | None = None
    problem: ProblemDocument | None = None


class BatchReceipt(BaseModel):
    """What became of each event of a batch, in its order."""

    trace_id: str
    accepted: int
    duplicates: int
    refused: int
    events: list[EventVerdict]


def request_body() -> dict[str, Any]:
    """The request body in OpenAPI's terms."""
    envelope = _envelope({"anyOf": [_inline(payload) for payload in ADMITTED]})
    brief = _envelope({"type": "object", "description": f"as in {STRUCTURED}"})
    return {
        "required": True,
        "content": {
            STRUCTURED: {
                "schema": envelope,
                "examples": {"label": {"summary": "A vendor's label", "value": _EVENT}},
            },
            BATCH: {
                "schema": {"type": "array", "maxItems": 1000, "items": brief},
                "examples": {"labels": {"summary": "One label in a batch", "value": [_EVENT]}},
            },
            JSON: {
                "schema": {
                    "type": "object",
                    "description": "binary mode: the data alone; the attributes are ce-* headers",
                },
                "examples": {"label": {"summary": "The data of a label", "value": _LABEL}},
            },
        },
    }


def parameters() -> list[dict[str, Any]]:
    """The headers that the endpoint reads."""
    described: dict[str, tuple[str, dict[str, Any]]] = {
        "ce-specversion": ("binary mode: the version of CloudEvents", {"const": "1.0"}),
        "ce-id": ("binary mode: unique within the source; the same when sent again", {}),
        "ce-source": ("binary mode: who sends, within what the key speaks for", {}),
        "ce-type": ("binary mode: the event type", {"enum": [each.type for each in ADMITTED]}),
        "traceparent": ("W3C trace context, continued; a new trace without it", {}),
    }
    return [
        {
            "name": name,
            "in": "header",
            "required": False,
            "description": description,
            "schema": {"type": "string", **schema},
        }
        for name, (description, schema) in described.items()
    ]


def responses() -> dict[int | str, dict[str, Any]]:
    """Every answer: receipts, and a problem document per status."""
    documented: dict[int | str, dict[str, Any]] = {
        200: {
            "model": Receipt | BatchReceipt,
            "description": "Everything was in before; nothing happens twice",
        },
        202: {"model": Receipt | BatchReceipt, "description": "In, and committed"},
        207: {
            "model": BatchReceipt,
            "description": "Some events of the batch were refused; the others are in",
        },
    }
    kinds: dict[int, list[str]] = {}
    for kind, (status, _) in TITLES.items():
        kinds.setdefault(status, []).append(kind)
    for status, names in kinds.items():
        documented[status] = {
            "description": "; ".join(TITLES[name][1] for name in names),
            "content": {
                "application/problem+json": {
                    "schema": {"$ref": "#/components/schemas/ProblemDocument"},
                    "examples": {name: {"value": _example(name)} for name in names},
                }
            },
        }
    return documented


def webhook_body() -> dict[str, Any]:
    """Whatever the connection's tool sends."""
    return {"required": True, "content": {"*/*": {"schema": {}}}}


def webhook_responses() -> dict[int | str, dict[str, Any]]:
    """What a webhook is answered."""
    return {
        200: {"model": WebhookReceipt, "description": "Nothing new was in it"},
        202: {"model": WebhookReceipt, "description": "In, and committed"},
        401: {"description": TITLES["unsigned"][1]},
        409: {"description": "Another body came under this message id before"},
    }


def _example(kind: str) -> dict[str, Any]:
    status, title = TITLES[kind]
    errors = [{"path": "$.data.value", "detail": "Field required", "remedy": "add the field"}]
    named = kind == "invalid-data"
    return {
        "type": BASE + kind,
        "title": title,
        "status": status,
        "detail": "$.data.value: Field required" if named else title,
        "errors": errors if named else [],
        "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
    }


def _envelope(data: dict[str, Any]) -> dict[str, Any]:
    text = {"type": "string", "minLength": 1, "maxLength": 512}
    return {
        "type": "object",
        "title": "CloudEvent",
        "required": ["specversion", "id", "source", "type", "data"],
        "properties": {
            "specversion": {"const": "1.0"},
            "id": text,
            "source": text,
            "type": {"enum": [payload.type for payload in ADMITTED]},
            "datacontenttype": {"const": JSON},
            "data": data,
        },
    }


def _inline(payload: type[Payload]) -> dict[str, Any]:
    """A payload's JSON Schema without references, which OpenAPI would look for elsewhere."""
    schema = payload.model_json_schema()
    definitions = schema.pop("$defs", {})

    def resolve(node: Any) -> Any:
        if isinstance(node, list):
            return [resolve(each) for each in node]
        if not isinstance(node, dict):
            return node
        if "$ref" in node:
            return resolve(definitions[node["$ref"].rpartition("/")[2]])
        return {name: resolve(each) for name, each in node.items() if name != "discriminator"}

    return {"description": short_name(payload.type), **resolve(schema)}
