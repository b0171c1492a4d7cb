"""``aidataops keys`` on a real database."""

from __future__ import annotations

import asyncio
import json

import pytest
from typer.testing import CliRunner

from gateway.command import app

from .conftest import Door

SCOPES = ("--scope", "publish:annotation.*", "--scope", "project:*", "--scope", "vendor:*")


async def run(door: Door, *arguments: str) -> tuple[int, str]:
    """Exit code and output, as a person at a terminal of another process gets them."""

    url = door.harness.application.settings.database_url

    def invoke() -> tuple[int, str]:
        result = CliRunner().invoke(app, [*arguments, "--database-url", url])
        return result.exit_code, result.output

    return await asyncio.to_thread(invoke)


@pytest.mark.parametrize("form", ["people", "machines"])
async def test_made_key_opens_the_door_until_it_is_revoked(door: Door, form: str) -> None:
    json_option = ("--json",) if form == "machines" else ()
    code, said = await run(
        door, "create", "acme", "--source", "/vendors/acme", *SCOPES, *json_option
    )
    assert code == 0
    key = json.loads(said)["key"] if json_option else said.splitlines()[0]
    holder = door.holding(key)

    assert (await holder.post(b"{}")).status_code == 400
    code, said = await run(door, "list")
    assert key[:12] in said
    assert key not in said

    code, said = await run(door, "revoke", key[:12])
    assert (code, said.strip()) == (0, "acme: ended.")
    assert (await holder.post(b"{}")).status_code == 401
    assert (await run(door, "revoke", key[:12]))[0] == 1


async def test_scope_that_means_nothing_is_refused_with_what_there_is(door: Door) -> None:
    code, said = await run(door, "create", "acme", "--source", "/v", "--scope", "everything")

    assert code == 1
    assert "scope 'everything' is none of publish:<value>" in said
