"""Walks through the graph: what led to a node, what did it lead to."""

from __future__ import annotations

import json
from typing import Any, Literal

from aidataops.database import Connection, Queries

_QUERIES = Queries.load("lineage")

Direction = Literal["backward", "forward"]


class TraceStore:
    """Reads the graph; answers are plain JSON values."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def is_known(self, kind: str, name: str) -> bool:
        """Whether any event has named this node."""
        return bool(await self._connection.fetchval(_QUERIES["is_known"], kind, name))

    async def trace(
        self, direction: Direction, kind: str, name: str, *, limit: int
    ) -> dict[str, Any]:
        """All nodes that a node reaches: how many of each kind, up to ``limit`` of each kind, and
        the links among those.
        """
        rows = await self._connection.fetch(_QUERIES[f"trace_{direction}"], kind, name, limit)
        links = await self._connection.fetch(
            _QUERIES["links_between"], [row["kind"] for row in rows], [row["id"] for row in rows]
        )
        counts = {row["kind"]: row["total"] for row in rows}
        return {
            "start": {"kind": kind, "id": name},
            "direction": direction,
            "counts": counts,
            "truncated": sum(counts.values()) > len(rows),
            "nodes": [
                {
                    "kind": row["kind"],
                    "id": row["id"],
                    "material": row["material"],
                    "known": row["attributes"] is not None,
                    "attributes": _decoded(row["attributes"]) or {},
                }
                for row in rows
            ],
            "edges": [
                {
                    "from": {"kind": link["from_kind"], "id": link["from_id"]},
                    "relation": link["relation"],
                    "to": {"kind": link["to_kind"], "id": link["to_id"]},
                    "material": link["material"],
                    "trace_id": link["trace_id"],
                    "correlation_id": link["correlation_id"],
                }
                for link in links
            ],
        }


def _decoded(value: str | None) -> Any:
    """A jsonb column, which asyncpg returns as text."""
    return None if value is None else json.loads(value)
