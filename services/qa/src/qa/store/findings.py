"""What qa concluded from the facts."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from aidataops.database import Connection, Queries
from aidataops.events.base import Payload
from qa.domain.agreement import CoincidenceMatrix
from qa.domain.batch import Assessment
from qa.domain.golden import Standing, Status, judge_annotator
from qa.store.rows import AnnotatorKey, annotator_of, columns

_QUERIES = Queries.load("qa")


@dataclass(frozen=True)
class Score:
    """A label of a golden item."""

    label_id: str
    annotator: AnnotatorKey
    item_id: str
    correct: bool


@dataclass(frozen=True)
class Finding:
    """What qa says about a subject; one payload per kind, scope and subject stands at a time."""

    kind: str
    scope: str
    subject: str
    payload: Payload


class FindingStore:
    """What qa concluded; everything here follows from the facts and needs the projects' locks."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def score(
        self, label_ids: Collection[str]
    ) -> tuple[list[Score], dict[AnnotatorKey, str]]:
        """Score labels of golden items, forget those withdrawn.

        Returns the scores that are new or changed, and annotator → a label that moved them.
        """
        withdrawn = await self._connection.fetch(_QUERIES["withdraw_scores"], list(label_ids))
        rows = await self._connection.fetch(_QUERIES["score_labels"], list(label_ids))
        scores = [
            Score(row["label_id"], annotator_of(row), row["item_id"], row["correct"])
            for row in rows
        ]
        return scores, {annotator_of(row): row["label_id"] for row in [*withdrawn, *rows]}

    async def judge(
        self, annotators: Collection[AnnotatorKey]
    ) -> dict[AnnotatorKey, tuple[Standing, Status | None]]:
        """Judge annotators anew and keep where they stand; with the status that they had before."""
        rows = await self._connection.fetch(
            _QUERIES["list_golden_answers"], *columns(annotators, 3)
        )
        judged = {
            annotator_of(row): (judge_annotator(row["answers"]), row["status"]) for row in rows
        }
        standings = [standing for standing, _ in judged.values()]
        await self._connection.execute(
            _QUERIES["put_annotators"],
            *columns(judged, 3),
            [standing.golden_correct for standing in standings],
            [standing.golden_total for standing in standings],
            [standing.log_likelihood_ratio for standing in standings],
            [standing.status for standing in standings],
        )
        return judged

    async def put_findings(self, findings: Sequence[Finding]) -> dict[tuple[str, str, str], int]:
        """Keep what is said now; returns (kind, scope, subject) → revision of what is news."""
        rows = await self._connection.fetch(
            _QUERIES["put_findings"],
            [finding.kind for finding in findings],
            [finding.scope for finding in findings],
            [finding.subject for finding in findings],
            [finding.payload.model_dump_json(exclude={"revision"}) for finding in findings],
        )
        return {(row["kind"], row["scope"], row["subject"]): row["revision"] for row in rows}

    async def drop_golden_outcomes(self, outcomes: Collection[tuple[str, str]]) -> None:
        """Forget the outcomes of items, as (batch, item), that turned out to be golden."""
        await self._connection.execute(_QUERIES["drop_golden_outcomes"], *columns(outcomes, 2))

    async def put_measured(self, assessments: Sequence[Assessment]) -> set[str]:
        """Keep what batches add to their project's agreement; returns the batches that changed."""
        patterns = [sorted(assessment.patterns.items()) for assessment in assessments]
        rows = await self._connection.fetch(
            _QUERIES["put_measured_batches"],
            [assessment.verdict.batch_id for assessment in assessments],
            [assessment.verdict.project for assessment in assessments],
            [json.dumps([json.dumps(pattern) for pattern, _ in shown]) for shown in patterns],
            [json.dumps([units for _, units in shown]) for shown in patterns],
            [json.dumps([json.dumps(who) for who in sorted(a.annotators)]) for a in assessments],
        )
        return {row["batch_id"] for row in rows}

    async def sum_up(
        self, projects: Collection[str]
    ) -> list[tuple[str, float, int, CoincidenceMatrix]]:
        """Project, floor, annotators and coincidences over all its measured batches."""
        matrices: defaultdict[str, CoincidenceMatrix] = defaultdict(CoincidenceMatrix)
        for row in await self._connection.fetch(_QUERIES["list_patterns"], list(projects)):
            pattern = tuple((value, number) for value, number in json.loads(row["pattern"]))
            matrices[row["project"]].add_units(pattern, row["units"])
        rows = await self._connection.fetch(_QUERIES["count_annotators"], list(projects))
        return [
            (row["project"], row["agreement_floor"], row["annotators"], matrices[row["project"]])
            for row in rows
        ]
