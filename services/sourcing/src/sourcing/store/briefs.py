"""Briefs, what was chosen for them, and what may be."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aidataops.events.base import Slices
from aidataops.events.feedback import RemediationRequested
from aidataops.events.sourcing import BriefOpened
from sourcing.domain.briefs import Choice
from sourcing.store.store import ItemKey, Moment, Store, columns, to_json


@dataclass(frozen=True, slots=True)
class StoredBrief:
    """A brief and the items chosen for it so far."""

    opened: BriefOpened
    choice: Choice


class BriefStore(Store):
    """Tables ``briefs``, ``remediation_requests``, ``item_uses``."""

    async def add(self, briefs: Sequence[tuple[BriefOpened, Moment]]) -> set[str]:
        """Write briefs down unless a later approval is known; returns the ids that changed."""
        rows = await self.connection.fetch(
            self.queries["add_briefs"],
            [brief.brief_id for brief, _ in briefs],
            [brief.project for brief, _ in briefs],
            [brief.remediation_id for brief, _ in briefs],
            [to_json(brief.slices) for brief, _ in briefs],
            [brief.quota for brief, _ in briefs],
            [moment.time for _, moment in briefs],
            [moment.digest for _, moment in briefs],
        )
        return {row["brief_id"] for row in rows}

    async def add_requests(
        self, requests: Sequence[tuple[RemediationRequested, Moment]]
    ) -> set[str]:
        """Write down how urgent remediations are; returns the ids that changed."""
        rows = await self.connection.fetch(
            self.queries["add_requests"],
            [request.remediation_id for request, _ in requests],
            [request.priority for request, _ in requests],
            [request.due_at for request, _ in requests],
            [moment.time for _, moment in requests],
            [moment.digest for _, moment in requests],
        )
        return {row["remediation_id"] for row in rows}

    async def list_of_remediations(self, remediations: Collection[str]) -> set[tuple[str, str]]:
        """Brief ids and projects of the briefs that these remediations have."""
        rows = await self.connection.fetch(
            self.queries["list_projects_of_remediations"], list(remediations)
        )
        return {(row["brief_id"], row["project"]) for row in rows}

    async def get(
        self,
        projects: Collection[str],
        briefs: Collection[str] | None = None,
        origin: str | None = None,
    ) -> list[StoredBrief]:
        """Briefs of projects (these, or all) in the order in which they are served."""
        chosen = None if briefs is None else list(briefs)
        rows = await self.connection.fetch(
            self.queries["get_briefs"], chosen, list(projects), origin
        )
        return [_to_brief(row) for row in rows]

    async def list_candidates(self, briefs: Collection[str]) -> list[tuple[str, str, bool]]:
        """(brief, item, whether from the pool) in the order of choice."""
        rows = await self.connection.fetch(self.queries["list_candidates"], list(briefs))
        return [(row["brief_id"], row["item_id"], row["from_pool"]) for row in rows]

    async def save_choices(self, choices: Mapping[str, Choice]) -> None:
        """Write down which items are chosen for each brief."""
        await self.connection.execute(
            self.queries["save_choices"],
            list(choices),
            [json.dumps(choice.item_ids) for choice in choices.values()],
            [choice.from_pool for choice in choices.values()],
        )

    async def list_rivals(self, items: Sequence[tuple[str, Slices, datetime]]) -> set[str]:
        """The projects in which one of these items was in the pool of a brief."""
        rows = await self.connection.fetch(
            self.queries["list_rivals"],
            [project for project, _, _ in items],
            [to_json(slices) for _, slices, _ in items],
            [submitted_at for _, _, submitted_at in items],
        )
        return {row["project"] for row in rows}

    async def save_deficits(self, briefs: Sequence[BriefOpened], times: Sequence[datetime]) -> None:
        """Write briefs from coverage down as they are now."""
        await self.connection.execute(
            self.queries["save_deficits"],
            [brief.brief_id for brief in briefs],
            [brief.project for brief in briefs],
            [to_json(brief.slices) for brief in briefs],
            [brief.quota for brief in briefs],
            [brief.reason for brief in briefs],
            list(times),
        )

    async def drop(self, briefs: Collection[str]) -> None:
        """Forget briefs from coverage."""
        await self.connection.execute(self.queries["drop_briefs"], list(briefs))

    async def list_answers(self, briefs: Collection[str]) -> dict[str, list[str]]:
        """The accepted items that name each brief, the earliest first."""
        answers: dict[str, list[str]] = {brief_id: [] for brief_id in briefs}
        for row in await self.connection.fetch(self.queries["list_answers"], list(briefs)):
            answers[row["brief_id"]].append(row["item_id"])
        return answers

    async def add_uses(self, uses: Mapping[ItemKey, datetime]) -> list[tuple[str, datetime]]:
        """Write down when items were first used; returns projects and times that are new."""
        rows = await self.connection.fetch(
            self.queries["add_uses"], *columns(uses), list(uses.values())
        )
        return [(row["project"], row["used_at"]) for row in rows]

    async def list_shortened(self, uses: Sequence[tuple[str, datetime]]) -> set[str]:
        """The projects in which a use is earlier than the approval of a brief."""
        rows = await self.connection.fetch(
            self.queries["list_shortened"],
            [project for project, _ in uses],
            [used_at for _, used_at in uses],
        )
        return {row["project"] for row in rows}


def _to_brief(row: Any) -> StoredBrief:
    opened = BriefOpened.model_construct(
        brief_id=row["brief_id"],
        project=row["project"],
        remediation_id=row["remediation_id"],
        slices=json.loads(row["slices"]),
        quota=row["quota"],
        origin=row["origin"],
        reason=row["reason"],
        priority=row["priority"],
        due_at=row["due_at"],
    )
    return StoredBrief(opened, Choice(tuple(row["item_ids"]), row["from_pool"]))
