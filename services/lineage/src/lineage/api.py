"""The read API: traces through the graph, models explained, dataset versions."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, HTTPException, Query, Request

from aidataops.database import Connection
from lineage.domain.graph import Kind, Node
from lineage.domain.naming import version_id
from lineage.domain.provenance import VersionSummary
from lineage.store import (
    DecisionStore,
    DiffStore,
    FlagStore,
    GovernanceStore,
    LedgerStore,
    ProposalStore,
    QuestionStore,
    Shelf,
    Touching,
    TraceStore,
    VersionReader,
    VersionStore,
)
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


def shelf_of(request: Request) -> Shelf:
    """The bitmaps that this process holds."""
    state = request.app.state
    if not hasattr(state, "shelf"):
        state.shelf = Shelf()
    return cast("Shelf", state.shelf)


Shelved = Annotated[Shelf, Depends(shelf_of)]


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
async def why(reading: Reading, shelf: Shelved, model: str) -> dict[str, Any]:
    """What a model was trained on and who made that, and what was found wrong with it."""
    await _require(reading, Kind.MODEL, model)
    return await QuestionStore(reading, shelf).behind(model)


@router.get("/models/{model:path}/trained")
async def trained(reading: Reading, shelf: Shelved, model: str) -> list[dict[str, Any]]:
    """The training runs of a model and the dataset versions that went into each."""
    await _require(reading, Kind.MODEL, model)
    return await QuestionStore(reading, shelf).trained(model)


@router.get("/touches/{kind}/{id:path}")
async def touches(reading: Reading, shelf: Shelved, kind: Touching, id: str) -> dict[str, Any]:
    """The versions and models that hold items of an annotator, a source, a guideline …"""
    return await QuestionStore(reading, shelf).touches(kind, id)


@router.get("/datasets/{dataset:path}/versions")
async def dataset_versions(reading: Reading, dataset: str) -> list[dict[str, Any]]:
    """Every version of a dataset, by number."""
    return [_shown(each) for each in await VersionReader(reading).summaries(dataset)]


@router.get("/datasets")
async def datasets(reading: Reading) -> list[dict[str, Any]]:
    """Every version of every dataset."""
    return [_shown(each) for each in await VersionReader(reading).summaries()]


@router.get("/datasets/{dataset:path}/diff")
async def dataset_diff(
    reading: Reading,
    shelf: Shelved,
    dataset: str,
    before: int,
    after: int,
    slice: Annotated[list[str] | None, Query(description="attribute=value")] = None,
    limit: Limit = 100,
) -> dict[str, Any]:
    """What was added, removed and relabelled between two versions: by whom, by which guideline."""
    reader = VersionReader(reading)
    names = (version_id(dataset, before), version_id(dataset, after))
    held = [await reader.summary(name) for name in names]
    if held[0] is None or held[1] is None:
        raise HTTPException(404, f"{names[held[0] is not None]} is not published")
    return await DiffStore(reading, shelf).diff(held[0], held[1], _slices(slice), limit=limit)


@router.get("/datasets/{dataset:path}/versions/{version}/composition")
async def composition(
    reading: Reading, shelf: Shelved, dataset: str, version: int, by: str = "cohort"
) -> list[dict[str, Any]]:
    """How many items lie under each cohort, vendor, pool, guideline, batch, source, annotator, or
    value of an attribute of the slices.
    """
    name = version_id(dataset, version)
    if await VersionReader(reading).summary(name) is None:
        raise HTTPException(404, f"{name} is not published")
    return await QuestionStore(reading, shelf).composition(name, by)


@router.get("/datasets/{dataset:path}/versions/{version}/verification")
async def verification(reading: Reading, dataset: str, version: int) -> dict[str, Any]:
    """Whether a version's rows still have the hash that it was published under."""
    name = version_id(dataset, version)
    summary = await VersionReader(reading).summary(name)
    if summary is None:
        raise HTTPException(404, f"{name} is not published")
    computed, rows, altered = await VersionReader(reading).computed(name)
    verified = computed == summary.hash and rows == summary.items and not altered
    return {
        "verified": verified,
        "published": summary.hash,
        "computed": computed,
        "items": rows,
        "altered": altered,
    }


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


@router.get("/proposals")
async def proposals(reading: Reading, dataset: str | None = None) -> list[dict[str, Any]]:
    """Versions that should be succeeded, because they hold rows that were erased since."""
    return await ProposalStore(reading).open(dataset)


@router.get("/flags")
async def flags(reading: Reading, dataset: str | None = None) -> list[dict[str, Any]]:
    """What is wrong behind which version (of a dataset)."""
    return await FlagStore(reading).raised(dataset)


@router.get("/ledger")
async def ledger(reading: Reading, after: int = 0, limit: Limit = 1000) -> list[dict[str, Any]]:
    """Entries of the governance ledger after one, in its order."""
    entries = await LedgerStore(reading).entries(after, limit)
    return [asdict(entry) | {"hash": entry.hash.hex()} for entry in entries]


@router.get("/ledger/head")
async def ledger_head(reading: Reading) -> dict[str, Any]:
    """How many entries there are, and the hash of the last."""
    entries, head = await LedgerStore(reading).head()
    return {"entries": entries, "head": head}


@router.get("/waivers")
async def waivers(
    reading: Reading, request: Request, project: str | None = None
) -> list[dict[str, Any]]:
    """The latest waiver for every batch and check, and whether it is in force."""
    now = request.app.state.application.clock.now()
    return _of(project, await GovernanceStore(reading).waivers(now))


@router.get("/standards")
async def standards(reading: Reading, project: str | None = None) -> list[dict[str, Any]]:
    """The latest value of every standard of every project, and whether it is in force."""
    return _of(project, await GovernanceStore(reading).standards())


@router.get("/raci")
async def raci(reading: Reading, request: Request) -> dict[str, Any]:
    """Who answers for what, where that was not kept, and who provides which capability how well."""
    return await GovernanceStore(reading).raci(request.app.state.application.clock.now())


def _of(project: str | None, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row for row in rows if project in (None, row["project"])]


async def _trace(
    reading: Connection, direction: Direction, node: Node, limit: int
) -> dict[str, Any]:
    await _require(reading, node.kind, node.id)
    return await TraceStore(reading).trace(direction, node.kind, node.id, limit=limit)


async def _require(reading: Connection, kind: Kind, name: str) -> None:
    if not await TraceStore(reading).is_known(kind, name):
        raise HTTPException(404, f"no event has named a {kind} {name!r}")


def _slices(given: list[str] | None) -> dict[str, str]:
    parts = [each.partition("=") for each in given or ()]
    if wrong := [name for name, sign, value in parts if not (name and sign and value)]:
        raise HTTPException(422, f"slice {wrong[0]!r}: write attribute=value, e.g. language=es")
    return {name: value for name, _, value in parts}


def _shown(summary: VersionSummary) -> dict[str, Any]:
    return asdict(summary) | {"parents": [parent.model_dump() for parent in summary.parents]}
