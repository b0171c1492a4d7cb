"""Lists for people."""

from __future__ import annotations

from typing import Any

import asyncpg

from aidataops.events.feedback import Attribution
from feedback_router.store.statements import QUERIES, decode

_JSON = ("slices", "regression_ids", "item_ids", "acceptance", "effect")


async def list_regressions(
    pool: asyncpg.Pool, *, project: str | None, limit: int
) -> list[dict[str, Any]]:
    """Regressions, newest first, with their figures."""
    rows = await pool.fetch(QUERIES["list_regressions"], project, limit)
    return [_plain(row) for row in rows]


async def list_remediations(
    pool: asyncpg.Pool, *, project: str | None, state: str | None, limit: int
) -> list[dict[str, Any]]:
    """Remediations, newest first, the most urgent of one moment first."""
    rows = await pool.fetch(QUERIES["list_remediations"], project, state, limit)
    return [_plain(row) for row in rows]


def _plain(row: asyncpg.Record) -> dict[str, Any]:
    plain = {name: decode(value) if name in _JSON else value for name, value in row.items()}
    if "attribution" in plain:
        plain["attribution"] = Attribution.model_validate_json(plain["attribution"])
    return plain
