"""Sources, the decisions about them, and the policy that they are judged by."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aidataops.events.annotation import ProjectDefined
from aidataops.events.governance import PolicyChanged, SourceDecided
from aidataops.events.sourcing import Provenance, SourceSubmitted
from sourcing.domain.policy import SUBJECT, Policy, default_policy, read_policy
from sourcing.domain.sources import Decision, SourceStanding
from sourcing.store.store import ItemKey, Moment, Store


@dataclass(frozen=True, slots=True)
class StoredSource:
    """A source with the standing that is written down and the latest decision that counts."""

    submitted: SourceSubmitted
    standing: SourceStanding
    decision: Decision | None
    decided_because: str


class SourceStore(Store):
    """Tables ``sources``, ``source_decisions``, ``accountables``, ``policies``."""

    async def add(self, sources: Sequence[tuple[SourceSubmitted, Moment]]) -> set[str]:
        """Write sources down unless an earlier submission is known; returns the written ids."""
        rows = await self.connection.fetch(
            self.queries["add_sources"],
            [source.source_id for source, _ in sources],
            [source.project for source, _ in sources],
            [source.name for source, _ in sources],
            [source.kind for source, _ in sources],
            [source.provenance.model_dump_json() for source, _ in sources],
            [moment.time for _, moment in sources],
            [moment.digest for _, moment in sources],
        )
        return {row["source_id"] for row in rows}

    async def get(self, sources: Collection[str]) -> list[StoredSource]:
        """These sources as far as they are known."""
        rows = await self.connection.fetch(self.queries["get_sources"], list(sources))
        return [_to_source(row) for row in rows]

    async def save_standings(self, standings: Mapping[str, SourceStanding]) -> None:
        """Write down where sources stand."""
        await self.connection.execute(
            self.queries["save_standings"],
            list(standings),
            [standing.licence for standing in standings.values()],
            [standing.status for standing in standings.values()],
            [standing.gate for standing in standings.values()],
            [standing.reason for standing in standings.values()],
            [standing.approvable for standing in standings.values()],
        )

    async def list_all(self) -> set[str]:
        """Every source's id."""
        rows = await self.connection.fetch(self.queries["list_all_sources"])
        return {row["source_id"] for row in rows}

    async def list_decided(self, projects: Collection[str]) -> set[str]:
        """The sources that somebody has decided about."""
        rows = await self.connection.fetch(self.queries["list_decided_sources"], list(projects))
        return {row["source_id"] for row in rows}

    async def list_projects_of(self, sources: Collection[str]) -> set[str]:
        """The projects that have items of these sources."""
        rows = await self.connection.fetch(self.queries["list_projects_of"], list(sources))
        return {row["project"] for row in rows}

    async def list_items_of(self, sources: Collection[str]) -> list[ItemKey]:
        """The items of these sources."""
        rows = await self.connection.fetch(self.queries["list_items_of"], list(sources))
        return [(row["project"], row["item_id"]) for row in rows]

    async def add_decisions(self, decisions: Sequence[SourceDecided]) -> None:
        """Write decisions down; the source and its Accountable need not be known yet."""
        await self.connection.execute(
            self.queries["add_source_decisions"],
            [decision.subject for decision in decisions],
            [decision.project for decision in decisions],
            [decision.verdict for decision in decisions],
            [decision.reason for decision in decisions],
            [decision.made_by for decision in decisions],
            [decision.made_at for decision in decisions],
            [decision.decision_id for decision in decisions],
        )

    async def add_accountables(self, projects: Sequence[ProjectDefined]) -> set[str]:
        """Write down who is accountable; returns the projects in which that changed."""
        rows = await self.connection.fetch(
            self.queries["add_accountables"],
            [project.project for project in projects],
            [project.revision for project in projects],
            [project.accountable for project in projects],
        )
        return {row["project"] for row in rows}

    async def save_policy(self, policy: PolicyChanged, moment: Moment) -> bool:
        """Write the policy down unless a later one is known; says whether it is new."""
        row = await self.connection.fetchrow(
            self.queries["save_policy"],
            policy.subject,
            policy.version,
            policy.document,
            moment.time,
            moment.digest,
        )
        return row is not None

    async def get_policy(self) -> Policy:
        """The policy in force."""
        document = await self.connection.fetchval(self.queries["get_policy"], SUBJECT)
        return default_policy() if document is None else read_policy(document)


def _to_source(row: Any) -> StoredSource:
    submitted = SourceSubmitted.model_construct(
        source_id=row["source_id"],
        project=row["project"],
        name=row["name"],
        kind=row["kind"],
        provenance=Provenance.model_validate_json(row["provenance"]),
    )
    standing = SourceStanding(
        row["status"], row["licence"], row["gate"], row["reason"], row["approvable"]
    )
    return StoredSource(submitted, standing, row["decision"], row["decided_because"])
