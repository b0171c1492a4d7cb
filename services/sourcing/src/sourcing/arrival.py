"""The order of events: by when they happened, not by when they arrived."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from typing import TypeVar

from aidataops.events import Payload
from aidataops.messaging import Received
from sourcing.store import Moment

P = TypeVar("P", bound=Payload)


def by_moment(events: Iterable[Received[P]]) -> list[tuple[Moment, Received[P]]]:
    """Events with their moments, the earliest first."""
    dated = [(Moment(event.occurred_at, _digest_of(event.payload)), event) for event in events]
    return sorted(dated, key=lambda one: one[0])


def _digest_of(payload: Payload) -> str:
    return sha256(payload.model_dump_json().encode()).hexdigest()
