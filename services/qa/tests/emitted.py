"""What the service emitted, by type."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from aidataops.events.base import Payload

P = TypeVar("P", bound=Payload)


def those(kind: type[P], emitted: Sequence[Payload]) -> list[P]:
    """The payloads of one type, in order."""
    return [payload for payload in emitted if isinstance(payload, kind)]
