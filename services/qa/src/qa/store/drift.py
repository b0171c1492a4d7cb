"""How far annotators agreed in batches, and the charts that watch it."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import datetime

from aidataops.database import Connection, Queries
from qa.domain.batch import Assessment
from qa.domain.drift import Chart, Score, Series, Step
from qa.store.rows import columns
from qa.store.tallies import Due, put_due

_QUERIES = Queries.load("qa")


class DriftStore:
    """Tables ``batch_scores`` and ``drift_charts``.

    Scores are written under the projects' locks, charts without them. Whoever writes scores says
    first that drift is due, whoever draws charts holds what was due: so no chart is kept that was
    drawn from other scores.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def put_scores(self, assessments: Sequence[Assessment]) -> None:
        """Keep how far annotators agreed in batches; drift is then watched anew from them on."""
        batch_ids = [one.verdict.batch_id for one in assessments]
        projects = [one.verdict.project for one in assessments]
        await put_due(self._connection, {(project, "drift", "") for project in projects})
        await self._connection.execute(
            _QUERIES["forget_charts"], projects, batch_ids, [one.ended_at for one in assessments]
        )
        await self._connection.execute(_QUERIES["drop_scores"], batch_ids)
        rows = [(one, score) for one in assessments for score in one.scores]
        await self._connection.execute(
            _QUERIES["put_scores"],
            [score.batch_id for _, score in rows],
            [one.verdict.project for one, _ in rows],
            [one.ended_at for one, _ in rows],
            [score.vendor for _, score in rows],
            [score.annotator for _, score in rows],
            [score.line for _, score in rows],
            [score.slices for _, score in rows],
            [score.agreed for _, score in rows],
            [score.judged for _, score in rows],
        )

    async def list_scores(self, project: str) -> list[Score]:
        """All of a project, in the order in which its batches ended."""
        rows = await self._connection.fetch(_QUERIES["list_scores"], project)
        return [Score(*row) for row in rows]

    async def list_new_scores(self, project: str) -> tuple[list[Score], dict[str, datetime]]:
        """Scores of the batches that no chart has seen, and when these ended."""
        rows = await self._connection.fetch(_QUERIES["list_new_scores"], project)
        ends = {row["batch_id"]: row["ended_at"] for row in rows}
        return [Score(*tuple(row)[:-1]) for row in rows], ends

    async def list_charts(self, project: str, series: Collection[Series]) -> dict[Series, Chart]:
        """Where these series stand."""
        rows = await self._connection.fetch(_QUERIES["list_charts"], project, *columns(series, 2))
        return {
            (row["scope"], row["scope_value"]): Chart(
                row["count"], row["total"], row["squares"], row["statistic"], tuple(row["rising"])
            )
            for row in rows
        }

    async def hold(self, due: Due) -> bool:
        """Whether what was due is still the same; it then stays so until the transaction ends."""
        row = await self._connection.fetchrow(_QUERIES["hold_due"], *due.key, due.revision)
        return row is not None

    async def put_charts(
        self, project: str, steps: Sequence[Step], ends: dict[str, datetime]
    ) -> None:
        """Keep charts after batches that ended at ``ends``."""
        charts = [step.chart for step in steps]
        await self._connection.execute(
            _QUERIES["put_charts"],
            project,
            *columns([(*step.series, step.batch_id) for step in steps], 3),
            [ends[step.batch_id] for step in steps],
            [chart.count for chart in charts],
            [chart.total for chart in charts],
            [chart.squares for chart in charts],
            [chart.statistic for chart in charts],
            [json.dumps(chart.rising) for chart in charts],
            [chart.alarms for chart in charts],
        )

    async def list_alarms(self, project: str) -> list[tuple[Series, str]]:
        """The alarms that stand: series and batch."""
        rows = await self._connection.fetch(_QUERIES["list_alarms"], project)
        return [((row["scope"], row["scope_value"]), row["batch_id"]) for row in rows]
