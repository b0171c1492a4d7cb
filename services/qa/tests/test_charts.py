"""Charts kept in Postgres: the same as drawn at once, whatever came late, in few reads."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from types import SimpleNamespace
from typing import Any, cast

from aidataops.messaging import Origin
from aidataops.testing.harness import ServiceHarness
from qa.app import create_app
from qa.domain.batch import Assessment
from qa.domain.drift import Score
from qa.measurer import Measurer, measure_all
from qa.store.drift import DriftStore

START = datetime(2026, 3, 1, tzinfo=UTC)


def assessed(number: int, share: float, *, hours: float = 0.0, seed: int = 0) -> Assessment:
    """A batch of two annotators, of which one agrees to this share."""
    random = Random(number * 100 + seed)
    return cast(
        "Assessment",
        SimpleNamespace(
            verdict=SimpleNamespace(project="support", batch_id=f"b{number:03}"),
            ended_at=START + timedelta(hours=number + hours),
            scores=[
                Score(
                    f"b{number:03}", "acme", who, "acme/pool", json.dumps({"lang": "de"}), right, 60
                )
                for who, chance in (("acme-1", 0.9), ("acme-2", share))
                for right in [float(sum(random.random() < chance for _ in range(60)))]
            ],
        ),
    )


async def put(qa: ServiceHarness, batches: Sequence[Assessment]) -> None:
    async with qa.application.unit_of_work(Origin.of("test")) as work:
        await DriftStore(work.connection).put_scores(batches)


async def state(qa: ServiceHarness) -> tuple[list[Any], list[Any]]:
    charts = await qa.fetch("SELECT * FROM drift_charts ORDER BY 1, 2, 3, 4, 5")
    said = await qa.fetch("SELECT subject, payload FROM findings WHERE kind = 'drift' ORDER BY 1")
    return [tuple(row) for row in charts], [tuple(row) for row in said]


async def test_late_and_changed_batches_end_in_the_charts_drawn_at_once(
    database: str, support: Any
) -> None:
    falling = [assessed(number, 0.9 if number < 30 else 0.6) for number in range(60)]
    changed = assessed(35, 0.95, seed=7)
    moved = assessed(12, 0.9, hours=30.5)
    final = [*falling[:12], moved, *falling[13:35], changed, *falling[36:]]
    async with ServiceHarness.start(create_app(), database) as qa:
        await qa.deliver(support.defined())
        await put(qa, final)
        await measure_all(qa.application)
        at_once = await state(qa)
        assert at_once[1]
        async with qa.application.pool.acquire() as connection:
            await connection.execute("DELETE FROM drift_charts")
            await connection.execute("DELETE FROM batch_scores")
            await connection.execute("DELETE FROM findings")
        for part in (
            falling[:20],
            falling[25:50],
            falling[20:25],
            falling[50:59],
            [changed],
            [moved],
            falling[59:],
        ):
            await put(qa, part)
            await measure_all(qa.application)
        assert await state(qa) == at_once


async def test_charts_from_before_a_batch_are_not_drawn_again(database: str, support: Any) -> None:
    async with ServiceHarness.start(create_app(), database) as qa:
        await qa.deliver(support.defined())
        await put(qa, [assessed(number, 0.9) for number in range(10)])
        await measure_all(qa.application)
        written = "SELECT batch_id, xmin::text FROM drift_charts ORDER BY 1, 2"
        before = [row for row in await qa.fetch(written) if row["batch_id"] < "b008"]
        await put(qa, [assessed(8, 0.5), assessed(10, 0.9)])
        await measure_all(qa.application)
        after = await qa.fetch(written)
        assert [row for row in after if row["batch_id"] < "b008"] == before
        assert {row["batch_id"] for row in after} >= {"b008", "b009", "b010"}


async def test_charts_of_scores_that_change_meanwhile_are_not_kept(
    database: str, support: Any
) -> None:
    async with ServiceHarness.start(create_app(), database) as qa:
        await qa.deliver(support.defined())
        await put(qa, [assessed(number, 0.9) for number in range(5)])
        async with qa.application.unit_of_work(Origin.of("writer")) as work:
            await DriftStore(work.connection).put_scores([assessed(2, 0.4)])
            await measure_once(qa)  # another member, which cannot see these scores yet
        assert await qa.fetch("SELECT FROM drift_charts") == []
        assert await qa.fetch("SELECT FROM due WHERE scope = 'drift'")
        await measure_all(qa.application)
        assert len(await qa.fetch("SELECT DISTINCT batch_id FROM drift_charts")) == 5


async def measure_once(qa: ServiceHarness) -> None:
    async with qa.application.unit_of_work(Origin.of("measurer")) as work:
        await Measurer(work).measure(25)
