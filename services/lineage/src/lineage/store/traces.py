"""Questions to the graph: what led to a node, what did it lead to, what is behind a model."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Literal

from aidataops.database import Connection, Queries
from lineage.domain.graph import Node

_QUERIES = Queries.load("lineage")

Direction = Literal["backward", "forward"]

_BEHIND_VERSIONS = ("cohorts", "batches", "annotators", "sources")
_FOUND_IN_MODEL = ("failures", "regressions", "remediations")


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

    async def behind(self, model: Node) -> dict[str, Any]:
        """A model's training runs and dataset versions, what these are made of, and what was found
        wrong with it.
        """
        training = await self._rows("training_of_model", model.id)
        versions = sorted({row["version_id"] for row in training if row["version_id"]})
        return {
            "model": model.id,
            "training": training,
            **{name: await self._rows(f"{name}_of_versions", versions)
               for name in _BEHIND_VERSIONS},
            **{name: await self._rows(f"{name}_of_model", model.id) for name in _FOUND_IN_MODEL},
        }  # fmt: skip

    async def _rows(self, query: str, argument: str | Sequence[str]) -> list[dict[str, Any]]:
        records = await self._connection.fetch(_QUERIES[query], argument)
        return [
            {
                key: _decoded(value) if key in ("attributes", "slices", "measured", "registered")
                else value
                for key, value in record.items()
            }
            for record in records
        ]  # fmt: skip


def _decoded(value: str | None) -> Any:
    """A jsonb column, which asyncpg returns as text."""
    return None if value is None else json.loads(value)
