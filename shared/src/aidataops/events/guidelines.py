"""What labels are given by: guidelines, who signs them off, what they leave open."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from aidataops.events.annotation import TASKS
from aidataops.events.base import Identifier, Payload, Value
from aidataops.events.evaluation import FailureCategory
from aidataops.events.governance import Role


class GuidelineSection(Value):
    """A part of a guideline that can be flagged; ``confusions`` are pairs it tells apart."""

    section: Identifier
    title: str
    text: str = ""
    confusions: tuple[tuple[Identifier, ...], ...] = ()


class Concept(Value):
    """A category of the ontology: what it means, with examples and counterexamples."""

    category: Identifier
    meaning: str
    parent: Identifier | None = None
    examples: tuple[str, ...] = ()
    counterexamples: tuple[str, ...] = ()


class GuidelineProposed(
    Payload, topic=TASKS, key="project", type="aidataops.annotation.guideline_proposed.v1"
):
    """A draft of a guideline version, to be calibrated and signed off by somebody else."""

    project: Identifier
    guideline_version: Identifier
    proposed_by: Identifier
    supersedes: Identifier | None = None
    sections: tuple[GuidelineSection, ...] = ()
    ontology: tuple[Concept, ...] = ()


class GuidelinePublished(
    Payload, topic=TASKS, key="project", type="aidataops.annotation.guideline_published.v1"
):
    """A guideline version is in force, signed off by an expert after a calibration round.

    Versions are semantic. A major one needs ``signed_off_as`` ``consulted`` and a calibration: the
    α that was measured, or the batch for which QA measures it. ``reannotate`` has the items
    labelled again whose labels it makes stale.
    """

    project: Identifier
    guideline_version: Identifier
    signed_off_by: Identifier
    calibration_alpha: float | None = None
    signed_off_as: Role | None = None
    calibration_batch_id: Identifier | None = None
    reannotate: bool = True


class GuidelineRefused(
    Payload, topic=TASKS, key="project", type="aidataops.annotation.guideline_refused.v1"
):
    """A guideline version did not come into force: what is missing, and what would do."""

    project: Identifier
    guideline_version: Identifier
    signed_off_by: Identifier
    field: str
    value: str
    valid: str
    reason: str


class LabelsStale(Payload, topic=TASKS, key="project", type="aidataops.annotation.labels_stale.v1"):
    """Labels were given under a guideline whose major version has been superseded.

    Each label is listed once per superseding version, in events of at most 1000.
    """

    project: Identifier
    guideline_version: Identifier
    superseded_by: Identifier
    label_ids: tuple[Identifier, ...] = Field(min_length=1, max_length=1000)
    item_ids: tuple[Identifier, ...] = Field(min_length=1, max_length=1000)


class GuidelineFlagged(
    Payload, topic=TASKS, key="project", type="aidataops.annotation.guideline_flagged.v1"
):
    """Somebody found a gap or an ambiguity in a section of the guideline."""

    project: Identifier
    guideline_version: Identifier
    section: Identifier
    flagged_by: Identifier
    kind: Literal["gap", "ambiguity"]
    note: str
    category: FailureCategory | None = None
