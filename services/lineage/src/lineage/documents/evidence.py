"""What is known of a version, as a whole: all that its documents may say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from lineage.domain.provenance import VersionSummary


class Share(NamedTuple):
    """How many rows have a value."""

    value: str
    items: int


@dataclass(frozen=True, slots=True)
class Source:
    """A source, how many rows it provided, and what was registered of it (``None``: nothing)."""

    source_id: str
    items: int
    suspended: bool
    registered: Mapping[str, Any] | None

    def says(self, aspect: str) -> Any:
        """One of ``source_kind, origin, method, licence, geography, consent, …``, or ``None``."""
        return (self.registered or {}).get(aspect)


@dataclass(frozen=True, slots=True)
class Guideline:
    """``project/guideline_version``; the rest is ``None`` until it is published."""

    guideline_id: str
    signed_off_by: str | None
    calibration_alpha: float | None


@dataclass(frozen=True, slots=True)
class Release:
    """A batch as it left QA: its agreement, and the gate's checks."""

    release_id: str
    items: int
    agreement: Mapping[str, Any] | None
    checks: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Remediation:
    """Data work that ended in the version; ``outcome`` is ``verified``, ``reopened`` or open."""

    remediation_id: str
    requested: Mapping[str, Any] | None
    outcome: str | None


@dataclass(frozen=True, slots=True)
class Training:
    """A training run that used the version."""

    training_run_id: str
    model: str
    recipe: str
    completed_at: str


@dataclass(frozen=True, slots=True)
class Decision:
    """Who decided to publish, in which role, when (ISO 8601)."""

    decision_id: str
    made_by: str
    role: str
    made_at: str


class Flag(NamedTuple):
    """Something behind the version turned out wrong: what, about whom, and in how many rows."""

    cause: str
    about: str
    items: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """Counts are of rows. ``unsourced`` have no known source, ``unlicensed`` no known licence.

    ``published_at`` is when the version was decided or registered. ``held_back`` are items of the
    version's sources that a gate refused, by gate.
    """

    summary: VersionSummary
    published_at: datetime | None = None
    accountable: str | None = None
    decision: Decision | None = None
    sources: tuple[Source, ...] = ()
    unsourced: int = 0
    licences: tuple[Share, ...] = ()
    unlicensed: int = 0
    slices: Mapping[str, tuple[Share, ...]] = field(default_factory=dict)
    labels: tuple[Share, ...] = ()
    cohorts: tuple[Share, ...] = ()
    guidelines: tuple[Guideline, ...] = ()
    annotators: int = 0
    suspended_annotators: int = 0
    releases: tuple[Release, ...] = ()
    unreleased: int = 0
    held_back: tuple[Share, ...] = ()
    remediations: tuple[Remediation, ...] = ()
    trainings: tuple[Training, ...] = ()
    media_types: tuple[Share, ...] = ()
    characters: int = 0
    erased: int = 0
    flags: tuple[Flag, ...] = ()
