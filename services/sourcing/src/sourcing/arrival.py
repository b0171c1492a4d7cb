"""The order of events: by when they happened, not by when they arrived."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from hashlib import sha256
from typing import TypeVar

from aidataops.events import Payload
from aidataops.messaging import Received
from sourcing.store.store import Moment

P = TypeVar("P", bound=Payload)
K = TypeVar("K", bound=Hashable)


def by_moment(events: Iterable[Received[P]]) -> list[tuple[Moment, Received[P]]]:
    """Events with their moments, the earliest first."""
    dated = [(Moment(event.occurred_at, _digest_of(event.payload)), event) for event in events]
    return sorted(dated, key=lambda one: one[0])


def earliest(
    events: Iterable[Received[P]], key: Callable[[P], K]
) -> dict[K, tuple[Moment, Received[P]]]:
    """The earliest event of each key: a correction comes under a new id."""
    found: dict[K, tuple[Moment, Received[P]]] = {}
    for moment, event in by_moment(events):
        found.setdefault(key(event.payload), (moment, event))
    return found


def latest(
    events: Iterable[Received[P]], key: Callable[[P], K]
) -> dict[K, tuple[Moment, Received[P]]]:
    """The latest event of each key."""
    return {key(event.payload): (moment, event) for moment, event in by_moment(events)}


def _digest_of(payload: Payload) -> str:
    return sha256(payload.model_dump_json().encode()).hexdigest()
