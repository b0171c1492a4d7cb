"""What goes in, where it came from, and whether it represents production."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from aidataops.events.base import Identifier, Instant, Payload, Slices, Term, Value

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
ReleasableGate = Literal[
    "encoding", "personal_data", "contamination", "exact_duplicate", "near_duplicate"
]
"""Gates that an `ItemReleaseDecided` can open; licence and provenance are decided per source."""


class Provenance(Value):
    """Where data came from and what may be done with it.

    The elements of the Data & Trust Alliance's Data Provenance Standards 1.0 (source, provenance,
    use); the data set's title is the source's name. ``origin`` is where the data first arose,
    ``issuer`` who hands it over; ``consent`` and the locations say where the document is found.
    ``licence`` is an SPDX expression; ``None`` means unknown, which quarantines.
    ``permitted_uses`` is the intended use; empty means not restricted.
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
    identifier: str | None = None
    metadata_location: str | None = None
    issuer: str | None = None
    description: str | None = None
    issued_at: Instant | None = None
    previously_issued_at: Instant | None = None
    data_format: str | None = None
    privacy_technologies: tuple[str, ...] = ()
    processing_included: tuple[str, ...] = ()
    processing_excluded: tuple[str, ...] = ()
    storage_geographies: tuple[str, ...] = ()
    proprietary_rights: tuple[str, ...] = ()


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


class BenchmarkProtected(
    Payload, topic=INBOUND, key="benchmark_id", type="aidataops.sourcing.benchmark_protected.v1"
):
    """Texts of an evaluation set that no item may contain; in chunks of at most 1000.

    ``chunk`` counts from 0 to ``chunks`` - 1. Every chunk protects by itself, in any order.
    """

    benchmark_id: Identifier
    name: str
    version: str | None = None
    chunk: int = Field(default=0, ge=0)
    chunks: int = Field(default=1, ge=1)
    texts: tuple[str, ...] = Field(min_length=1, max_length=1000)


class SliceWeight(Value):
    """How much of production lies in one combination of slices, relative to the others."""

    slices: Slices
    weight: float = Field(gt=0)


class SliceFloor(Value):
    """How many items a rare but consequential slice needs at least, and why."""

    slices: Slices
    items: int = Field(ge=1)
    reason: str


class ProductionWeightsSet(
    Payload, topic=INBOUND, key="project", type="aidataops.sourcing.production_weights_set.v1"
):
    """What production looks like, for the pool to be held against; the highest revision counts.

    Without ``weights`` they come from sampled production traffic, where there is any. Above
    ``psi_limit``, at ``significance``, the pool does not represent production.
    """

    project: Identifier
    revision: int = Field(ge=1)
    weights: tuple[SliceWeight, ...] = Field(default=(), max_length=1000)
    floors: tuple[SliceFloor, ...] = Field(default=(), max_length=1000)
    psi_limit: float = Field(default=0.25, gt=0)
    significance: float = Field(default=0.05, gt=0, lt=1)

    @model_validator(mode="after")
    def _weigh_each_slice_once(self) -> ProductionWeightsSet:
        seen: list[Slices] = []
        for place, weight in enumerate(self.weights):
            if weight.slices in seen:
                raise ValueError(f"weights.{place}: {weight.slices} has a weight already; add them")
            seen.append(weight.slices)
        return self


class SliceCount(Value):
    """How many samples lie in one combination of slices."""

    slices: Slices
    samples: int = Field(ge=1)


class ProductionSampled(
    Payload, topic=INBOUND, key="project", type="aidataops.sourcing.production_sampled.v1"
):
    """The slices of production traffic sampled in one window of time."""

    project: Identifier
    window: Identifier
    ended_at: Instant
    counts: tuple[SliceCount, ...] = Field(max_length=1000)


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


class SourceHeld(Payload, topic=ITEMS, key="source_id", type="aidataops.sourcing.source_held.v1"):
    """No items of this source come in: it needs a decision, or its terms forbid it.

    ``approvable`` says whether a `SourceDecided` can let it in.
    """

    source_id: Identifier
    project: Identifier
    gate: Term
    reason: str
    approvable: bool


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


class SliceRepresentation(Value):
    """A slice of production and the pool's share of it.

    ``p_value`` tests the slice against all others (χ², one degree of freedom); ``q_value`` is
    adjusted over the slices (Benjamini-Hochberg). ``missing`` items would make good what is too
    little; 0 where nothing is shown to be.
    """

    slices: Slices
    items: int = Field(ge=0)
    share: float = Field(ge=0, le=1)
    target_share: float = Field(ge=0, le=1)
    p_value: float = Field(ge=0, le=1)
    q_value: float = Field(ge=0, le=1)
    missing: int = Field(default=0, ge=0)


class FloorMeasured(Value):
    """A consequential slice beside its floor.

    ``defect_rate_bound`` is the upper 95 % bound of the defect rate that this many items without
    a defect would show: 59 show 5 %, 149 show 2 %, 299 show 1 %.
    """

    slices: Slices
    items: int = Field(ge=0)
    floor: int = Field(ge=1)
    missing: int = Field(ge=0)
    reason: str
    defect_rate_bound: float = Field(ge=0, le=1)


class CoverageMeasured(
    Payload, topic=COVERAGE, key="project", type="aidataops.sourcing.coverage_measured.v1"
):
    """How the accepted items of a project spread over its slices.

    With production weights (given at ``weights_revision`` or, where that is null, sampled) also
    how far the pool is from production. ``outside`` items lie in no slice of production and count
    in no share of it. ``verdict`` is null without weights and floors.
    """

    project: Identifier
    items: int = Field(ge=0)
    shares: tuple[SliceShare, ...]
    population_stability_index: float | None = None
    jensen_shannon_bits: float | None = None
    weights_revision: int | None = None
    outside: int | None = None
    chi_square: float | None = None
    degrees_of_freedom: int | None = None
    p_value: float | None = None
    representation: tuple[SliceRepresentation, ...] = ()
    floors: tuple[FloorMeasured, ...] = ()
    verdict: Literal["passed", "failed", "inconclusive"] | None = None
    reason: str | None = None


class BriefOpened(
    Payload, topic=COVERAGE, key="project", type="aidataops.sourcing.brief_opened.v1"
):
    """Items of one slice are wanted: ``quota`` of them, for a remediation or for coverage.

    Of the open briefs of a project the one of the highest ``priority`` comes first.
    """

    brief_id: Identifier
    project: Identifier
    remediation_id: Identifier | None = None
    slices: Slices
    quota: int = Field(ge=1)
    origin: Term = "remediation"
    reason: str | None = None
    priority: float | None = None
    due_at: Instant | None = None


class BriefProgressed(
    Payload, topic=COVERAGE, key="project", type="aidataops.sourcing.brief_progressed.v1"
):
    """How many items of a brief's quota are there, and how many of those were in the pool."""

    brief_id: Identifier
    project: Identifier
    remediation_id: Identifier | None = None
    quota: int = Field(ge=1)
    items: int = Field(ge=0)
    from_pool: int = Field(ge=0)
    missing: int = Field(ge=0)


class ItemsRequested(
    Payload, topic=COVERAGE, key="project", type="aidataops.sourcing.items_requested.v1"
):
    """Vendors are asked for ``missing`` items of these slices, which the pool does not have.

    Items that answer name the brief. Of several requests for one brief the last counts.
    """

    brief_id: Identifier
    project: Identifier
    slices: Slices
    missing: int = Field(ge=1)
    due_at: Instant | None = None


class BriefWithdrawn(
    Payload, topic=COVERAGE, key="project", type="aidataops.sourcing.brief_withdrawn.v1"
):
    """Nobody needs the items of this brief any more, and why."""

    brief_id: Identifier
    project: Identifier
    reason: str


class BriefFulfilled(
    Payload, topic=COVERAGE, key="project", type="aidataops.sourcing.brief_fulfilled.v1"
):
    """The quota of a brief has been accepted; these are the items."""

    brief_id: Identifier
    project: Identifier
    remediation_id: Identifier | None = None
    slices: Slices
    item_ids: tuple[Identifier, ...]
