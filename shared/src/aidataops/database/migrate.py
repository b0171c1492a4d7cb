"""Provisioning: a service's schema, its role and its migrations.

Decision: plain SQL files and sixty lines instead of a migration library. Alembic and yoyo bring
SQLAlchemy or a second driver, and neither knows about one schema and one role per service.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from importlib import resources
from pathlib import Path

import asyncpg

from aidataops.errors import ConfigurationError

RUNTIME = Path(__file__).parent / "runtime"


def schema_of(service: str) -> str:
    """The schema of a service: its name, as an identifier."""
    return service.replace("-", "_")


def role_of(service: str) -> str:
    """The role a service connects with; it owns nothing."""
    return f"aidataops_{schema_of(service)}"


def migrations_of(package: str) -> list[Path]:
    """A package's migration files in order: packaged with it, or in its checkout."""
    root = Path(str(resources.files(package)))
    for directory in (root / "migrations", root.parents[1] / "migrations"):
        if directory.is_dir():
            return sorted(directory.glob("[0-9]*.sql"))
    return []


async def provision(
    admin_url: str, service: str, package: str, *, password: str | None = None
) -> None:
    """Bring a service's schema, role and tables up to date; doing it again changes nothing.

    Runs as the owner of the tables (``admin_url``). The service's role may read and write rows and
    nothing else. Refuses a migration that was changed after it was applied.
    """
    connection = await asyncpg.connect(admin_url, timeout=10)
    try:
        async with connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock(hashtext('aidataops.migrate'))")
            await _ensure_role(connection, role_of(service), password)
            await _migrate(connection, service, package)
            await _grant(connection, schema_of(service), role_of(service))
    finally:
        await connection.close()


async def _ensure_role(connection: asyncpg.Connection, role: str, password: str | None) -> None:
    if not await connection.fetchval("SELECT true FROM pg_roles WHERE rolname = $1", role):
        # Roles belong to the server, the lock to one database: another one may be quicker.
        with suppress(asyncpg.DuplicateObjectError, asyncpg.UniqueViolationError):
            async with connection.transaction():
                await connection.execute(f'CREATE ROLE "{role}" LOGIN')
    if password is not None:
        literal = await connection.fetchval("SELECT quote_literal($1::text)", password)
        await connection.execute(f'ALTER ROLE "{role}" PASSWORD {literal}')


async def _migrate(connection: asyncpg.Connection, service: str, package: str) -> None:
    schema = schema_of(service)
    await connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{schema}"')
    await connection.execute(f'SET LOCAL search_path = "{schema}"')
    await connection.execute(
        "CREATE TABLE IF NOT EXISTS schema_migrations (name text PRIMARY KEY, digest text NOT NULL,"
        " applied_at timestamptz NOT NULL DEFAULT now())"
    )
    rows = await connection.fetch("SELECT name, digest FROM schema_migrations")
    applied = {row["name"]: row["digest"] for row in rows}
    files = [(f"runtime/{path.name}", path) for path in sorted(RUNTIME.glob("*.sql"))]
    files += [(path.name, path) for path in migrations_of(package)]
    for name, path in files:
        sql = path.read_text("utf-8")
        digest = hashlib.sha256(sql.encode()).hexdigest()
        if name not in applied:
            await connection.execute(sql)
            await connection.execute(
                "INSERT INTO schema_migrations (name, digest) VALUES ($1, $2)", name, digest
            )
        elif applied[name] != digest:
            raise ConfigurationError(
                f"{service}: migration {name} was changed after it was applied; "
                "put it back and add a new one"
            )


async def _grant(connection: asyncpg.Connection, schema: str, role: str) -> None:
    await connection.execute(
        f"""
        GRANT USAGE ON SCHEMA "{schema}" TO "{role}";
        GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA "{schema}" TO "{role}";
        GRANT USAGE ON ALL SEQUENCES IN SCHEMA "{schema}" TO "{role}";
        REVOKE ALL ON "{schema}".schema_migrations FROM "{role}";
        GRANT SELECT ON "{schema}".schema_migrations TO "{role}";
        """
    )
