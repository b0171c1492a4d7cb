"""The governance ledger: a hash chain over entries, and what can be wrong with one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

GENESIS = bytes(32)
"""What the first entry is bound to."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One act of governance. ``content`` is the event's payload as JSON; ``hash`` binds the entry
    to its own words and to the entry before it.
    """

    entry: int
    event_id: str
    source_type: str
    subject: str
    occurred_at: datetime
    recorded_at: datetime
    content: str
    hash: bytes = b""

    def sealed(self, previous: bytes) -> bytes:
        """SHA-256 over the hash before and the canonical JSON of everything in this entry."""
        words = [
            self.entry, self.event_id, self.source_type, self.subject,
            self.occurred_at.astimezone(UTC).isoformat(),
            self.recorded_at.astimezone(UTC).isoformat(), self.content,
        ]  # fmt: skip
        canonical = json.dumps(words, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(previous + canonical.encode()).digest()


@dataclass(frozen=True, slots=True)
class Anchor:
    """What the head was once: ``entries`` of them, the last with this hash (hex)."""

    entries: int
    head: str


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, and at which entry it shows."""

    kind: Literal["missing_or_moved", "changed", "truncated", "rewritten"]
    entry: int
    sentence: str


class Verification:
    """Checks a ledger entry by entry, so that its length does not matter."""

    def __init__(self, anchors: Iterable[Anchor] = ()) -> None:
        self._anchors: dict[int, set[str]] = {}
        for anchor in anchors:
            self._anchors.setdefault(anchor.entries, set()).add(anchor.head)
        self._previous = GENESIS
        self.entries = 0
        self.faults: list[Fault] = []

    @property
    def head(self) -> str:
        """The hash of the last entry so far, in hex."""
        return self._previous.hex()

    def check(self, entries: Iterable[Entry]) -> None:
        """Take the next entries, in the order of the ledger."""
        for entry in entries:
            self.entries += 1
            if entry.entry != self.entries:
                self._fault(
                    "missing_or_moved", f"entry {self.entries} is expected, {entry.entry} is there"
                )
            if entry.hash != entry.sealed(self._previous):
                self._fault(
                    "changed", f"entry {entry.entry} does not follow from the one before it"
                )
            self._previous = entry.hash
            for head in self._anchors.get(self.entries, ()):
                if head != self.head:
                    self._fault("rewritten", f"the hash was {head[:16]}… when it was anchored")

    def finish(self) -> list[Fault]:
        """All faults, once every entry has been checked."""
        longest = max(self._anchors, default=0)
        if longest > self.entries:
            self._fault("truncated", f"{longest} entries were anchored, {self.entries} are there")
        return self.faults

    def _fault(self, kind: Literal["missing_or_moved", "changed", "truncated", "rewritten"],
               sentence: str) -> None:  # fmt: skip
        self.faults.append(Fault(kind, self.entries, sentence))


def chain(entries: Sequence[Entry], previous: bytes) -> list[bytes]:
    """The hashes of new entries after a head."""
    hashes = []
    for entry in entries:
        previous = entry.sealed(previous)
        hashes.append(previous)
    return hashes
