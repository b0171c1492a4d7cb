"""A project's quality as people read it: what is said now, and what it rests on."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from aidataops.database import Connection, Queries
from aidataops.events.base import Payload
from aidataops.events.quality import (
    AgreementMeasured,
    AnnotatorFlagged,
    BatchBlocked,
    ConfusionMeasured,
    ConsensusMethodRecommended,
    DriftDetected,
)
from qa.domain.drift import LIMIT
from qa.domain.proportion import wilson_interval
from qa.store.findings import place_of
from qa.store.programs import list_programs

_QUERIES = Queries.load("qa")

SCOPES = ("slice", "cohort", "guideline_version")
"""Scopes of a project that are shown; pairs of annotators are many, and shown when asked for."""

_SAID: dict[str, type[Payload]] = {
    "confusion": ConfusionMeasured,
    "flag": AnnotatorFlagged,
    "drift": DriftDetected,
    "consensus": ConsensusMethodRecommended,
}


async def show_quality(
    connection: Connection, project: str, *, batch: str | None, batches: int, pairs: bool
) -> dict[str, Any] | None:
    """All of a project, with the verdicts of one batch or of the last ones; None if unknown."""
    programs = await list_programs(connection, [project])
    if project not in programs:
        return None
    program = programs[project]
    said = await _list_said(connection, project)
    recommended: ConsensusMethodRecommended | None = next(iter(said["consensus"]), None)
    scopes = (*SCOPES, "annotator_pair") if pairs else SCOPES
    places = [place_of(project, scope) for scope in scopes]
    agreements = await connection.fetch(_QUERIES["list_agreements"], project, places)
    return {
        "project": project,
        "kind": program.schema.kind,
        "floor": program.floor.value,
        "standard": program.floor.decision_id,
        "method": await connection.fetchval(_QUERIES["show_method"], project) or "majority",
        "recommended": recommended and recommended.method,
        "accuracies": recommended.accuracies if recommended else [],
        "agreements": [AgreementMeasured.model_validate_json(row["payload"]) for row in agreements],
        "confusions": said["confusion"],
        "annotators": await _list_annotators(connection, project),
        "flags": said["flag"],
        "charts": [
            {**row, "limit": LIMIT}
            for row in await connection.fetch(_QUERIES["list_latest_charts"], project)
        ],
        "drift": said["drift"],
        "batches": await _list_batches(connection, project, batch, batches),
    }


async def _list_said(connection: Connection, project: str) -> dict[str, list[Any]]:
    said: defaultdict[str, list[Any]] = defaultdict(list)
    for row in await connection.fetch(_QUERIES["list_said"], project):
        said[row["kind"]].append(_SAID[row["kind"]].model_validate_json(row["payload"]))
    return said


async def _list_annotators(connection: Connection, project: str) -> list[dict[str, Any]]:
    found = []
    for row in await connection.fetch(_QUERIES["list_standings"], project):
        lower, upper = wilson_interval(row["golden_correct"], row["golden_total"])
        found.append({**row, "wilson_lower": lower, "wilson_upper": upper})
    return found


async def _list_batches(
    connection: Connection, project: str, batch: str | None, most: int
) -> list[dict[str, Any]]:
    rows = await connection.fetch(_QUERIES["list_verdicts"], project, batch, most)
    reviews: defaultdict[str, dict[str, int]] = defaultdict(dict)
    names = [row["batch_id"] for row in rows]
    for row in await connection.fetch(_QUERIES["count_reviews"], names):
        reviews[row["batch_id"]][row["reason"]] = row["items"]
    found = []
    for row in rows:
        verdict = BatchBlocked.model_validate_json(row["payload"])
        found.append(
            {
                "batch_id": row["batch_id"],
                "verdict": "blocked" if row["released"] is None else "released",
                "revision": row["revision"],
                "ended_at": row["ended_at"],
                "items": row["released"],
                "agreement": verdict.agreement,
                "checks": verdict.checks,
                "reviews": reviews[row["batch_id"]],
            }
        )
    return found
