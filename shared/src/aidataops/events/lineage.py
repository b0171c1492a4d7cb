"""Dataset versions, and what is known about them."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from aidataops.events.base import Identifier, Instant, Payload, Slices, Term, Value
from aidataops.events.evaluation import DatasetReference
from aidataops.events.governance import Role

TOPIC = "lineage.datasets"


class VersionRow(Value):
    """One row of a dataset version and the cohort that labelled it."""

    item_id: Identifier
    value: str
    cohort: str
    slices: Slices = {}


class CompositionEntry(Value):
    """How many rows of a version share a slice and a cohort."""

    slices: Slices
    cohort: str
    items: int = Field(ge=1)


class VersionRegistered(
    Payload, topic=TOPIC, key="dataset", type="aidataops.lineage.version_registered.v1"
):
    """A dataset version that was built elsewhere, told by its rows in chunks of at most 1000."""

    dataset: Identifier
    version: int = Field(ge=0)
    project: Identifier
    parents: tuple[DatasetReference, ...] = ()
    chunk: int = Field(default=0, ge=0)
    chunks: int = Field(default=1, ge=1)
    rows: tuple[VersionRow, ...] = Field(max_length=1000)


class VersionPublished(
    Payload, topic=TOPIC, key="dataset", type="aidataops.lineage.version_published.v1"
):
    """An immutable, content-addressed dataset version exists.

    ``hash`` is a SHA-256 over its rows and does not depend on their order. A composition that is
    longer than a record names the largest strata; ``composition_left_out`` rows are in the others.
    """

    dataset: Identifier
    version: int = Field(ge=0)
    project: Identifier
    hash: str
    items: int = Field(ge=0)
    parents: tuple[DatasetReference, ...] = ()
    batch_ids: tuple[Identifier, ...] = ()
    remediation_ids: tuple[Identifier, ...] = ()
    composition: tuple[CompositionEntry, ...] = ()
    composition_left_out: int = Field(default=0, ge=0)


class RowFilter(Value):
    """Which rows may stay, by one dimension of theirs.

    ``dimension`` is ``value``, ``cohort``, ``vendor``, ``pool``, ``guideline_version``, ``batch``
    or an attribute of the slices. With ``allowed`` only those stay; ``excluded`` ones go. A row of
    several cohorts stays if all of them may.
    """

    dimension: Term
    allowed: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()


class Quota(Value):
    """At most so many rows of a slice; which of them, the recipe's seed decides."""

    slices: Slices
    maximum: int = Field(ge=0)


class Share(Value):
    """How much of a mixture has this value, relative to the weights of the others."""

    value: Identifier
    weight: int = Field(ge=1)


class Mixture(Value):
    """Shares of the values of an attribute of the slices; rows of other values go.

    The version becomes as large as the scarcest value allows, or ``maximum`` rows.
    """

    attribute: Identifier
    shares: tuple[Share, ...] = Field(min_length=1)
    maximum: int | None = Field(default=None, ge=1)


class Recipe(Value):
    """How rows become a version: filters, then quotas, then the mixture; the same rows every time.

    Where rows have to go, those with the smallest SHA-256 of ``seed`` and item id stay.
    """

    filters: tuple[RowFilter, ...] = ()
    quotas: tuple[Quota, ...] = ()
    mixture: Mixture | None = None
    seed: str = ""


class VersionRequested(
    Payload, topic=TOPIC, key="dataset", type="aidataops.lineage.version_requested.v1"
):
    """The Accountable wants ``parent_version + 1``: the parent under these batches, by a recipe.

    Without batches it is the parent under another recipe, or without what was erased since.
    """

    decision_id: Identifier
    dataset: Identifier
    project: Identifier
    parent_version: int = Field(ge=0)
    batch_ids: tuple[Identifier, ...] = ()
    recipe: Recipe = Recipe()
    made_by: Identifier
    role: Role
    made_at: Instant
    reason: str = ""


class VersionFlagged(
    Payload, topic=TOPIC, key="dataset", type="aidataops.lineage.version_flagged.v1"
):
    """Something behind a version turned out to be wrong, or no longer is (``items`` is 0).

    ``cause`` is e.g. ``source_suspended``, ``annotator_suspended``, ``guideline_superseded``,
    ``labels_withdrawn``, ``erasure``; ``about`` names the source, the annotator …; ``models`` are
    those that were trained on the version.
    """

    dataset: Identifier
    version: int = Field(ge=0)
    project: Identifier
    reason: str
    items: int = Field(ge=0)
    cause: Term | None = None
    about: str | None = None
    models: tuple[Identifier, ...] = ()


class ErasureRequested(
    Payload, topic=TOPIC, key="subject", type="aidataops.lineage.erasure_requested.v1"
):
    """Everything about a data subject is to go; ``subject`` is a pseudonym, no name."""

    subject: Identifier
    project: Identifier
    item_ids: tuple[Identifier, ...]


class ErasureApplied(
    Payload, topic=TOPIC, key="subject", type="aidataops.lineage.erasure_applied.v1"
):
    """One service has done its part of an erasure, which it was asked for by ``request_id``.

    ``texts`` contents and free-text labels went, and ``dead_letters`` that named one of the items.
    ``names``, by annotation-intake: the items, and the tasks that asked about them, by whose ids
    others know them alone; where they are many, in ``chunks`` events that are otherwise the same.
    """

    request_id: Identifier
    subject: Identifier
    project: Identifier
    service: Identifier
    texts: int = Field(ge=0)
    dead_letters: int = Field(ge=0)
    names: tuple[Identifier, ...] | None = None
    chunk: int = Field(default=0, ge=0)
    chunks: int = Field(default=1, ge=1)


class ErasurePart(Value):
    """What one service took away for an erasure."""

    service: Identifier
    texts: int = Field(ge=0)
    dead_letters: int = Field(ge=0)


class ErasureCompleted(
    Payload, topic=TOPIC, key="subject", type="aidataops.lineage.erasure_completed.v1"
):
    """Every service has done its part of an erasure; what it reached.

    What Kafka itself still holds, dead-letter topics included, cannot be edited: it is gone at
    ``gone_from_topics_at``, as long as retention of the topics is what the deployment says.
    """

    subject: Identifier
    project: Identifier
    items: int = Field(ge=0)
    versions: tuple[DatasetReference, ...] = ()
    training_runs: tuple[Identifier, ...] = ()
    models: tuple[Identifier, ...] = ()
    request_id: Identifier | None = None
    parts: tuple[ErasurePart, ...] = ()
    gone_from_topics_at: Instant | None = None


class SuccessorProposed(
    Payload, topic=TOPIC, key="dataset", type="aidataops.lineage.successor_proposed.v1"
):
    """The newest version of a dataset holds rows that an erasure took: the next should not.

    Nothing is published by it: that is the Accountable's, as any version is. ``items`` is how many
    rows ``parent_version`` holds of what was erased for ``subject``; the next version leaves them
    out whatever else is decided.
    """

    dataset: Identifier
    parent_version: int = Field(ge=0)
    project: Identifier
    subject: Identifier
    items: int = Field(ge=1)


class LedgerAnchored(
    Payload, topic=TOPIC, key="ledger", type="aidataops.lineage.ledger_anchored.v1"
):
    """The governance ledger had so many entries, and this was the hash of the last.

    A ledger that is shorter now, or has another hash at this place, was tampered with.
    """

    ledger: Identifier = "governance"
    entries: int = Field(ge=1)
    head: str


class CapabilityAssigned(
    Payload, topic=TOPIC, key="project", type="aidataops.lineage.capability_assigned.v1"
):
    """Who provides a capability of a project: built here, bought from a vendor, or with a partner.

    ``capability`` is e.g. ``annotation``, ``sourcing``, ``review``; ``vendors`` are the names under
    which the provider's labels come in. The highest ``revision`` of (project, capability) counts.
    """

    project: Identifier
    capability: Term
    ownership: Literal["internal", "partner", "vendor"]
    owner: Identifier
    vendors: tuple[Identifier, ...] = ()
    reason: str = ""
    revision: int = Field(default=1, ge=1)
