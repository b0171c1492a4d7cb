"""What every endpoint answers when something goes wrong, and the trace that it belongs to."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from fastapi import Request
from fastapi.responses import JSONResponse

from aidataops.messaging import Origin
from aidataops.messaging.failures import judge
from gateway.domain.problems import Problem, RefusedError

log = structlog.get_logger()

_INLINE_BYTES = 65_536
"""A larger body is read in a thread, so that the others' requests go on."""


async def answering(
    request: Request, take: Callable[[Origin], Awaitable[JSONResponse]]
) -> JSONResponse:
    """What ``take`` answers, or why not; never lets an exception out."""
    traceparents = request.headers.getlist("traceparent")
    following = traceparents[0] if len(traceparents) == 1 and traceparents[0].isascii() else None
    origin = Origin.of("request", following=following)
    try:
        return await take(origin)
    except RefusedError as error:
        problem = error.problem
    except Exception as error:  # noqa: BLE001 - the sender gets a problem, the log the reason
        problem = _failure(error, origin.trace_id)
    return refuse(problem, origin.trace_id)


def refuse(problem: Problem, trace_id: str) -> JSONResponse:
    """A problem document (RFC 9457)."""
    headers = {401: {"www-authenticate": "Bearer"}, 503: {"retry-after": "1"}}
    return JSONResponse(
        problem.document() | {"trace_id": trace_id},
        status_code=problem.status,
        media_type="application/problem+json",
        headers=headers.get(problem.status),
    )


async def in_thread_if_large(size: int, read: Any, *arguments: Any) -> Any:
    """What ``read`` makes of so many bytes, in a thread when there are many."""
    if size <= _INLINE_BYTES:
        return read(*arguments)
    return await asyncio.to_thread(read, *arguments)


def _failure(error: Exception, trace_id: str) -> Problem:
    """What to say when nothing is known to be stored; the reason stays in the log."""
    if judge(error) == "transient":
        log.warning("The database is away.", error=repr(error), trace_id=trace_id)
        return Problem("unavailable", "nothing is known to be stored; send it again")
    log.error("A request failed.", exc_info=error, trace_id=trace_id)
    return Problem("internal", "nothing is known to be stored; report the trace id")
