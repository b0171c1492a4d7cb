"""Every event type by name, and every topic with the types that travel on it."""

from __future__ import annotations

from types import ModuleType

from aidataops.events import (
    annotation,
    evaluation,
    feedback,
    governance,
    lineage,
    quality,
    sourcing,
    training,
)
from aidataops.events.base import Payload


def _payloads(module: ModuleType) -> list[type[Payload]]:
    return [
        value
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, Payload)
        and value is not Payload
        and value.__module__ == module.__name__
    ]


PAYLOADS: dict[str, type[Payload]] = {
    payload.type: payload
    for module in (
        evaluation,
        training,
        sourcing,
        annotation,
        quality,
        feedback,
        lineage,
        governance,
    )
    for payload in _payloads(module)
}
"""``ce_type`` → payload class."""

TOPICS: dict[str, tuple[type[Payload], ...]] = {
    topic: tuple(payload for payload in PAYLOADS.values() if payload.topic == topic)
    for topic in dict.fromkeys(payload.topic for payload in PAYLOADS.values())
}
"""Topic (without a deployment's prefix) → the payload classes on it."""
