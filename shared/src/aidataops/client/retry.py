"""When to try again, and after how long."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx


@dataclass(frozen=True, slots=True)
class Retry:
    """Exponential backoff with full jitter; times in seconds.

    Trying again is safe because an event's id stays the same. ``longest`` also bounds what a
    server may ask for by ``Retry-After``.
    """

    attempts: int = 8
    first: float = 0.25
    longest: float = 30.0

    def delays(self) -> Iterator[float]:
        """How long to wait before the second attempt, the third …"""
        for attempt in range(self.attempts - 1):
            yield random.uniform(0, min(self.longest, self.first * 2**attempt))

    def after(self, response: httpx.Response | None, delay: float) -> float:
        """The wait before the next attempt: what the server asks for, at least ``delay``."""
        asked = None if response is None else response.headers.get("retry-after")
        if not asked:
            return delay
        return min(self.longest, max(delay, _seconds(asked)))

    @staticmethod
    def is_due(response: httpx.Response) -> bool:
        """Whether the server's answer may be another one next time."""
        return response.status_code == 429 or response.status_code >= 500


def _seconds(asked: str) -> float:
    if asked.strip().isdigit():
        return float(asked)
    try:
        return (parsedate_to_datetime(asked) - datetime.now(UTC)).total_seconds()
    except (ValueError, TypeError):
        return 0.0
