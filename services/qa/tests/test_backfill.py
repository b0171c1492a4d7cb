"""Backfill: the figures of the stream, counted anew, on one machine and on Spark."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from aidataops.testing.brokers import REQUIRE_VARIABLE
from aidataops.testing.harness import ServiceHarness, url_of
from qa.backfill import Count, CountBatches, backfill, in_processes
from qa.command import app
from qa.measurer import measure_all
from qa.spark import on_spark

CREW = ("acme-1", "acme-2", "bright-2")


async def fill(qa: ServiceHarness, support: Any, items: dict[str, str], batches: int = 3) -> None:
    await qa.deliver(support.defined(), support.golden_items())
    for number in range(batches):
        batch = f"b{number}"
        labels = support.labels(batch, items, CREW)
        labels[number] = labels[number].model_copy(update={"value": "unclear"})
        await qa.deliver(*support.tasks(batch, items), *labels)


async def rows_of(qa: ServiceHarness, table: str) -> list[Any]:
    return sorted(tuple(row) for row in await qa.fetch(f"SELECT * FROM {table}"))


async def streamed(qa: ServiceHarness) -> set[str]:
    await measure_all(qa.application)
    rows = await qa.fetch(
        "SELECT payload FROM findings WHERE kind = 'agreement'"
        " AND payload->>'scope' NOT IN ('batch', 'annotator_pair')"
    )
    return {json.dumps(json.loads(row["payload"]), sort_keys=True) for row in rows}


async def test_counting_anew_finds_nothing_to_correct_and_the_same_figures(
    qa: ServiceHarness, database: str, support: Any, items: dict[str, str]
) -> None:
    await fill(qa, support, items)
    found = await backfill("support", url_of(database, "qa"), map)
    assert (found.units, found.stale_units, found.wrong_tallies) == (90, 0, 0)
    figures = {json.dumps(one.model_dump(mode="json"), sort_keys=True) for one in found.agreement}
    assert figures == await streamed(qa)


async def test_what_was_never_tallied_or_is_off_is_put_right(
    qa: ServiceHarness, database: str, support: Any, items: dict[str, str]
) -> None:
    await fill(qa, support, items)
    right = await rows_of(qa, "tallies"), await rows_of(qa, "measured_units")
    await qa.fetch("DELETE FROM measured_units WHERE batch_id = 'b1'")
    await qa.fetch("DELETE FROM tallies WHERE scope = 'slice'")
    await qa.fetch("UPDATE tallies SET units = units + 3 WHERE scope = 'project'")
    url = url_of(database, "qa")
    checked = await backfill("support", url, map, correct=False)
    assert checked.stale_units == 30
    assert checked.wrong_tallies > 0
    found = await backfill("support", url, map)
    assert found == checked
    assert (await rows_of(qa, "tallies"), await rows_of(qa, "measured_units")) == right
    again = await backfill("support", url, map)
    assert (again.stale_units, again.wrong_tallies) == (0, 0)


@pytest.mark.parametrize("first", ["label", "count"])
async def test_labels_that_come_in_meanwhile_are_neither_lost_nor_counted_twice(
    qa: ServiceHarness, database: str, support: Any, items: dict[str, str], first: str
) -> None:
    """Before the counting or after it, but in either case after the snapshot that it counts on."""
    await fill(qa, support, items)
    await qa.fetch("DELETE FROM tallies")
    await qa.fetch("DELETE FROM measured_units")
    loop = asyncio.get_running_loop()
    late = support.label("b1", "item-05", "acme-1", "unclear", revision=2)

    def interrupted(counting: CountBatches, chunks: Sequence[Sequence[str]]) -> Iterator[Count]:
        counts = [counting(chunk) for chunk in chunks] if first == "count" else []
        asyncio.run_coroutine_threadsafe(qa.deliver(late), loop).result(10)
        yield from counts or map(counting, chunks)

    await backfill("support", url_of(database, "qa"), interrupted)
    after = await backfill("support", url_of(database, "qa"), map)
    assert (after.units, after.stale_units, after.wrong_tallies) == (90, 0, 0)


async def test_two_at_once_correct_once(
    qa: ServiceHarness, database: str, support: Any, items: dict[str, str]
) -> None:
    await fill(qa, support, items)
    await qa.fetch("UPDATE tallies SET units = units + 1 WHERE scope = 'project'")
    url = url_of(database, "qa")
    first, second = await asyncio.gather(
        backfill("support", url, map), backfill("support", url, map)
    )
    assert sorted([first.wrong_tallies > 0, second.wrong_tallies > 0]) == [False, True]
    assert (await backfill("support", url, map)).wrong_tallies == 0


async def test_processes_count_what_one_counts(
    qa: ServiceHarness, database: str, support: Any, items: dict[str, str]
) -> None:
    await fill(qa, support, items)
    url = url_of(database, "qa")
    with in_processes(2) as spread:
        assert await backfill("support", url, spread) == await backfill("support", url, map)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::Warning")  # pyspark uses what is deprecated
async def test_spark_counts_what_one_machine_counts_to_the_last_digit(
    qa: ServiceHarness, database: str, support: Any, items: dict[str, str]
) -> None:
    if importlib.util.find_spec("pyspark") is None and not os.environ.get(REQUIRE_VARIABLE):
        pytest.skip("Spark is not installed: `make spark` does that")
    await fill(qa, support, items)
    url = url_of(database, "qa")
    with on_spark("local[2]") as spread:
        assert await backfill("support", url, spread) == await backfill("support", url, map)


async def test_the_command_corrects_shows_and_says_when_something_is_off(
    qa: ServiceHarness, database: str, support: Any, items: dict[str, str]
) -> None:
    await fill(qa, support, items, batches=1)
    await qa.fetch("DELETE FROM tallies WHERE scope = 'slice'")
    options = ["backfill", "support", "--database-url", url_of(database, "qa"), "--workers", "1"]

    async def run(*more: str) -> Any:
        return await asyncio.to_thread(CliRunner().invoke, app, [*options, *more])

    off = await run("--check")
    assert off.exit_code == 1, off.output
    fixed = await run("--json")
    assert fixed.exit_code == 0
    shown = json.loads(fixed.stdout)
    assert shown["units"] == 30
    assert shown["wrong_tallies"] > 0
    assert {one["scope"] for one in shown["agreement"]} == {
        "project",
        "slice",
        "cohort",
        "guideline_version",
    }
    fine = await run("--check")
    assert fine.exit_code == 0
    assert "support: 30 units" in fine.output
    assert "0 tallies were off" in fine.output
    options[1] = "nothing"
    unknown = await run()
    assert (unknown.exit_code, unknown.stdout) == (2, "")
    assert "no labels" in unknown.output


def test_the_command_says_where_it_looked_for_a_database(tmp_path: Path) -> None:
    told = CliRunner().invoke(app, ["backfill", "support", "--directory", str(tmp_path)])
    assert told.exit_code == 1
    assert f"nothing runs in {tmp_path}" in told.stderr
    away = ["backfill", "support", "--database-url", "postgresql://qa@127.0.0.1:1/a"]
    told = CliRunner().invoke(app, away)
    assert told.exit_code == 1
    assert "no Postgres answers at 127.0.0.1:1 " in told.stderr
