"""Liveness, readiness, metrics and contracts of every service."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from aidataops.messaging import outbox

if TYPE_CHECKING:
    from aidataops.messaging.application import Application

POLL_SECONDS = 60
"""Without a poll for so long the consumer is stuck, whatever else seems alive."""
OUTBOX_SECONDS = 60
"""An outbox row older than this means that nothing gets to Kafka."""

health_router = APIRouter(tags=["health"])


@health_router.get("/livez")
async def livez() -> dict[str, str]:
    """The process runs."""
    return {"status": "alive"}


@health_router.get("/readyz")
async def readyz(request: Request) -> JSONResponse:
    """The service does its work: each check with its figure, 503 when one fails."""
    application: Application = request.app.state.application
    checks = {
        "database": await _check_database(application),
        "consumer": _check_consumer(application),
    }
    ready = all(check["ok"] for check in checks.values())
    application.metrics.set("aidataops_ready", ready)
    body = {
        "status": "ready" if ready else "not ready",
        "service": application.name,
        "checks": checks,
    }
    return JSONResponse(body, status_code=200 if ready else 503)


@health_router.get("/metrics")
async def metrics(request: Request) -> Response:
    """Everything in Prometheus' text format."""
    application: Application = request.app.state.application
    consumer = application.consumer
    if consumer is not None:
        for place, behind in consumer.lag().items():
            application.metrics.set(
                "aidataops_consumer_lag", behind, topic=place.topic, partition=str(place.partition)
            )
        if consumer.last_poll is not None:
            application.metrics.set(
                "aidataops_last_poll_age_seconds", time.monotonic() - consumer.last_poll
            )
    return Response(
        application.metrics.exposition(), media_type="text/plain; version=0.0.4; charset=utf-8"
    )


@health_router.get("/asyncapi")
async def asyncapi(request: Request) -> dict[str, Any]:
    """What the service consumes and emits, as AsyncAPI 3.0."""
    application: Application = request.app.state.application
    return application.asyncapi()


async def _check_database(application: Application) -> dict[str, Any]:
    try:
        async with application.pool.acquire(timeout=2) as connection:
            rows, age = await outbox.backlog(connection)
    except Exception as error:  # noqa: BLE001 - every reason is a reason not to be ready
        return {"ok": False, "reason": f"the database does not answer: {error!r}"}
    return {
        "ok": age < OUTBOX_SECONDS,
        "outbox_rows": rows,
        "outbox_oldest_seconds": round(age, 3),
        **({"reason": "the outbox is not drained"} if age >= OUTBOX_SECONDS else {}),
    }


def _check_consumer(application: Application) -> dict[str, Any]:
    if not application.handlers.by_type:
        return {"ok": True, "reason": "consumes nothing"}
    consumer = application.consumer
    if consumer is None or consumer.last_poll is None or not consumer.joined:
        return {"ok": False, "reason": "has not joined its group yet"}
    if consumer.stopped_because is not None:
        return {"ok": False, "reason": consumer.stopped_because}
    age = time.monotonic() - consumer.last_poll
    return {
        "ok": age < POLL_SECONDS,
        "last_poll_seconds": round(age, 3),
        "assigned_partitions": consumer.assigned,
        "lag": sum(consumer.lag().values()),
    }
