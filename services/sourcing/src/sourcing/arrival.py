"""When an event happened, as far as its envelope tells."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, TypeVar

from aidataops.events import Payload
from aidataops.messaging import Received
from sourcing.store import Moment

P = TypeVar("P", bound=Payload)


def moment_of(event: Received[Any]) -> Moment:
    """The event's own time, or the broker's where the envelope has none that can be read."""
    try:
        time = datetime.fromisoformat((event.time or b"").decode())
    except ValueError:
        time = datetime.fromtimestamp(event.record.timestamp / 1000, UTC)
    return Moment(time if time.tzinfo else time.replace(tzinfo=UTC), event.event_id)


def by_moment(events: Iterable[Received[P]]) -> list[tuple[Moment, Received[P]]]:
    """Events with their moments, the earliest first."""
    return sorted(((moment_of(event), event) for event in events), key=lambda dated: dated[0])
