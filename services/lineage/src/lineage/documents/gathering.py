"""Gathering the evidence for a version's documents from lineage's tables."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from aidataops.database import Connection, Queries
from lineage.documents.evidence import (
    Decision,
    Evidence,
    Flag,
    Guideline,
    Release,
    Remediation,
    Share,
    Source,
    Training,
)
from lineage.domain import cohorts as cohort_names
from lineage.domain.provenance import VersionSummary
from lineage.store import VersionReader

_QUERIES = Queries.load("lineage.documents")
LABELS = 20
"""Labels that are listed, the commonest."""


async def gather(connection: Connection, version_id: str) -> Evidence | None:
    """What is known of a sealed version; ``None`` when there is none."""
    summary = await VersionReader(connection).summary(version_id)
    return None if summary is None else await _Gathering(connection, summary).evidence()


class _Gathering:
    def __init__(self, connection: Connection, summary: VersionSummary) -> None:
        self._connection = connection
        self._summary = summary

    async def evidence(self) -> Evidence:
        told = (await self._fetch("told"))[0]
        contents = await self._fetch("contents")
        sources = await self._sources()
        cohorts = _shares(await self._fetch("cohorts"))
        people = (await self._fetch("annotators"))[0]
        releases = await self._fetch("releases")
        return Evidence(
            summary=self._summary,
            published_at=told["published_at"],
            accountable=told["accountable"],
            decision=_decision(self._summary.decision_id, told["decision"]),
            sources=sources,
            unsourced=sum(row["unsourced"] for row in contents),
            licences=_counted(contents, "licence"),
            unlicensed=sum(row["items"] for row in contents if row["licence"] is None),
            slices=await self._slices(),
            labels=_shares(await self._fetch("labels", LABELS)),
            cohorts=cohorts,
            guidelines=await self._guidelines(cohorts),
            annotators=people["annotators"],
            suspended_annotators=people["suspended"],
            releases=tuple(_release(row) for row in releases if row["id"] is not None),
            unreleased=sum(row["items"] for row in releases if row["id"] is None),
            held_back=await self._held_back(sources),
            remediations=await self._remediations(),
            trainings=tuple(_training(row) for row in await self._fetch("trainings")),
            media_types=_counted(contents, "media_type"),
            characters=sum(row["characters"] for row in contents),
            erased=sum(row["erased"] for row in contents),
            flags=tuple(Flag(*row) for row in await self._fetch("flags")),
        )

    async def _fetch(self, name: str, *more: object) -> list[Any]:
        rows = await self._connection.fetch(_QUERIES[name], self._summary.version_id, *more)
        return list(rows)

    async def _sources(self) -> tuple[Source, ...]:
        return tuple(
            Source(row["id"], row["items"], row["suspended"], _object(row["registered"]))
            for row in await self._fetch("sources")
        )

    async def _slices(self) -> dict[str, tuple[Share, ...]]:
        found: dict[str, tuple[Share, ...]] = {}
        for row in await self._fetch("slices"):
            share = Share(row["value"], row["items"])
            found[row["dimension"]] = (*found.get(row["dimension"], ()), share)
        return found

    async def _guidelines(self, cohorts: tuple[Share, ...]) -> tuple[Guideline, ...]:
        parsed = [cohort_names.parse(cohort.value) for cohort in cohorts]
        project = self._summary.project
        names = sorted({f"{project}/{cohort.guideline_version}" for cohort in parsed if cohort})
        rows = await self._connection.fetch(_QUERIES["guidelines"], names)
        return tuple(_guideline(row["id"], _object(row["attributes"]) or {}) for row in rows)

    async def _held_back(self, sources: tuple[Source, ...]) -> tuple[Share, ...]:
        names = [source.source_id for source in sources]
        return _shares(await self._connection.fetch(_QUERIES["held_back"], names))

    async def _remediations(self) -> tuple[Remediation, ...]:
        names = self._summary.remediation_ids
        rows = await self._connection.fetch(_QUERIES["remediations"], names)
        return tuple(_remediation(row["id"], _object(row["aspects"]) or {}) for row in rows)


def _object(attributes: str | None) -> dict[str, Any] | None:
    return None if attributes is None else json.loads(attributes)


def _shares(rows: list[Any]) -> tuple[Share, ...]:
    return tuple(Share(row["value"], row["items"]) for row in rows)


def _counted(rows: list[Any], column: str) -> tuple[Share, ...]:
    counts: Counter[str] = Counter()
    for row in rows:
        if row[column] is not None:
            counts[row[column]] += row["items"]
    return tuple(Share(*pair) for pair in sorted(counts.items(), key=lambda pair: (-pair[1], pair)))


def _decision(decision_id: str | None, recorded: str | None) -> Decision | None:
    said = _object(recorded)
    if decision_id is None or said is None:
        return None
    return Decision(decision_id, said["made_by"], said["role"], said["made_at"])


def _guideline(name: str, said: dict[str, Any]) -> Guideline:
    return Guideline(name, said.get("signed_off_by"), said.get("calibration_alpha"))


def _release(row: Any) -> Release:
    released, verdict = _object(row["released"]) or {}, _object(row["verdict"]) or {}
    return Release(
        row["id"], row["items"], released.get("agreement"), tuple(verdict.get("checks", ()))
    )


def _remediation(name: str, aspects: dict[str, Any]) -> Remediation:
    outcome = next((known for known in ("verified", "reopened") if known in aspects), None)
    return Remediation(name, aspects.get("requested"), outcome)


def _training(row: Any) -> Training:
    said = _object(row["attributes"]) or {}
    return Training(row["id"], said["model"], said["recipe"], said["completed_at"])
