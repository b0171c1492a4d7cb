"""What the read API shows of labels, tasks and guidelines."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import asyncpg

from aidataops.database import Queries
from annotation_intake.store.schemas import to_schema

Row = dict[str, Any]

_SQL = Queries.load("annotation_intake")


async def list_rejections(
    pool: asyncpg.Pool, *, vendor: str | None, project: str | None, limit: int
) -> list[Row]:
    """Submissions that are not taken, newest first, with what would be valid."""
    rows = await pool.fetch(_SQL["list_rejections"], vendor, project, limit)
    return [dict(row) for row in rows]


async def list_revisions(pool: asyncpg.Pool, vendor: str, annotation_id: str) -> list[Row]:
    """Every revision of a vendor's annotation."""
    return [dict(row) for row in await pool.fetch(_SQL["list_revisions"], vendor, annotation_id)]


async def list_open_tasks(
    pool: asyncpg.Pool, project: str, *, tier: str | None, after: str, limit: int
) -> list[Row]:
    """Tasks that still want labels, in the order of their ids."""
    rows = await pool.fetch(_SQL["list_open_tasks"], project, tier, after, limit)
    return [_to_task(row) for row in rows]


async def get_answer(pool: asyncpg.Pool, vendor: str, request_id: str) -> Row | None:
    """What a request for work was answered with, ``None`` while it was not."""
    answer = await pool.fetchrow(_SQL["get_answer"], vendor, request_id)
    if answer is None:
        return None
    rows = await pool.fetch(_SQL["list_assigned_tasks"], vendor, request_id)
    return {**dict(answer), "tasks": [_to_task(row) for row in rows]}


async def list_assignments(
    pool: asyncpg.Pool, project: str, *, vendor: str | None, annotator: str | None, limit: int
) -> list[Row]:
    """Who has which task and has not labelled it yet."""
    rows = await pool.fetch(_SQL["list_open_assignments"], project, vendor, annotator, limit)
    return [dict(row) for row in rows]


async def list_guidelines(pool: asyncpg.Pool, project: str) -> list[Row]:
    """Every publication of a guideline version, and why it is not in force."""
    return [dict(row) for row in await pool.fetch(_SQL["list_guideline_versions"], project)]


async def list_flagged_sections(pool: asyncpg.Pool, project: str) -> list[Row]:
    """Flags of each section beside the confusions that the section is about.

    A section that names no pairs stands beside all confusions of its version.
    """
    pairs: dict[tuple[str, str], frozenset[frozenset[str]]] = {}
    for row in await pool.fetch(_SQL["list_sections"], project):
        for section in json.loads(row["sections"]):
            named = frozenset(frozenset(pair) for pair in section["confusions"])
            pairs[row["guideline_version"], section["section"]] = named
    confusions: dict[str, list[Row]] = defaultdict(list)
    for row in await pool.fetch(_SQL["list_confusions"], project):
        pair = {"values": [row["first"], row["second"]], "pairs": row["pairs"]}
        confusions[row["guideline_version"]].append(pair)
    found = []
    for row in await pool.fetch(_SQL["list_flagged_sections"], project):
        version, section = row["guideline_version"], row["section"]
        wanted = pairs.get((version, section))
        found.append(
            dict(row)
            | {
                "confusions": [
                    one
                    for one in confusions[version]
                    if not wanted or frozenset(one["values"]) in wanted
                ]
            }
        )
    return found


def _to_task(row: Mapping[str, Any]) -> Row:
    return {
        "task_id": row["task_id"],
        "project": row["project"],
        "batch_id": row["batch_id"],
        "item_id": row["item_id"],
        "tier": row["tier"],
        "guideline_version": row["guideline_version"],
        "overlap": row["overlap"],
        "excluded_annotators": row["excluded"],
        "label_schema": to_schema(row),
        "text": row["text"],
        "uri": row["uri"],
    }
