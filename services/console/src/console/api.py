"""The page, its live updates, and the same as JSON."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, Response, StreamingResponse

from aidataops.messaging import Application
from console.pages import ASSETS, Pages
from console.store import OverviewStore

WATCH_SECONDS = 1.0
"""How often a watched page looks for news."""

router = APIRouter()

_SECURITY = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
        "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


async def reading(request: Request) -> AsyncIterator[OverviewStore]:
    """The read model, for one request."""
    async with request.app.state.application.pool.acquire() as connection:
        yield OverviewStore(connection)


Reading = Annotated[OverviewStore, Depends(reading)]
Limit = Annotated[int, Query(ge=1, le=1000)]


@router.get("/", response_class=HTMLResponse, include_in_schema=False)
async def page(request: Request) -> HTMLResponse:
    """The page."""
    current = await _pages(request).current(request.app.state.application.pool)
    return HTMLResponse(current.html, headers={**_SECURITY, "Cache-Control": "no-store"})


@router.get("/static/{name}", include_in_schema=False)
async def static(name: str) -> Response:
    """The page's style and script."""
    asset = ASSETS.get(name)
    if asset is None:
        raise HTTPException(404, f"there is no {name}")
    headers = {**_SECURITY, "Cache-Control": "public, max-age=31536000, immutable"}
    return Response(asset.content, media_type=asset.media_type, headers=headers)


@router.get("/live", include_in_schema=False)
async def live(request: Request) -> StreamingResponse:
    """Server-sent events: the digest of the page, now and whenever it changes."""
    return StreamingResponse(
        _news(_pages(request), request.app.state.application),
        media_type="text/event-stream",
        headers={**_SECURITY, "Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


@router.get("/api/numbers", tags=["console"])
async def numbers(store: Reading) -> dict[str, int]:
    """The three numbers that are to be zero, and the totals that they are parts of."""
    return await store.numbers()


@router.get("/api/remediations", tags=["console"])
async def remediations(store: Reading, limit: Limit = 200) -> list[dict[str, Any]]:
    """Data work: the open ones by priority, then the finished ones."""
    return await store.rows("remediations", limit=limit)


@router.get("/api/regressions", tags=["console"])
async def regressions(store: Reading, limit: Limit = 200) -> list[dict[str, Any]]:
    """Slices that got worse: unattributed ones first."""
    return await store.rows("regressions", limit=limit)


@router.get("/api/findings", tags=["console"])
async def findings(store: Reading, limit: Limit = 200) -> list[dict[str, Any]]:
    """Failures that have become neither data work nor a dismissal."""
    return await store.rows("findings", limit=limit)


@router.get("/api/batches", tags=["console"])
async def batches(store: Reading, limit: Limit = 200) -> list[dict[str, Any]]:
    """Batches with their agreement: those released without one first."""
    return await store.rows("batches", limit=limit)


@router.get("/api/annotators", tags=["console"])
async def annotators(store: Reading, limit: Limit = 200) -> list[dict[str, Any]]:
    """Annotators with their record on golden items: suspended ones first."""
    return await store.rows("annotators", limit=limit)


@router.get("/api/datasets", tags=["console"])
async def datasets(store: Reading, limit: Limit = 200) -> list[dict[str, Any]]:
    """Dataset versions, newest first."""
    return await store.rows("datasets", limit=limit)


async def _news(pages: Pages, application: Application) -> AsyncIterator[str]:
    known = None
    while not application.stopping.is_set():
        digest = (await pages.current(application.pool)).digest
        if digest != known:
            yield f"retry: 2000\nevent: overview\ndata: {digest}\n\n"
            known = digest
        else:
            yield ": still here\n\n"
        await asyncio.sleep(WATCH_SECONDS)


def _pages(request: Request) -> Pages:
    pages: Pages = request.app.state.pages
    return pages
