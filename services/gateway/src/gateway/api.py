"""The door: ``POST /events``."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import asyncpg
import structlog
from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse
from fastapi.security import HTTPBearer

from aidataops.errors import TransientError
from aidataops.messaging import Origin
from gateway import documentation
from gateway.answers import answering, in_thread_if_large, refuse
from gateway.body import read_body
from gateway.domain.admission import Admitted
from gateway.domain.credentials import Credential
from gateway.domain.envelopes import attributes_of, mode_of
from gateway.intake import Verdict, take_in
from gateway.keys import authenticate
from gateway.reading import MAXIMUM_BATCH, MAXIMUM_SINGLE, read_batch, read_one
from gateway.settings import GatewaySettings
from gateway.store import ReceivedEventStore

if TYPE_CHECKING:
    from aidataops.messaging import Application

log = structlog.get_logger()

_PRUNE_EVERY = timedelta(seconds=1)


def create_router(settings: GatewaySettings) -> APIRouter:
    """The gateway's endpoints."""
    router = APIRouter(tags=["events"])
    bearer = HTTPBearer(auto_error=False, description="an API key of the gateway")
    door = Door(settings)

    @router.post(
        "/events",
        summary="Send an event, or a batch of up to 1000",
        status_code=202,
        response_model=None,
        dependencies=[Depends(bearer)],
        responses=documentation.responses(),
        openapi_extra={
            "requestBody": documentation.request_body(),
            "parameters": documentation.parameters(),
        },
    )
    async def post_events(request: Request) -> JSONResponse:
        """CloudEvents 1.0 in binary, structured or batch mode.

        A 2xx means committed: the event survives any crash from then on. An event is identified by
        its source and id: sending it again is safe and has one effect, other content under the
        same id is refused (409). In a batch every event has its own verdict.
        """
        return await door.answer(request)

    return router


class Door:
    """Takes one request after another."""

    def __init__(self, settings: GatewaySettings) -> None:
        self._settings = settings
        self._prune_at: Any = None

    async def answer(self, request: Request) -> JSONResponse:
        """Take a request in, or say why not."""
        return await answering(request, lambda origin: self._take(request, origin))

    async def _take(self, request: Request, origin: Origin) -> JSONResponse:
        application: Application = request.app.state.application
        pool = _pool(application)
        async with (
            asyncio.timeout(self._settings.store_timeout_seconds),
            pool.acquire() as connection,
        ):
            credential = await authenticate(
                connection, request.headers.getlist("authorization"), application.clock.now()
            )
        attributes = attributes_of(request.headers.items())
        mode = mode_of(request.headers.get("content-type", ""), attributes)
        body = await read_body(
            request,
            limit=MAXIMUM_BATCH if mode == "batch" else MAXIMUM_SINGLE,
            seconds=self._settings.read_timeout_seconds,
        )
        events: Sequence[Admitted | Verdict]
        if mode == "batch":
            events = await in_thread_if_large(len(body), read_batch, body, credential)
        else:
            events = [
                await in_thread_if_large(len(body), read_one, mode, attributes, body, credential)
            ]
        verdicts = await self._store(application, events, origin)
        _log(credential, verdicts, origin.trace_id)
        if mode == "batch":
            return _batch_receipt(verdicts, origin.trace_id)
        return _receipt(verdicts[0], origin.trace_id)

    async def _store(
        self, application: Application, events: Sequence[Admitted | Verdict], origin: Origin
    ) -> list[Verdict]:
        if not any(isinstance(event, Admitted) for event in events):
            return [event for event in events if isinstance(event, Verdict)]
        async with (
            asyncio.timeout(self._settings.store_timeout_seconds),
            application.unit_of_work(origin) as work,
        ):
            if self._prune_at is None or work.now >= self._prune_at:
                self._prune_at = work.now + _PRUNE_EVERY
                before = work.now - timedelta(days=self._settings.retention_days)
                await ReceivedEventStore(work.connection).prune(before=before)
            return await take_in(work, events, origin)


def _pool(application: Application) -> asyncpg.Pool:
    """The pool of a service that has started: one that can also publish what it commits."""
    try:
        _ = application.publisher
        pool = application.pool
    except RuntimeError as error:
        raise TransientError("the gateway has not started yet") from error
    return pool


def _receipt(verdict: Verdict, trace_id: str) -> JSONResponse:
    if verdict.problem is not None:
        return refuse(verdict.problem, trace_id)
    return JSONResponse(
        {
            "event_id": verdict.event_id,
            "trace_id": trace_id,
            "duplicate": verdict.status == 200,
        },
        status_code=verdict.status,
    )


def _batch_receipt(verdicts: Sequence[Verdict], trace_id: str) -> JSONResponse:
    accepted = sum(verdict.status == 202 for verdict in verdicts)
    duplicates = sum(verdict.status == 200 for verdict in verdicts)
    refused = len(verdicts) - accepted - duplicates
    return JSONResponse(
        {
            "trace_id": trace_id,
            "accepted": accepted,
            "duplicates": duplicates,
            "refused": refused,
            "events": [
                {
                    "index": index,
                    "status": verdict.status,
                    "id": verdict.id,
                    "event_id": verdict.event_id,
                    "problem": verdict.problem.document() if verdict.problem else None,
                }
                for index, verdict in enumerate(verdicts)
            ],
        },
        status_code=207 if refused else 202 if accepted else 200,
    )


def _log(credential: Credential, verdicts: Sequence[Verdict], trace_id: str) -> None:
    refused = [verdict.problem.kind for verdict in verdicts if verdict.problem is not None]
    log.info(
        "Events came in.",
        key=credential.name,
        events=len(verdicts),
        refused=len(refused),
        reasons=sorted(set(refused)),
        trace_id=trace_id,
    )
