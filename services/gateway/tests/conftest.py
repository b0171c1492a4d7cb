"""A gateway on a real Postgres, and people at its door."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import pytest_asyncio
from pydantic import SecretStr

from aidataops.events.annotation import LabelSubmitted
from aidataops.testing import ServiceHarness
from gateway.app import create_app
from gateway.keys import create_key, generate_key
from gateway.settings import GatewaySettings

STRUCTURED = "application/cloudevents+json"


@dataclass
class Door:
    """The gateway as seen by the holder of a key."""

    harness: ServiceHarness
    http: httpx.AsyncClient
    key: str
    settings: GatewaySettings

    async def post(self, content: Any, content_type: str = STRUCTURED, **headers: str) -> Any:
        """Post a body, given as bytes or as what becomes JSON."""
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        sent = {"authorization": f"Bearer {self.key}", "content-type": content_type}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.http.post("/events", content=body, headers=sent | named)

    async def count(self, table: str) -> int:
        """Rows of one of the gateway's tables."""
        return int((await self.harness.fetch(f"SELECT count(*) FROM {table}"))[0][0])

    async def with_key(self, *scopes: str, source: str = "/", **more: Any) -> Door:
        """The same door for the holder of a new key."""
        application = self.harness.application
        async with application.pool.acquire() as connection:
            key = await create_key(
                connection,
                name="test",
                source=source,
                scopes=scopes,
                now=application.clock.now(),
                **more,
            )
        return self.holding(key)

    def holding(self, key: str) -> Door:
        """The same door for the holder of another key."""
        return Door(self.harness, self.http, key, self.settings)


@pytest.fixture
def bootstrap_key() -> str:
    return generate_key()


@pytest_asyncio.fixture
async def door(database: str, bootstrap_key: str) -> AsyncIterator[Door]:
    """A gateway, and the holder of its first key."""
    settings = GatewaySettings(bootstrap_key=SecretStr(bootstrap_key))
    application = create_app(settings)
    async with (
        ServiceHarness.start(application, database) as harness,
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app=application.asgi), base_url="http://gateway"
        ) as http,
    ):
        yield Door(harness, http, bootstrap_key, settings)


@pytest.fixture
def label() -> Callable[..., dict[str, Any]]:
    """Makes a structured CloudEvent around a label."""

    def make(number: int = 1, *, source: str = "/vendors/acme", **data: Any) -> dict[str, Any]:
        return {
            "specversion": "1.0",
            "id": f"label-{number}",
            "source": source,
            "type": LabelSubmitted.type,
            "data": {
                "vendor": "acme-labels",
                "annotation_id": f"a-{number}",
                "task_id": "task-1",
                "annotator": "acme-1",
                "value": "correct",
                "guideline_version": "1.0.0",
                "submitted_at": "2026-01-01T00:00:00Z",
            }
            | data,
        }

    return make
