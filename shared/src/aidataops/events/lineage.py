"""Dataset versions, and what is known about them."""

from __future__ import annotations

from pydantic import Field

from aidataops.events.base import Identifier, Payload, Slices, Value
from aidataops.events.evaluation import DatasetReference

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

    ``hash`` is a SHA-256 over its rows and does not depend on their order.
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


class VersionFlagged(
    Payload, topic=TOPIC, key="dataset", type="aidataops.lineage.version_flagged.v1"
):
    """Something behind a version turned out to be wrong."""

    dataset: Identifier
    version: int = Field(ge=0)
    project: Identifier
    reason: str
    items: int = Field(ge=0)


class ErasureRequested(
    Payload, topic=TOPIC, key="subject", type="aidataops.lineage.erasure_requested.v1"
):
    """Everything about a data subject is to go; ``subject`` is a pseudonym."""

    subject: Identifier
    project: Identifier
    item_ids: tuple[Identifier, ...]


class ErasureCompleted(
    Payload, topic=TOPIC, key="subject", type="aidataops.lineage.erasure_completed.v1"
):
    """What the erasure reached."""

    subject: Identifier
    project: Identifier
    items: int = Field(ge=0)
    versions: tuple[DatasetReference, ...] = ()
