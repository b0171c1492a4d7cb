"""Lists for people."""

from __future__ import annotations

from datetime import datetime
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
    pool: asyncpg.Pool,
    *,
    project: str | None,
    state: str | None,
    late_at: datetime | None,
    limit: int,
) -> list[dict[str, Any]]:
    """Remediations, newest first, the most urgent of one moment first.

    With ``late_at`` those that are not done and are late at that time.
    """
    rows = await pool.fetch(QUERIES["list_remediations"], project, state, limit, late_at)
    return [_plain(row) for row in rows]


async def show_remediation(pool: asyncpg.Pool, remediation_id: str) -> dict[str, Any] | None:
    """One remediation with decisions, consultations and trials; ``None`` when it is unknown."""
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read"):
        row = await connection.fetchrow(QUERIES["show_remediation"], remediation_id)
        if row is None:
            return None
        return _plain(row) | {
            part: [_plain(one) for one in await connection.fetch(QUERIES[query], remediation_id)]
            for part, query in (
                ("decisions", "list_decisions"),
                ("consultations", "list_consultations"),
                ("trials", "list_trials"),
            )
        }


async def measure_effectiveness(pool: asyncpg.Pool, *, project: str | None) -> list[dict[str, Any]]:
    """Counts and effects per kind of fix and failure category."""
    return [dict(row) for row in await pool.fetch(QUERIES["measure_effectiveness"], project)]


def _plain(row: asyncpg.Record) -> dict[str, Any]:
    plain = {name: decode(value) if name in _JSON else value for name, value in row.items()}
    if "attribution" in plain:
        plain["attribution"] = Attribution.model_validate_json(plain["attribution"])
    return plain
