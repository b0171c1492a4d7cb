"""Reading a sealed version: its summary, and its rows with their provenance, as a stream."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator
from typing import Any

from aidataops.database import Connection, Queries
from aidataops.events.evaluation import DatasetReference
from lineage.domain import cohorts
from lineage.domain.provenance import ProvenRow, SourceOf, VersionSummary
from lineage.domain.versions import Row

_QUERIES = Queries.load("lineage")


class VersionReader:
    """Reads what does not change any more; what is told of it (a licence, a text) may grow."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def summary(self, version_id: str) -> VersionSummary | None:
        """A sealed version, e.g. ``support@2``; ``None`` when there is none."""
        row = await self._connection.fetchrow(_QUERIES["version"], version_id)
        return None if row is None or row["hash"] is None else summary_of(row)

    async def summaries(self, dataset: str | None = None) -> list[VersionSummary]:
        """Every sealed version (of a dataset), by dataset and number."""
        rows = await self._connection.fetch(_QUERIES["sealed_versions"], dataset)
        return [summary_of(row) for row in rows]

    async def rows(self, version_id: str, *, page: int = 1000) -> AsyncIterator[ProvenRow]:
        """The rows of a version in canonical order: by item id, compared by bytes.

        ``page`` rows are held at a time. The order is that of the ids alone, so that two exports of
        one version are the same bytes.
        """
        project = await self._connection.fetchval(_QUERIES["project_of_version"], version_id)
        last = ""
        while True:
            records = await self._connection.fetch(_QUERIES["proven_rows"], version_id, last, page)
            for record in records:
                yield _proven(record, project)
            if len(records) < page:
                return
            last = records[-1]["item_id"]

    async def computed(self, version_id: str) -> tuple[str, int, list[str]]:
        """A version's hash from the content of its rows, how many these are, and the items whose
        row has not the hash that is held for it (the first 100).

        A label that was erased counts by the hash that is held: nothing else is left of it.
        """
        hashes: list[bytes] = []
        altered: list[str] = []
        async for record in self._connection.cursor(_QUERIES["rows_to_verify"], version_id):
            if record["emptied"]:
                hashes.append(bytes(record["row_hash"]))
                continue
            names, slices = tuple(record["cohorts"]), json.loads(record["slices"])
            hashes.append(Row(record["item_id"], record["value"], names, slices).hash())
            if hashes[-1] != record["row_hash"]:
                altered.append(record["item_id"])
        return hashlib.sha256(b"".join(sorted(hashes))).hexdigest(), len(hashes), altered[:100]


def summary_of(row: Any) -> VersionSummary:
    """A row of ``versions`` that has its hash."""
    return VersionSummary(
        version_id=row["version_id"],
        dataset=row["dataset"],
        version=row["version"],
        project=row["project"],
        origin=row["origin"],
        hash=row["hash"],
        items=row["items"],
        parents=tuple(DatasetReference(**parent) for parent in json.loads(row["parents"])),
        batch_ids=tuple(row["batch_ids"]),
        remediation_ids=tuple(row["remediation_ids"]),
        decision_id=row["decision_id"],
    )


def _proven(record: Any, project: str) -> ProvenRow:
    named = [cohorts.parse(name) for name in record["cohorts"]]
    accepted = json.loads(record["accepted"] or "{}")
    return ProvenRow(
        item_id=record["item_id"],
        value=record["value"],
        cohorts=tuple(record["cohorts"]),
        slices=json.loads(record["slices"]),
        row_hash=bytes(record["row_hash"]).hex(),
        text=record["text"],
        uri=record["uri"],
        media_type=record["media_type"],
        content_hash=accepted.get("content_hash"),
        licence=accepted.get("licence"),
        sources=tuple(_source(each) for each in json.loads(record["sources"])),
        annotators=tuple(record["annotators"]),
        guidelines=tuple(
            sorted({f"{project}/{cohort.guideline_version}" for cohort in named if cohort})
        ),
        release_id=record["release_id"],
        quality=_quality(record),
        erased=record["erased"],
    )


def _quality(record: Any) -> dict[str, Any] | None:
    if record["released"] is None:
        return None
    verdict = json.loads(record["verdict"] or "{}")
    return {
        "agreement": json.loads(record["released"])["agreement"],
        "checks": verdict.get("checks", []),
    }


def _source(found: dict[str, Any]) -> SourceOf:
    registered = found["registered"] or {}
    return SourceOf(
        source_id=found["id"],
        name=registered.get("name"),
        kind=registered.get("source_kind"),
        origin=registered.get("origin"),
        licence=registered.get("licence"),
        suspended=found["suspended"],
    )
