"""Who may say what."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from aidataops.errors import ConfigurationError
from aidataops.events.governance import DecisionRecorded
from gateway.keys import create_key, generate_key, hash_key

Label = Callable[..., dict[str, Any]]
Door = Any  # conftest.Door
STRUCTURED = "application/cloudevents+json"

ALL = ("publish:*", "project:*", "vendor:*", "person:*")


def decision(made_by: str) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": f"decision-{made_by}",
        "source": "/people",
        "type": DecisionRecorded.type,
        "data": {
            "decision_id": "d-1",
            "subject": "support",
            "decision": {
                "kind": "publish_dataset",
                "project": "support",
                "parent_version": 1,
                "batch_ids": ["b-1"],
            },
            "made_by": made_by,
            "role": "accountable",
            "made_at": "2026-01-01T00:00:00Z",
        },
    }


async def test_without_a_key_nothing_comes_in(door: Door, label: Label) -> None:
    offers = [
        [],
        ["Basic abc"],
        ["Bearer"],
        [f"Bearer {'x' * 43}"],
        [f"Bearer {'x' * 5000}"],
        [f"Bearer {door.key}", f"Bearer {door.key}"],
        [f"Bearer {door.key[:12]}{generate_key()[12:]}"],
    ]
    for offer in offers:
        headers = [("content-type", STRUCTURED), *(("authorization", each) for each in offer)]
        response = await door.http.post("/events", json=label(1), headers=headers)
        assert response.status_code == 401, offer
        assert response.headers["www-authenticate"] == "Bearer"
        assert response.headers["content-type"] == "application/problem+json"
    assert door.harness.published == []


async def test_expired_key_is_wrong(door: Door, label: Label) -> None:
    now = door.harness.application.clock.now()
    valid = await door.with_key(*ALL, expires_at=now + timedelta(seconds=30))
    expired = await door.with_key(*ALL, expires_at=now - timedelta(seconds=1))
    assert (await valid.post(label(1))).status_code == 202
    assert (await expired.post(label(2))).status_code == 401


async def test_keys_are_kept_as_hashes_only(door: Door) -> None:
    rows = await door.harness.fetch("SELECT api_keys::text AS row, key_hash FROM api_keys")
    assert rows[0]["key_hash"] == hash_key(door.key)
    assert all(door.key not in row["row"] for row in rows)


async def test_first_key_is_added_once(door: Door) -> None:
    application = door.harness.application
    await application.connect_database()
    assert await door.count("api_keys") == 1


async def test_key_limits_what_comes_in(door: Door, label: Label) -> None:
    vendor = await door.with_key(
        "publish:annotation.label_submitted", "vendor:acme-labels", source="/vendors/acme"
    )
    answers = [
        await vendor.post(label(1)),
        await vendor.post(label(2, vendor="brightlabel")),
        await vendor.post(label(3, source="/vendors/brightlabel")),
        await vendor.post(decision("lead")),
    ]
    assert [answer.status_code for answer in answers] == [202, 403, 403, 403]
    assert len(door.harness.published) == 1


async def test_refusal_tells_the_scope_that_is_missing(door: Door, label: Label) -> None:
    holder = await door.with_key("publish:evaluation.*")
    problem = (await holder.post(label(1))).json()
    assert problem["errors"] == [
        {
            "path": "$.type",
            "detail": "this key may not send aidataops.annotation.label_submitted.v1",
            "remedy": "ask for a key with the scope publish:annotation.label_submitted",
        }
    ]


async def test_weak_or_meaningless_keys_are_not_made(door: Door) -> None:
    application = door.harness.application
    given: dict[str, Any] = {
        "name": "x",
        "source": "/x",
        "scopes": ["publish:*"],
        "now": application.clock.now(),
    }
    async with application.pool.acquire() as connection:
        cases: list[tuple[dict[str, Any], str]] = [
            ({"key": "short"}, "40 to 200"),
            ({"scopes": ["everything"]}, "everything"),
            ({"scopes": ["project:"]}, "project:"),
            ({"source": ""}, "source"),
        ]
        for wrong, named in cases:
            with pytest.raises(ConfigurationError, match=named):
                await create_key(connection, **(given | wrong))
    assert await door.count("api_keys") == 1
