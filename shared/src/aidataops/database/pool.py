"""Connections to Postgres."""

from __future__ import annotations

import asyncpg

from aidataops.errors import ConfigurationError

Connection = asyncpg.Connection | asyncpg.pool.PoolConnectionProxy


async def create_pool(url: str, *, schema: str, size: int) -> asyncpg.Pool:
    """A pool whose connections work in one service's schema.

    JIT is off: it costs milliseconds of planning on the short statements that services run.
    """
    try:
        return await asyncpg.create_pool(
            url,
            min_size=1,
            max_size=size,
            command_timeout=30,
            timeout=5,
            max_inactive_connection_lifetime=300,
            reset=_keep,
            server_settings={
                "search_path": schema,
                "application_name": f"aidataops-{schema}",
                "jit": "off",
                "idle_in_transaction_session_timeout": "60s",
            },
        )
    except ValueError as error:
        raise ConfigurationError(f"AIDATAOPS_DATABASE_URL: {error}") from error


async def _keep(_: asyncpg.Connection) -> None:
    """Nothing to reset: sessions hold no state here, and the default costs a round trip a batch."""
