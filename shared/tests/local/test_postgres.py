"""The embedded Postgres: durable, killable, restartable, and gone when told to go."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import asyncpg
import psutil
import pytest

from aidataops.local.postgres import EmbeddedPostgres, make_searchable
from aidataops.local.process import LocalServerError
from aidataops.testing.plugin import OwnPostgres


async def test_committed_rows_survive_kill_and_restart(own_postgres: OwnPostgres) -> None:
    server = await own_postgres()
    connection = await asyncpg.connect(server.admin_url)
    assert await connection.fetchval("SHOW fsync") == "on"
    assert await connection.fetchval("SHOW synchronous_commit") == "on"
    await connection.execute("CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)")
    backend = await connection.fetchval("SELECT pg_backend_pid()")
    url = server.admin_url

    server.kill()
    assert server.pid is None
    assert not psutil.pid_exists(backend) or psutil.Process(backend).status() == "zombie"
    with pytest.raises(OSError, match="onnect"):
        await asyncpg.connect(url)

    await server.start()
    await server.restart()
    assert server.admin_url == url
    connection = await asyncpg.connect(url)
    assert await connection.fetchval("SELECT n FROM kept") == 7
    await connection.close()


async def test_paused_server_answers_again_after_resume(own_postgres: OwnPostgres) -> None:
    server = await own_postgres()
    connection = await asyncpg.connect(server.admin_url)
    server.pause()
    query = asyncio.ensure_future(connection.fetchval("SELECT 1"))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(asyncio.shield(query), 0.2)
    server.resume()
    assert await query == 1
    await connection.close()


async def test_second_server_on_the_same_data_is_refused(own_postgres: OwnPostgres) -> None:
    server = await own_postgres()
    with pytest.raises(LocalServerError, match="already a Postgres"):
        await EmbeddedPostgres(server.directory).start()


async def test_lock_file_of_a_recycled_process_id_is_no_obstacle(own_postgres: OwnPostgres) -> None:
    server = await own_postgres()
    lock = server.directory / "data" / "postmaster.pid"
    server.kill()
    lines = lock.read_text().splitlines()
    lock.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    await server.start()
    assert server.pid is not None


async def test_every_test_gets_an_empty_database(database: str) -> None:
    connection = await asyncpg.connect(database)
    assert await connection.fetchval("SELECT count(*) FROM pg_stat_user_tables") == 0
    await connection.execute("CREATE TABLE leftover ()")
    await connection.close()


def test_searchable_folders_can_be_passed_and_not_listed(tmp_path: Path) -> None:
    inner = tmp_path / "private" / "inner"
    inner.mkdir(parents=True)
    inner.parent.chmod(0o700)
    make_searchable(inner)
    assert inner.parent.stat().st_mode & 0o777 == 0o701
