"""Telling the Informed by signed webhook, as often as it takes."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import httpx
import structlog

from aidataops.messaging import Application
from feedback_router.settings import RouterSettings
from feedback_router.store.statements import QUERIES

log = structlog.get_logger()

FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(hours=1)
MOST_ATTEMPTS = 12
_TIMEOUT_S = 10.0


class Courier:
    """Delivers notices at least once, each under an id that stays the same (Standard Webhooks)."""

    def __init__(self, settings: RouterSettings) -> None:
        self._settings = settings

    async def run(self, application: Application) -> None:
        """Deliver what is due, for ever; without a secret nothing is sent and notices are kept."""
        if self._settings.webhook_secret is None:
            log.info(
                "Nobody is told by webhook: AIDATAOPS_FEEDBACK_ROUTER_WEBHOOK_SECRET is not set."
            )
            return
        async with httpx.AsyncClient(timeout=_TIMEOUT_S, follow_redirects=False) as client:
            while True:
                try:
                    await self.deliver(application.pool, client, application.clock.now())
                except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                    log.warning("Notices wait for the database.", error=str(error))
                await asyncio.sleep(self._settings.webhook_poll_seconds)

    async def deliver(self, pool: asyncpg.Pool, client: httpx.AsyncClient, now: datetime) -> None:
        """Try every notice that is due, once."""
        notices = await pool.fetch(QUERIES["claim_notices"], now)
        failures = await asyncio.gather(*(self._send(client, one, now) for one in notices))
        for one, failure in zip(notices, failures, strict=True):
            due = None if failure is None else now + _wait(one["attempts"])
            if failure is not None and one["attempts"] >= MOST_ATTEMPTS:
                log.error("A notice was given up.", notice=one["notice_id"], failure=failure)
                due = datetime.max.replace(tzinfo=now.tzinfo)
            delivered = now if failure is None else None
            await pool.execute(QUERIES["settle_notice"], one["notice_id"], delivered, due, failure)

    async def _send(self, client: httpx.AsyncClient, notice: Any, now: datetime) -> str | None:
        """What went wrong, or ``None``."""
        try:
            url = httpx.URL(notice["url"])
            if url.host not in self._settings.webhook_hosts:
                return f"{url.host} is not in AIDATAOPS_FEEDBACK_ROUTER_WEBHOOK_HOSTS"
            timestamp = str(int(now.timestamp()))
            secret = self._settings.webhook_secret
            assert secret is not None  # noqa: S101 - `run` has seen to it
            answer = await client.post(
                url,
                content=notice["body"],
                headers={
                    "content-type": "application/json",
                    "webhook-id": notice["notice_id"],
                    "webhook-timestamp": timestamp,
                    "webhook-signature": signature(
                        secret.get_secret_value(), notice["notice_id"], timestamp, notice["body"]
                    ),
                },
            )
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return f"{type(error).__name__}: {error}"
        return None if answer.is_success else f"HTTP {answer.status_code}"


def signature(secret: str, notice_id: str, timestamp: str, body: str) -> str:
    """``v1,<base64 HMAC-SHA256 of id.timestamp.body>``; the secret is ``whsec_<base64>``."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.new(key, f"{notice_id}.{timestamp}.{body}".encode(), hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"


def _wait(attempts: int) -> timedelta:
    return min(FIRST_WAIT * (1 << (attempts - 1)), LONGEST_WAIT)
