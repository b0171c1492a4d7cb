"""Golden answers, and where annotators stand by them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from aidataops.database import Connection, Queries
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
class Judgement:
    """Where an annotator stands, and stood before; labels until ``trusted_after`` do not count."""

    standing: Standing
    trusted_after: datetime | None
    before: Status | None
    trusted_after_before: datetime | None

    @property
    def announced(self) -> bool:
        """Whether they are suspended now and were not, or the other way round."""
        return (self.standing.status == "suspended") != (self.before == "suspended")

    @property
    def turned(self) -> bool:
        """Whether other labels of theirs count than before."""
        return self.announced or self.trusted_after != self.trusted_after_before


class GoldenStore:
    """All here follows from labels and golden items, and needs the projects' locks."""

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

    async def judge(self, annotators: Collection[AnnotatorKey]) -> dict[AnnotatorKey, Judgement]:
        """Judge annotators anew and keep where they stand."""
        rows = await self._connection.fetch(
            _QUERIES["list_golden_answers"], *columns(annotators, 3)
        )
        judged = {}
        for row in rows:
            standing = judge_annotator(row["answers"])
            by = standing.reinstated_by
            after = None if by is None else row["times"][by]
            judged[annotator_of(row)] = Judgement(
                standing, after, row["status"], row["trusted_after"]
            )
        standings = [judgement.standing for judgement in judged.values()]
        await self._connection.execute(
            _QUERIES["put_annotators"],
            *columns(judged, 3),
            [standing.golden_correct for standing in standings],
            [standing.golden_total for standing in standings],
            [standing.log_likelihood_ratio for standing in standings],
            [standing.status for standing in standings],
            [judgement.trusted_after for judgement in judged.values()],
        )
        return judged

    async def list_anchored_batches(self, label_ids: Collection[str]) -> dict[str, AnnotatorKey]:
        """Batch → an annotator of it whom these golden answers anchor; only where a model asks."""
        rows = await self._connection.fetch(_QUERIES["list_anchored_batches"], list(label_ids))
        return {row["batch_id"]: annotator_of(row) for row in rows}
