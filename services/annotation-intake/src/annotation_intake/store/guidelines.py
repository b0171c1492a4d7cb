"""The tables of guideline versions, and of what they are held against."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aidataops.database import Connection, Queries
from aidataops.events.annotation import GuidelineFlagged, GuidelineProposed, GuidelinePublished
from aidataops.events.governance import ResponsibilityAssigned, StandardChanged
from aidataops.events.quality import AgreementMeasured
from annotation_intake.domain.guidelines import Calibration, Publication, Refusal, Succession
from annotation_intake.domain.identity import digest_of


@dataclass(frozen=True, slots=True)
class StaleLabel:
    """A label given under a guideline version that a major one has superseded."""

    label_id: str
    project: str
    item_id: str
    guideline_version: str
    superseded_by: str


class GuidelineStore:
    """Set-wise reads and writes, under the lock of the project."""

    queries = Queries.load("annotation_intake")

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def lock_projects(self, projects: Collection[str]) -> None:
        """Keep others from planning batches of these projects until the transaction ends."""
        names = [f"project/{project}" for project in projects]
        await self._connection.execute(self.queries["lock"], names)

    async def add_proposals(self, drafts: Mapping[str, tuple[GuidelineProposed, datetime]]) -> None:
        """Write drafts down, by digest."""
        said = list(drafts.values())
        await self._connection.execute(
            self.queries["add_proposals"],
            [one.project for one, _ in said],
            [one.guideline_version for one, _ in said],
            list(drafts),
            [one.proposed_by for one, _ in said],
            [json.dumps([part.model_dump() for part in one.sections]) for one, _ in said],
            [time for _, time in said],
        )

    async def add_publications(
        self, publications: Mapping[str, tuple[GuidelinePublished, datetime]]
    ) -> None:
        """Write publications down, by digest."""
        said = list(publications.values())
        await self._connection.execute(
            self.queries["add_publications"],
            [one.project for one, _ in said],
            [one.guideline_version for one, _ in said],
            list(publications),
            [one.signed_off_by for one, _ in said],
            [one.signed_off_as for one, _ in said],
            [one.calibration_alpha for one, _ in said],
            [one.calibration_batch_id for one, _ in said],
            [one.reannotate for one, _ in said],
            [time for _, time in said],
        )

    async def add_responsibilities(self, assigned: Sequence[ResponsibilityAssigned]) -> None:
        """Write down who holds which role; of several words on one the highest revision counts."""
        latest: dict[tuple[str, str, str, str], tuple[int, bool]] = {}
        for one in assigned:
            key = (one.subject, one.decision_kind, one.person, one.role)
            latest[key] = max(latest.get(key, (0, False)), (one.revision, one.revoked))
        await self._connection.execute(
            self.queries["add_responsibilities"],
            *([key[place] for key in latest] for place in range(4)),
            [revision for revision, _ in latest.values()],
            [revoked for _, revoked in latest.values()],
        )

    async def add_standards(self, changes: Sequence[StandardChanged]) -> None:
        """Write standards down."""
        await self._connection.execute(
            self.queries["add_standards"],
            [one.subject for one in changes],
            [one.standard for one in changes],
            [one.value for one in changes],
            [one.made_at for one in changes],
            [one.decision_id for one in changes],
        )

    async def add_agreements(
        self, measurements: Sequence[tuple[AgreementMeasured, datetime]]
    ) -> None:
        """Write down what QA measured."""
        await self._connection.execute(
            self.queries["add_agreements"],
            [one.project for one, _ in measurements],
            [one.scope for one, _ in measurements],
            [one.scope_value for one, _ in measurements],
            [time for _, time in measurements],
            [one.agreement.value for one, _ in measurements],
            [one.agreement.lower for one, _ in measurements],
            [one.agreement.labels for one, _ in measurements],
            [digest_of(one) for one, _ in measurements],
        )

    async def add_flags(self, flags: Sequence[tuple[GuidelineFlagged, datetime]]) -> None:
        """Write flags down; one person says the same of a section once."""
        first: dict[tuple[str, ...], datetime] = {}
        for one, time in flags:
            key = (
                one.project,
                one.guideline_version,
                one.section,
                one.kind,
                one.flagged_by,
                one.note,
            )
            first[key] = min(first.get(key, time), time)
        await self._connection.execute(
            self.queries["add_flags"],
            *([key[place] for key in first] for place in range(6)),
            list(first.values()),
        )

    async def get_calibration(self, project: str, at: datetime) -> Calibration:
        """What publications of a project are held against."""
        floor = await self._connection.fetchval(self.queries["get_floor"], project, at)
        bounds = await self._connection.fetch(self.queries["list_batch_bounds"], project)
        consulted = await self._connection.fetch(self.queries["list_consulted"], project)
        authors: dict[str, set[str]] = {}
        for row in await self._connection.fetch(self.queries["list_authors"], project):
            authors.setdefault(row["guideline_version"], set()).add(row["proposed_by"])
        return Calibration(
            floor,
            {row["batch_id"]: row["lower"] for row in bounds},
            {row["person"] for row in consulted},
            authors,
        )

    async def list_publications(
        self, project: str
    ) -> tuple[list[Publication], dict[str, tuple[str, str] | None]]:
        """All publications of a project, and by digest for which field and why each is refused."""
        rows = await self._connection.fetch(self.queries["list_publications"], project)
        refusals: dict[str, tuple[str, str] | None] = {}
        for row in rows:
            refused = row["refusal_field"] is not None
            refusals[row["digest"]] = (
                (row["refusal_field"], row["refusal_reason"]) if refused else None
            )
        return [_to_publication(row) for row in rows], refusals

    async def save_refusals(
        self, project: str, refusals: Sequence[tuple[Publication, Refusal | None]]
    ) -> None:
        """Write down why publications are refused, ``None`` where they no longer are."""
        await self._connection.execute(
            self.queries["save_refusals"],
            project,
            [one.guideline_version for one, _ in refusals],
            [one.digest for one, _ in refusals],
            [refusal.field if refusal else None for _, refusal in refusals],
            [refusal.reason if refusal else None for _, refusal in refusals],
        )

    async def save_in_force(
        self, project: str, versions: Collection[str], superseded: Mapping[str, Succession]
    ) -> bool:
        """Write down which versions are in force, and by what older ones are superseded.

        Returns whether there is a new one.
        """
        new = await self._connection.fetch(self.queries["save_guidelines"], project, list(versions))
        await self._connection.execute(
            self.queries["save_superseded"],
            project,
            list(superseded),
            [one.superseded_by for one in superseded.values()],
            [one.since for one in superseded.values()],
            [one.reannotate for one in superseded.values()],
        )
        return bool(new)

    async def has_superseded(self, projects: Collection[str]) -> bool:
        """Whether any of these projects has versions that a major one superseded."""
        found = await self._connection.fetchval(self.queries["has_superseded"], list(projects))
        return bool(found)

    async def take_stale_labels(
        self, projects: Collection[str], tasks: Collection[str] | None = None
    ) -> list[StaleLabel]:
        """Labels that are stale, each once; of all tasks of the projects or of some."""
        rows = await self._connection.fetch(
            self.queries["list_stale_labels"],
            list(projects),
            None if tasks is None else list(tasks),
        )
        stale = [StaleLabel(**dict(row) | {"label_id": str(row["label_id"])}) for row in rows]
        return sorted(stale, key=lambda one: one.label_id)

    async def list_items_to_relabel(
        self, projects: Collection[str], tasks: Collection[str] | None = None
    ) -> dict[tuple[str, str, datetime], set[str]]:
        """(Project, version, since when) → items that are to be labelled again under it."""
        rows = await self._connection.fetch(
            self.queries["list_items_to_relabel"],
            list(projects),
            None if tasks is None else list(tasks),
        )
        found: dict[tuple[str, str, datetime], set[str]] = {}
        for row in rows:
            key = (row["project"], row["superseded_by"], row["since"])
            found.setdefault(key, set()).add(row["item_id"])
        return found


def _to_publication(row: Any) -> Publication:
    return Publication(
        row["guideline_version"],
        row["digest"],
        row["signed_off_by"],
        row["signed_off_as"],
        row["calibration_alpha"],
        row["calibration_batch_id"],
        row["reannotate"],
        row["published_at"],
    )
