"""Requests that no honest sender makes."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

from gateway.reading import MAXIMUM_BATCH, MAXIMUM_SINGLE

Label = Callable[..., dict[str, Any]]
Door = Any  # conftest.Door
BATCH = "application/cloudevents-batch+json"
STRUCTURED = "application/cloudevents+json"
BINARY = {
    "ce_specversion": "1.0",
    "ce_id": "1",
    "ce_source": "/vendors/acme",
    "ce_type": "aidataops.annotation.label_submitted.v1",
}


async def chunks(total: int, seen: list[int]) -> AsyncIterator[bytes]:
    for _ in range(0, total, 65_536):
        seen.append(65_536)
        yield b" " * 65_536


async def test_size_is_limited_however_the_body_is_framed(door: Door) -> None:
    for content_type, limit in ((STRUCTURED, MAXIMUM_SINGLE), (BATCH, MAXIMUM_BATCH)):
        assert (await door.post(b" " * (limit + 1), content_type)).status_code == 413
        seen: list[int] = []
        response = await door.http.post(
            "/events",
            content=chunks(20_000_000, seen),
            headers={"authorization": f"Bearer {door.key}", "content-type": content_type},
        )
        assert response.status_code == 413
        assert sum(seen) <= limit + 2 * 65_536


async def test_body_of_an_unknown_sender_is_not_read(door: Door) -> None:
    seen: list[int] = []
    response = await door.http.post(
        "/events", content=chunks(2_000_000, seen), headers={"content-type": BATCH}
    )
    assert response.status_code == 401
    assert seen == []


async def test_slow_body_is_given_up(door: Door) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            await asyncio.sleep(0)
            yield b""

    door.settings.read_timeout_seconds = 0.05
    response = await door.http.post(
        "/events",
        content=endless(),
        headers={"authorization": f"Bearer {door.key}", "content-type": STRUCTURED},
    )
    assert response.status_code == 408


async def test_compressed_body_is_refused(door: Door, label: Label) -> None:
    bomb = gzip.compress(b" " * 50_000_000)
    response = await door.post(bomb, STRUCTURED, content_encoding="gzip")
    assert response.status_code == 415
    assert response.json()["errors"][0]["path"] == "content-encoding"


async def test_what_is_no_cloudevent_is_refused_with_the_remedy(door: Door, label: Label) -> None:
    event = label(1)

    def without(name: str) -> dict[str, Any]:
        return {key: value for key, value in event.items() if key != name}

    cases: list[tuple[Any, str, dict[str, str], int, str]] = [
        (event, "text/plain", {}, 415, "content-type"),
        (event, "", {}, 415, "content-type"),
        (event, f"{STRUCTURED}; charset=latin-1", {}, 415, "content-type"),
        (event, "application/json", {}, 400, "ce-specversion"),
        (event["data"], "application/json", BINARY | {"ce_id": ""}, 400, "ce-id"),
        (event["data"], "application/json", BINARY | {"ce_source": "%ff"}, 400, "ce-source"),
        (event["data"], "application/json", BINARY | {"ce_id": "a%00"}, 400, "ce-id"),
        (event["data"], "application/json", BINARY | {"ce_type": "nope"}, 422, "ce-type"),
        (without("id"), STRUCTURED, {}, 400, "$.id"),
        (without("data"), STRUCTURED, {}, 422, "$.data"),
        (event | {"id": 7}, STRUCTURED, {}, 400, "$.id"),
        (event | {"id": "x" * 513}, STRUCTURED, {}, 400, "$.id"),
        (event | {"source": "a b"}, STRUCTURED, {}, 400, "$.source"),
        (event | {"specversion": "0.3"}, STRUCTURED, {}, 400, "$.specversion"),
        (event | {"datacontenttype": "text/xml"}, STRUCTURED, {}, 400, "$.datacontenttype"),
        (event | {"data": []}, STRUCTURED, {}, 422, "$.data"),
        (label(1, revision="1"), STRUCTURED, {}, 422, "$.data.revision"),
        (label(1, revision=True), STRUCTURED, {}, 422, "$.data.revision"),
        (label(1, submitted_at="2026-01-01T00:00:00"), STRUCTURED, {}, 422, "$.data.submitted_at"),
        (label(1, vendor="x" * 201), STRUCTURED, {}, 422, "$.data.vendor"),
        ([event], STRUCTURED, {}, 400, "$"),
        (event, BATCH, {}, 400, "$"),
    ]
    for content, content_type, headers, status, path in cases:
        response = await door.post(content, content_type, **headers)
        problem = response.json()
        assert (response.status_code, problem["errors"][0]["path"]) == (status, path), problem
        assert problem["errors"][0]["remedy"]
        assert problem["status"] == status
        assert response.headers["content-type"] == "application/problem+json"
    assert await door.count("received_events") == 0


async def test_attribute_given_twice_is_refused(door: Door, label: Label) -> None:
    headers = [
        ("authorization", f"Bearer {door.key}"),
        ("content-type", "application/json"),
        *((name.replace("_", "-"), value) for name, value in BINARY.items()),
        ("ce-id", "2"),
    ]
    response = await door.http.post(
        "/events", content=json.dumps(label(1)["data"]), headers=headers
    )
    assert response.status_code == 400
    assert response.json()["errors"][0]["path"] == "ce-id"


async def test_secrets_and_content_stay_out_of_the_answers(door: Door, label: Label) -> None:
    response = await door.post(label(1, revision="canary-content"))
    assert "canary-content" not in response.text
    assert door.key not in response.text
