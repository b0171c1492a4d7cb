"""What became of published events."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class RefusedEvent:
    """An event that was not taken, and why. ``index`` counts the published payloads from 0."""

    index: int
    type: str
    key: str
    status: int
    title: str
    detail: str


@dataclass(slots=True)
class PublishReport:
    """The outcome of one publish. ``trace_id`` finds everything that follows from it."""

    trace_id: str
    accepted: int = 0
    duplicates: int = 0
    refused: list[RefusedEvent] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Every event is in, now or since an earlier publish."""
        return not self.refused

    def add(self, other: PublishReport) -> None:
        """Count another publish in; the trace is that of the last."""
        self.trace_id = other.trace_id
        self.accepted += other.accepted
        self.duplicates += other.duplicates
        self.refused += other.refused
