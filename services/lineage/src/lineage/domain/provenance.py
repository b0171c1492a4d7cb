"""A version as readers see it: what it is as a whole, and each row with where it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aidataops.events.evaluation import DatasetReference


@dataclass(frozen=True, slots=True)
class VersionSummary:
    """A sealed version without its rows.

    ``origin`` is ``registered`` (built elsewhere) or ``built`` (here, by ``decision_id``).
    ``hash`` is the SHA-256 of the version's content.
    """

    version_id: str
    dataset: str
    version: int
    project: str
    origin: str
    hash: str
    items: int
    parents: tuple[DatasetReference, ...]
    batch_ids: tuple[str, ...]
    remediation_ids: tuple[str, ...]
    decision_id: str | None


@dataclass(frozen=True, slots=True)
class SourceOf:
    """The source that provided an item; fields are ``None`` while no event has told them."""

    source_id: str
    name: str | None = None
    kind: str | None = None
    origin: str | None = None
    licence: str | None = None
    suspended: bool = False


@dataclass(frozen=True, slots=True)
class ProvenRow:
    """A row of a version with everything that stands behind it.

    ``value`` is the label, ``cohorts`` are ``vendor/pool/guideline_version/batch``. ``text`` and
    ``uri`` are ``None`` for an item that was never told (registered elsewhere) or that was erased
    since (``erased``). ``annotators`` are ``vendor/annotator``, ``guidelines``
    ``project/guideline_version``. ``release_id`` is ``batch#revision`` and ``quality`` what QA said
    with it: the batch's ``agreement`` and the gate's ``checks``; both are ``None`` for rows that
    were labelled elsewhere.
    """

    item_id: str
    value: str
    cohorts: tuple[str, ...]
    slices: Mapping[str, str]
    row_hash: str
    text: str | None
    uri: str | None
    media_type: str | None
    content_hash: str | None
    licence: str | None
    sources: tuple[SourceOf, ...]
    annotators: tuple[str, ...]
    guidelines: tuple[str, ...]
    release_id: str | None
    quality: Mapping[str, Any] | None
    erased: bool
