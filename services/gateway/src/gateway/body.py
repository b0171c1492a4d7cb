"""A request's body, read no further than it may be long and no longer than it may take."""

from __future__ import annotations

import asyncio

from starlette.requests import ClientDisconnect, Request

from gateway.domain.problems import RefusedError


async def read_body(request: Request, *, limit: int, seconds: float) -> bytes:
    """The body, at most ``limit`` bytes of it, however it is framed; raises `RefusedError`.

    Compressed bodies are refused: what they unpack to cannot be bounded by what arrives.
    """
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding != "identity":
        raise RefusedError.at(
            "unsupported-media-type", "content-encoding", f"is {encoding}", "send it uncompressed"
        )
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced[:20]) > limit:
        raise _too_large(limit)
    body = bytearray()
    try:
        async with asyncio.timeout(seconds):
            async for chunk in request.stream():
                body += chunk
                if len(body) > limit:
                    raise _too_large(limit)
    except TimeoutError as error:
        raise RefusedError.at(
            "too-slow", "$", f"did not arrive within {seconds:g} s", "send smaller batches"
        ) from error
    except ClientDisconnect as error:
        raise RefusedError.at("malformed", "$", "ends before its end", "send it again") from error
    return bytes(body)


def _too_large(limit: int) -> RefusedError:
    return RefusedError.at(
        "too-large", "$", f"has more than {limit} bytes", "split the event or the batch"
    )
