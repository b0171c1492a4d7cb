"""When an event happened, as far as its envelope tells, and what stands for its content."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from aidataops.events import Payload
from aidataops.messaging import Received


def time_of(event: Received[Any]) -> datetime:
    """The event's own time, or the broker's where the envelope has none that can be read."""
    try:
        time = datetime.fromisoformat((event.time or b"").decode())
    except ValueError:
        return datetime.fromtimestamp(event.record.timestamp / 1000, UTC)
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def digest_of(payload: Payload) -> str:
    """Equal for equal contents; a total order where times are equal."""
    return sha256(payload.model_dump_json().encode()).hexdigest()
