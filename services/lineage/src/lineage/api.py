"""The read API: traces through the graph, models explained, dataset versions."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query, Request

from aidataops.database import Connection
from lineage.domain.graph import Kind, Node
from lineage.domain.naming import version_id
from lineage.store import DecisionStore, TraceStore, VersionStore
from lineage.store.traces import Direction

router = APIRouter(tags=["lineage"])

Limit = Annotated[int, Query(ge=1, le=1000, description="nodes to list of each kind")]
Name = Annotated[str, Query(min_length=1, description="the node's id, e.g. support@2")]


async def connection(request: Request) -> AsyncIterator[Connection]:
    """A connection for one request, in one snapshot, so that its parts fit together."""
    async with (
        request.app.state.application.pool.acquire() as held,
        held.transaction(isolation="repeatable_read", readonly=True),
    ):
        yield held


Reading = Annotated[Connection, Depends(connection)]


@router.get("/trace/backward")
async def trace_backward(
    reading: Reading, kind: Kind, id: Name, limit: Limit = 100
) -> dict[str, Any]:
    """Everything that led to a node.

    `material` nodes are in it; the others are the reasons why it exists.
    """
    return await _trace(reading, "backward", Node(kind, id), limit)


@router.get("/trace/forward")
async def trace_forward(
    reading: Reading, kind: Kind, id: Name, limit: Limit = 100
) -> dict[str, Any]:
    """Everything that a node led to.

    It is in the `material` nodes; the others exist because of it.
    """
    return await _trace(reading, "forward", Node(kind, id), limit)


@router.get("/models/{model:path}/why")
async def why(reading: Reading, model: str) -> dict[str, Any]:
    """What a model was trained on and who made that, and what was found wrong with it."""
    traces = TraceStore(reading)
    if not await traces.is_known(Kind.MODEL, model):
        raise HTTPException(404, f"no event has named a model {model!r}")
    return await traces.behind(Node(Kind.MODEL, model))


@router.get("/datasets/{dataset:path}/versions/{version}")
async def dataset_version(reading: Reading, dataset: str, version: int) -> dict[str, Any]:
    """A dataset version: its hash, its parents, the batches in it and its composition."""
    name = version_id(dataset, version)
    held = await VersionStore(reading).published(name)
    if held is None:
        raise HTTPException(404, f"{name} is not published")
    published, origin, decision_id = held
    return {**published.model_dump(mode="json"), "origin": origin, "decision_id": decision_id}


@router.get("/datasets/{dataset:path}/decisions")
async def dataset_decisions(reading: Reading, dataset: str) -> list[dict[str, Any]]:
    """Every decision to publish a version of a dataset, and what became of it and why."""
    return await DecisionStore(reading).history(dataset)


async def _trace(
    reading: Connection, direction: Direction, node: Node, limit: int
) -> dict[str, Any]:
    traces = TraceStore(reading)
    if not await traces.is_known(node.kind, node.id):
        raise HTTPException(404, f"no event has named a {node.kind} {node.id!r}")
    return await traces.trace(direction, node.kind, node.id, limit=limit)
