"""What goes in, where it came from, and whether it represents production."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from aidataops.events.base import Identifier, Instant, Payload, Slices, Value

INBOUND = "sourcing.inbound"
ITEMS = "sourcing.items"
COVERAGE = "sourcing.coverage"

SourceKind = Literal["crawl", "internal_document", "human_generated", "synthetic", "multimodal"]
Gate = Literal[
    "exact_duplicate",
    "near_duplicate",
    "contamination",
    "personal_data",
    "licence",
    "size",
    "encoding",
    "provenance",
    "source_suspended",
]


class Provenance(Value):
    """Where data came from and what may be done with it (the Data Provenance Standards' fields).

    ``licence`` is an SPDX expression; ``None`` means unknown, which quarantines.
    """

    origin: str
    method: str
    geography: str | None = None
    collected_from: Instant | None = None
    collected_until: Instant | None = None
    licence: str | None = None
    consent: str | None = None
    sensitivity: Literal["none", "personal", "special_category", "confidential"] = "none"
    permitted_uses: tuple[str, ...] = ()


class SourceSubmitted(
    Payload, topic=INBOUND, key="source_id", type="aidataops.sourcing.source_submitted.v1"
):
    """Somebody proposes a source of items."""

    source_id: Identifier
    project: Identifier
    name: str
    kind: SourceKind
    provenance: Provenance


class ItemSubmitted(
    Payload, topic=INBOUND, key="item_id", type="aidataops.sourcing.item_submitted.v1"
):
    """An item on its way in: text, or a URI with media type and checksum.

    ``brief_id`` says which sourcing brief it answers.
    """

    item_id: Identifier
    project: Identifier
    source_id: Identifier
    text: str | None = None
    uri: str | None = None
    media_type: str = "text/plain"
    checksum: str | None = None
    slices: Slices = {}
    brief_id: Identifier | None = None

    @model_validator(mode="after")
    def _has_content(self) -> ItemSubmitted:
        if (self.text is None) == (self.uri is None):
            raise ValueError("give either text or uri, not both and not neither")
        if self.uri is not None and self.checksum is None:
            raise ValueError("an item given by uri needs its checksum (sha256:<hex>)")
        return self


class SourceRegistered(
    Payload, topic=ITEMS, key="source_id", type="aidataops.sourcing.source_registered.v1"
):
    """A source has been checked; items of it may come in."""

    source_id: Identifier
    project: Identifier
    name: str
    kind: SourceKind
    provenance: Provenance


class SourceSuspended(
    Payload, topic=ITEMS, key="source_id", type="aidataops.sourcing.source_suspended.v1"
):
    """No more items of this source; what they reached is to be looked at."""

    source_id: Identifier
    project: Identifier
    reason: str


class ItemAccepted(Payload, topic=ITEMS, key="item_id", type="aidataops.sourcing.item_accepted.v1"):
    """An item passed every gate. ``content_hash`` is the SHA-256 of its canonical content."""

    item_id: Identifier
    project: Identifier
    source_id: Identifier
    content_hash: str
    text: str | None = None
    uri: str | None = None
    media_type: str = "text/plain"
    slices: Slices = {}
    licence: str
    brief_id: Identifier | None = None


class ItemQuarantined(
    Payload, topic=ITEMS, key="item_id", type="aidataops.sourcing.item_quarantined.v1"
):
    """An item was held back by a gate, and why; the evidence names what it collided with."""

    item_id: Identifier
    project: Identifier
    source_id: Identifier
    gate: Gate
    reason: str
    evidence: dict[str, str] = {}
    brief_id: Identifier | None = None


class SliceShare(Value):
    """How much of the pool, and of production, lies in one slice."""

    slices: Slices
    items: int = Field(ge=0)
    share: float = Field(ge=0, le=1)
    target_share: float | None = Field(default=None, ge=0, le=1)


class CoverageMeasured(
    Payload, topic=COVERAGE, key="project", type="aidataops.sourcing.coverage_measured.v1"
):
    """How the accepted items of a project spread over its slices."""

    project: Identifier
    items: int = Field(ge=0)
    shares: tuple[SliceShare, ...]
    population_stability_index: float | None = None
    jensen_shannon_bits: float | None = None
    verdict: Literal["passed", "failed", "inconclusive"] | None = None


class BriefOpened(
    Payload, topic=COVERAGE, key="project", type="aidataops.sourcing.brief_opened.v1"
):
    """Items of one slice are wanted: ``quota`` of them, for this remediation."""

    brief_id: Identifier
    project: Identifier
    remediation_id: Identifier | None = None
    slices: Slices
    quota: int = Field(ge=1)


class BriefFulfilled(
    Payload, topic=COVERAGE, key="project", type="aidataops.sourcing.brief_fulfilled.v1"
):
    """The quota of a brief has been accepted; these are the items."""

    brief_id: Identifier
    project: Identifier
    remediation_id: Identifier | None = None
    slices: Slices
    item_ids: tuple[Identifier, ...]
