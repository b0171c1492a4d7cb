"""The inbox: which events have had their effect."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import asyncpg

from aidataops.database.pool import Connection
from aidataops.messaging.received import Received

_CLAIM_ALL = """
INSERT INTO inbox (identity) SELECT identity::uuid FROM string_to_table($1, ',') AS identity
"""
_CLAIM_NEW = """
WITH asked AS MATERIALIZED (
    SELECT identity::uuid FROM string_to_table($1, ',') AS identity
), claimed AS (
    INSERT INTO inbox (identity) SELECT identity FROM asked ON CONFLICT DO NOTHING
    RETURNING identity
)
SELECT identity FROM asked WHERE identity NOT IN (SELECT identity FROM claimed)
"""
MANY = 50
"""From so many events on, a savepoint costs less than looking out for conflicts."""
_PRUNE = """
DELETE FROM inbox WHERE identity IN (
    SELECT identity FROM inbox WHERE received_at < $1 LIMIT $2
)
"""


async def claim(connection: Connection, events: Sequence[Received[Any]]) -> Sequence[Received[Any]]:
    """The events of a batch that nobody has processed: claimed by this transaction.

    A second transaction claiming the same event waits here for the first to end, and takes over if
    it rolls back: this is also what fences a member that lost its partitions but still works.
    """
    by_identity = {event.identity: event for event in events}
    asked = ",".join(sorted(by_identity))
    if len(by_identity) >= MANY and await _claim_all(connection, asked):
        known: set[str] = set()
    else:
        known = {row[0].hex for row in await connection.fetch(_CLAIM_NEW, asked)}
    if not known and len(by_identity) == len(events):
        return events
    return [event for identity, event in by_identity.items() if identity not in known]


async def _claim_all(connection: Connection, asked: str) -> bool:
    """Whether all are new, as they mostly are: a plain insert costs half of ``ON CONFLICT``."""
    try:
        async with connection.transaction():
            await connection.execute(_CLAIM_ALL, asked)
    except asyncpg.UniqueViolationError:
        return False
    return True


async def prune(connection: Connection, *, before: datetime, rows: int = 5000) -> int:
    """Forget up to ``rows`` events received before a time; returns how many."""
    return int((await connection.execute(_PRUNE, before, rows)).rpartition(" ")[2])
