"""The graph's tables: commutative upserts of what events say."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from aidataops.database import Connection, Queries
from aidataops.events import Payload
from aidataops.messaging import Received
from lineage.domain.graph import Claim, Description, Stamp, first_edges, latest_facts

P = TypeVar("P", bound=Payload)

_QUERIES = Queries.load("lineage")


def claim(event: Received[Any], description: Description) -> Claim:
    """What an event says, with its time and its trace."""
    return Claim(description, stamp_of(event), event.trace_id, event.correlation_id)


def stamp_of(event: Received[Any]) -> Stamp:
    """An order of events that is the same in whatever order they come."""
    return Stamp(event.occurred_at, event.event_id)


class GraphStore:
    """Adds to the graph; nothing is ever taken out of it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def describe(
        self, events: Sequence[Received[P]], describe: Callable[[P], Description]
    ) -> None:
        """Add what ``describe`` reads in each of these events."""
        await self.add(claim(event, describe(event.payload)) for event in events)

    async def add(self, claims: Iterable[Claim]) -> None:
        """Add facts and edges: two statements, however many there are."""
        held = list(claims)
        await self._add_facts(held)
        await self._add_edges(held)

    async def _add_facts(self, claims: list[Claim]) -> None:
        facts = latest_facts(claims)
        if not facts:
            return
        await self._connection.execute(
            _QUERIES["add_facts"],
            [fact.node.kind for fact, _ in facts],
            [fact.node.id for fact, _ in facts],
            [fact.aspect for fact, _ in facts],
            [fact.revision for fact, _ in facts],
            [claim.stamp.time for _, claim in facts],
            [claim.stamp.event_id for _, claim in facts],
            [json.dumps(fact.attributes, sort_keys=True) for fact, _ in facts],
        )

    async def _add_edges(self, claims: list[Claim]) -> None:
        edges = first_edges(claims)
        if not edges:
            return
        await self._connection.execute(
            _QUERIES["add_edges"],
            [edge.origin.kind for edge, _ in edges],
            [edge.origin.id for edge, _ in edges],
            [edge.relation for edge, _ in edges],
            [edge.target.kind for edge, _ in edges],
            [edge.target.id for edge, _ in edges],
            [edge.material for edge, _ in edges],
            [claim.stamp.time for _, claim in edges],
            [claim.stamp.event_id for _, claim in edges],
            [claim.trace_id for _, claim in edges],
            [claim.correlation_id for _, claim in edges],
        )
