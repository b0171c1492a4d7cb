"""Whether a decision to publish a dataset version can be carried out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from aidataops.events.governance import DecisionRecorded, PublishDataset
from aidataops.events.lineage import VersionRequested
from lineage.domain.naming import version_id

State = Literal["waiting", "refused", "repeated", "ready", "building", "published"]


@dataclass(frozen=True, slots=True)
class PublishRequest:
    """A recorded decision: build ``parent_version + 1`` of a dataset from these batches.

    ``recipe`` is the JSON of a ``Recipe``, or ``None``: all rows of the parent and the batches.
    """

    decision_id: str
    dataset: str
    project: str
    parent_version: int
    batch_ids: tuple[str, ...]
    made_by: str
    role: str
    made_at: datetime
    recipe: str | None = None

    @property
    def version(self) -> int:
        """The version that it asks for: histories are linear, a parent has one successor."""
        return self.parent_version + 1

    @property
    def content(self) -> tuple[frozenset[str], str | None]:
        """What two requests for one version have in common when they ask for the same."""
        return frozenset(self.batch_ids), self.recipe


@dataclass(frozen=True, slots=True)
class ProjectStandard:
    """Who may publish, and into which dataset the project's batches go."""

    dataset: str
    accountable: str


@dataclass(frozen=True, slots=True)
class BatchVerdict:
    """QA's last word on a batch."""

    project: str
    released: bool


@dataclass(frozen=True, slots=True)
class HeldVersion:
    """A version that exists; one that is not sealed still waits for chunks."""

    sealed: bool
    batch_ids: tuple[str, ...]
    decided: bool
    recipe: str | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """All that a verdict depends on."""

    projects: Mapping[str, ProjectStandard]
    batches: Mapping[str, BatchVerdict]
    versions: Mapping[str, HeldVersion]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of a request for now, in a sentence for the person who made it."""

    state: State
    reason: str = ""


def decided(event: DecisionRecorded, decision: PublishDataset) -> PublishRequest:
    """The request in a recorded decision: everything that is there."""
    return PublishRequest(
        event.decision_id, event.subject, decision.project, decision.parent_version,
        decision.batch_ids, event.made_by, event.role, event.made_at,
    )  # fmt: skip


def requested(event: VersionRequested) -> PublishRequest:
    """The request in an event that brings a recipe."""
    return PublishRequest(
        event.decision_id, event.dataset, event.project, event.parent_version, event.batch_ids,
        event.made_by, event.role, event.made_at,
        json.dumps(event.recipe.model_dump(mode="json"), sort_keys=True),
    )  # fmt: skip


def judge(request: PublishRequest, known: Known, first: PublishRequest | None = None) -> Outcome:
    """Decide on a request from all that is known.

    ``first`` is the request for the same version that was made first and still stands, if that is
    another one: it counts, so that two decisions cannot both become the same version. The verdict
    depends on nothing else, and is taken again whenever something becomes known.
    """
    return (
        _authority(request, known)
        or _occupied(request, known)
        or _claimed(request, first)
        or _ingredients(request, known)
        or Outcome("ready")
    )


def in_order(requests: Iterable[PublishRequest]) -> list[PublishRequest]:
    """Requests in the order to judge them: parents before children, the first made first."""
    return sorted(
        requests,
        key=lambda request: (
            request.dataset,
            request.version,
            request.made_at,
            request.decision_id,
        ),
    )


def _authority(request: PublishRequest, known: Known) -> Outcome | None:
    if request.role != "accountable":
        return Outcome("refused", f"publishing is for the accountable, not for the {request.role}")
    project = known.projects.get(request.project)
    if project is None:
        return Outcome("waiting", f"project {request.project} is not defined yet")
    if request.made_by != project.accountable:
        return Outcome("refused", f"{request.made_by} is not accountable for {request.project}")
    if request.dataset != project.dataset:
        return Outcome(
            "refused", f"{request.project} publishes to {project.dataset}, not {request.dataset}"
        )
    return None


def _occupied(request: PublishRequest, known: Known) -> Outcome | None:
    name = version_id(request.dataset, request.version)
    held = known.versions.get(name)
    if held is None:
        return None
    if held.decided and (frozenset(held.batch_ids), held.recipe) == request.content:
        return Outcome("repeated", f"{name} was built from these batches")
    return Outcome(
        "refused", f"{name} exists and cannot be changed; decide again with it as parent_version"
    )


def _claimed(request: PublishRequest, first: PublishRequest | None) -> Outcome | None:
    if first is None:
        return None
    if first.content == request.content:
        return Outcome("repeated", f"decision {first.decision_id} asks for the same")
    name = version_id(request.dataset, request.version)
    return Outcome("refused", f"decision {first.decision_id} was made earlier and makes {name}")


def _ingredients(request: PublishRequest, known: Known) -> Outcome | None:
    parent = version_id(request.dataset, request.parent_version)
    batches = {name: known.batches.get(name) for name in request.batch_ids}
    for name, batch in batches.items():
        if batch is not None and batch.project != request.project:
            return Outcome("refused", f"batch {name} belongs to project {batch.project}")
    held = known.versions.get(parent)
    if held is None or not held.sealed:
        return Outcome("waiting", f"{parent} is not complete yet")
    missing = [name for name, batch in batches.items() if batch is None or not batch.released]
    if missing:
        return Outcome("waiting", f"not released yet: {', '.join(missing)}")
    return None
