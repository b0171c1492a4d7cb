"""The published client at the real door."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Any

import httpx
import pytest

from aidataops.client import AsyncClient, PublishError, event_key, mint_event_id
from aidataops.harnesses import ADAPTERS, ReadOptions
from aidataops.testing import headers_of

Door = Any  # conftest.Door
STORY = Path(str(resources.files("aidataops.local"))) / "story" / "lm-eval"


def client(door: Door) -> AsyncClient:
    transport = httpx.ASGITransport(app=door.harness.application.asgi)
    return AsyncClient("http://gateway", door.key, transport=transport)


async def test_harness_run_published_twice_has_one_effect(door: Door) -> None:
    events = list(ADAPTERS["lm-eval"](STORY / "acme__assistant-v2", ReadOptions(project="support")))
    async with client(door) as publisher:
        first = await publisher.publish(events, source="/harnesses/lm-eval")
        again = await publisher.publish(events, source="/harnesses/lm-eval")
    assert (first.accepted, first.duplicates, first.ok) == (39, 0, True)
    assert (again.accepted, again.duplicates, again.ok) == (0, 39, True)
    assert first.trace_id != again.trace_id
    published = [headers_of(record) for record in door.harness.published]
    assert [headers["ce_id"] for headers in published] == [
        mint_event_id("/harnesses/lm-eval", event_key(event)) for event in events
    ]
    assert {headers["traceparent"].split("-")[1] for headers in published} == {first.trace_id}


async def test_other_content_of_the_same_run_is_reported_as_conflict(door: Door) -> None:
    async with client(door) as publisher:
        for project in ("support", "other"):
            events = ADAPTERS["lm-eval"](STORY / "acme__assistant-v3", ReadOptions(project=project))
            report = await publisher.publish(events, source="/harnesses/lm-eval")
    assert report.accepted == 0
    assert {refused.status for refused in report.refused} == {409}


async def test_wrong_key_ends_the_publish(door: Door) -> None:
    events = ADAPTERS["lm-eval"](STORY / "acme__assistant-v3", ReadOptions(project="support"))
    async with client(door.holding("x" * 43)) as publisher:
        with pytest.raises(PublishError) as stopped:
            await publisher.publish(events, source="/harnesses/lm-eval")
    assert stopped.value.status == 401
    assert stopped.value.report.accepted == 0
