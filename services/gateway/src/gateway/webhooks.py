"""The vendors' door: ``POST /webhooks/{tool}/{connection}``.

Label Studio waits one second and never tries again: what is signed well is answered 2xx once it is
committed, as labels or, where it cannot be read, as it came.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from aidataops.client.identity import event_key, mint_event_id
from aidataops.events import Payload
from aidataops.messaging import Origin, UnitOfWork
from aidataops.vendors import ADAPTERS, Unreadable
from gateway import documentation
from gateway.answers import answering, in_thread_if_large
from gateway.body import read_body
from gateway.connections import Connection, Connections
from gateway.domain.admission import Admitted
from gateway.domain.problems import FieldError, Problem, RefusedError
from gateway.domain.scrubbing import scrub
from gateway.domain.signatures import refusal, verify
from gateway.intake import Verdict, take_in
from gateway.settings import GatewaySettings
from gateway.store import KeptWebhookStore, ReceivedEventStore

if TYPE_CHECKING:
    from aidataops.messaging import Application

log = structlog.get_logger()

MAXIMUM_WEBHOOK = 10_000_000
"""Bytes of a webhook's body."""
_KEPT = UUID("0a6f3b52-6a0c-5f9e-9a57-5a4d8b0c7e11")


def create_webhook_router(settings: GatewaySettings, connections: Connections) -> APIRouter:
    """The endpoint of all connections."""
    router = APIRouter(tags=["webhooks"])
    door = WebhookDoor(settings, connections)

    @router.post(
        "/webhooks/{tool}/{connection}",
        summary="A vendor's webhook",
        status_code=202,
        response_model=None,
        responses=documentation.webhook_responses(),
        openapi_extra={"requestBody": documentation.webhook_body()},
    )
    async def post_webhook(tool: str, connection: str, request: Request) -> JSONResponse:
        """Labels in the form that a labelling tool sends them, signed as it signs.

        A 2xx means committed. What could not be read is kept and listed under ``unreadable``, with
        the field, its value and what would be valid; whether a label fits its project's schema is
        decided later, and told on ``annotation.labels``.
        """
        return await answering(request, lambda origin: door.take(request, tool, connection, origin))

    return router


class WebhookDoor:
    """Takes one webhook after another."""

    def __init__(self, settings: GatewaySettings, connections: Connections) -> None:
        self._settings = settings
        self._connections = connections

    async def take(self, request: Request, tool: str, name: str, origin: Origin) -> JSONResponse:
        """Check, read and commit one webhook; raises `RefusedError`."""
        application: Application = request.app.state.application
        connection = self._connections.get((tool, name))
        if connection is None:
            raise refusal()
        body = await read_body(
            request, limit=MAXIMUM_WEBHOOK, seconds=self._settings.read_timeout_seconds
        )
        now = application.clock.now()
        message_id = verify(
            connection.scheme,
            [secret.get_secret_value() for secret in connection.secrets],
            {key.lower(): value for key, value in request.headers.items()},
            body,
            header=connection.header,
            now=now,
        )
        events, unreadable = await in_thread_if_large(len(body), _read, connection, body, now)
        async with (
            asyncio.timeout(self._settings.store_timeout_seconds),
            application.unit_of_work(origin) as work,
        ):
            if message_id is not None and not await _claim(work, connection, message_id, body):
                return _answer(origin, [], [], None, duplicate=True)
            verdicts = await take_in(work, events, origin)
            unreadable += [_conflict(one) for one in verdicts if one.problem is not None]
            kept = await self._keep(work, connection, unreadable, body) if unreadable else None
        log.info(
            "A webhook came in.",
            tool=tool,
            connection=name,
            labels=len(events),
            unreadable=len(unreadable),
            trace_id=origin.trace_id,
        )
        return _answer(origin, verdicts, unreadable, kept)

    async def _keep(
        self,
        work: UnitOfWork,
        connection: Connection,
        unreadable: Sequence[Unreadable],
        body: bytes,
    ) -> str | None:
        """Keep a body that could not be read wholly, and names nothing that was erased; returns its
        id.
        """
        kept_id = uuid5(_KEPT, f"{connection.source}\n{hashlib.sha256(body).hexdigest()}")
        store = KeptWebhookStore(work.connection)
        await store.prune(before=work.now - timedelta(days=self._settings.retention_days))
        if not await store.may_keep(body):
            return None
        await store.add(
            kept_id,
            tool=connection.tool,
            connection=connection.name,
            received_at=work.now,
            problems=scrub(json.dumps([_shown(one) for one in unreadable]).encode()).decode(),
            body=scrub(body),
        )
        return str(kept_id)


def _read(
    connection: Connection, body: bytes, now: datetime
) -> tuple[list[Admitted], list[Unreadable]]:
    events: dict[str, Admitted] = {}
    unreadable: list[Unreadable] = []
    for one in ADAPTERS[connection.tool](body, connection.mapping, now):
        if isinstance(one, Unreadable):
            unreadable.append(one)
        else:
            event = _event(one, connection.source)
            events[event.id] = event
    return list(events.values()), unreadable


def _event(payload: Payload, source: str) -> Admitted:
    digest = hashlib.sha256(payload.model_dump_json().encode()).digest()
    return Admitted(event_key(payload), source, payload, digest)


async def _claim(work: UnitOfWork, connection: Connection, message_id: str, body: bytes) -> bool:
    """Whether this message is new; raises when another came under its id."""
    event_id = UUID(mint_event_id(connection.source, f"webhook/{message_id}"))
    digest = hashlib.sha256(body).digest()
    new, known = await ReceivedEventStore(work.connection).claim({event_id: digest}, work.now)
    if known.get(event_id, digest) != digest:
        remedy = "give every message an id of its own"
        detail = f"another body came as message {message_id!r} before"
        raise RefusedError(
            Problem("conflict", f"{detail}; {remedy}", (FieldError("webhook-id", detail, remedy),))
        )
    return bool(new)


def _conflict(verdict: Verdict) -> Unreadable:
    return Unreadable(
        f"event {verdict.id}",
        "revision",
        "the same as before, with another content",
        "a later revision of the annotation",
    )


def _answer(
    origin: Origin,
    verdicts: Sequence[Verdict],
    unreadable: Sequence[Unreadable],
    kept: str | None,
    *,
    duplicate: bool = False,
) -> JSONResponse:
    accepted = sum(verdict.status == 202 for verdict in verdicts)
    return JSONResponse(
        {
            "trace_id": origin.trace_id,
            "accepted": accepted,
            "duplicates": sum(verdict.status == 200 for verdict in verdicts),
            "duplicate": duplicate,
            "unreadable": [_shown(one) for one in unreadable],
            "kept": kept,
        },
        status_code=202 if accepted or kept else 200,
    )


def _shown(unreadable: Unreadable) -> dict[str, Any]:
    return {
        "place": unreadable.place,
        "field": unreadable.field,
        "value": unreadable.value,
        "valid": unreadable.valid,
    }
