"""AsyncAPI 3.0 of a service, generated from its handlers and what it emits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from pydantic.json_schema import models_json_schema

from aidataops.events import Payload

_ATTRIBUTES = {
    "ce_specversion": "always 1.0",
    "ce_id": "unique together with ce_source",
    "ce_source": "who emitted the event",
    "ce_type": "the event's type",
    "ce_time": "when it was emitted, RFC 3339",
    "ce_subject": "the record's key",
    "ce_correlationid": "id of the first cause",
    "ce_causationid": "id of the direct cause",
    "traceparent": "W3C trace context",
}


def describe_service(
    name: str,
    description: str,
    *,
    consumes: Iterable[type[Payload]],
    emits: Iterable[type[Payload]],
) -> dict[str, Any]:
    """The AsyncAPI document of one service, as a JSON-ready dictionary."""
    consumed, emitted = list(consumes), list(emits)
    payloads = sorted({*consumed, *emitted}, key=lambda payload: payload.type)
    return {
        "asyncapi": "3.0.0",
        "info": {"title": f"aidataops {name}", "version": "1", "description": description},
        "defaultContentType": "application/json",
        "channels": {
            topic: {
                "address": topic,
                "messages": {
                    payload.__name__: {"$ref": f"#/components/messages/{payload.__name__}"}
                    for payload in payloads
                    if payload.topic == topic
                },
            }
            for topic in sorted({payload.topic for payload in payloads})
        },
        "operations": {
            **_operations("receive", consumed),
            **_operations("send", emitted),
        },
        "components": {
            "messages": {payload.__name__: _message(payload) for payload in payloads},
            "schemas": _schemas(payloads),
            "messageTraits": {
                "cloudEvent": {
                    "headers": {
                        "type": "object",
                        "properties": {
                            header: {"type": "string", "description": text}
                            for header, text in _ATTRIBUTES.items()
                        },
                        "required": ["ce_specversion", "ce_id", "ce_source", "ce_type"],
                    }
                }
            },
        },
    }


def _operations(action: str, payloads: Iterable[type[Payload]]) -> dict[str, Any]:
    return {
        f"{action}{payload.__name__}": {
            "action": action,
            "channel": {"$ref": f"#/channels/{payload.topic}"},
            "messages": [{"$ref": f"#/channels/{payload.topic}/messages/{payload.__name__}"}],
        }
        for payload in payloads
    }


def _message(payload: type[Payload]) -> dict[str, Any]:
    return {
        "name": payload.type,
        "title": payload.__name__,
        "summary": (payload.__doc__ or "").strip().splitlines()[0],
        "contentType": "application/json",
        "traits": [{"$ref": "#/components/messageTraits/cloudEvent"}],
        "payload": {"$ref": f"#/components/schemas/{payload.__name__}"},
    }


def _schemas(payloads: Sequence[type[Payload]]) -> dict[str, Any]:
    """Bodies and their parts side by side: a reference is resolved from the document's root."""
    _, document = models_json_schema(
        [(payload, "validation") for payload in payloads],
        ref_template="#/components/schemas/{model}",
    )
    return {name: _in_asyncapi(schema) for name, schema in document.get("$defs", {}).items()}


def _in_asyncapi(schema: Any) -> Any:
    """A discriminator is the bare name of a property in AsyncAPI, an object in OpenAPI."""
    if isinstance(schema, list):
        return [_in_asyncapi(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    tagged = {name: _in_asyncapi(part) for name, part in schema.items()}
    if isinstance(tagged.get("discriminator"), dict) and "oneOf" in tagged:
        tagged["discriminator"] = tagged["discriminator"]["propertyName"]
    return tagged
