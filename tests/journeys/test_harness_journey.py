"""Row 31 of the mission: files that real harnesses wrote, published as their user would."""

from __future__ import annotations

import asyncio
import json
import sys
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from aidataops.events.evaluation import EvaluationFailure, EvaluationRunCompleted, SamplesScored

from .world import World, eventually, header

FIXTURES = Path(__file__).parents[2] / "shared" / "tests" / "harnesses" / "fixtures"
STORY = Path(str(resources.files("aidataops.local"))) / "story" / "lm-eval"


async def publish(world: World, project: str, tool: str, *arguments: str | Path) -> dict[str, Any]:
    """The summary that ``aidataops publish`` prints."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "aidataops.cli", "publish", tool, *map(str, arguments)),
        *("--project", project, "--json"),
        env={
            "AIDATAOPS_GATEWAY_URL": world.servers["gateway"].url,
            "AIDATAOPS_API_KEY": world.api_key,
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    summary: dict[str, Any] = json.loads(out)
    return summary


@pytest.mark.parametrize(
    ("tool", "file", "samples", "failures", "errored"),
    [
        ("lm-eval", STORY / "acme__assistant-v3", 300, 10, 0),
        ("inspect", FIXTURES / "inspect" / "assistant-v1.eval", 80, 10, 0),
        ("inspect", FIXTURES / "inspect" / "six-all-errored.eval", 6, 0, 6),
        ("promptfoo", FIXTURES / "promptfoo" / "results.json", 120, 52, 1),
        ("deepeval", FIXTURES / "deepeval" / "test_run_20261122_211203.json", 30, 2, 1),
    ],
    ids=lambda value: value.name if isinstance(value, Path) else None,
)
async def test_real_files_become_events_that_reach_the_router(
    world: World, project: str, tool: str, file: Path, samples: int, failures: int, errored: int
) -> None:
    summary = await publish(world, project, tool, file)
    told = summary["runs"]
    assert sum(run["samples"] for run in told) == samples
    assert sum(run["failures"] for run in told) == failures
    assert sum(run["errored"] for run in told) == errored
    assert summary["accepted"] == 2 * len(told) + failures
    kinds = {kind.type: kind for kind in (EvaluationRunCompleted, SamplesScored, EvaluationFailure)}
    records = [
        kinds[str(header(record, "ce_type"))].model_validate_json(record.value or b"")
        for record in await world.history(EvaluationFailure.topic)
        if header(record, "ce_source") == f"/harnesses/{tool}"
        and f'"{project}"'.encode() in (record.value or b"")
    ]
    assert len(records) == summary["accepted"]

    async def known() -> object:
        rows = await world.fetch(
            "feedback-router", "SELECT count(*) AS n FROM failures WHERE project = $1", project
        )
        return rows[0]["n"] == failures

    await eventually(known, "the router knows every failure")
    again = await publish(world, project, tool, file)
    assert (again["accepted"], again["duplicates"]) == (0, summary["accepted"])
    assert await world.requests(project) == []


async def test_regression_without_a_dataset_version_is_unattributable(
    world: World, project: str
) -> None:
    before, after = STORY / "acme__assistant-v1", STORY / "acme__assistant-v2"
    await publish(world, project, "lm-eval", before)
    summary = await publish(world, project, "lm-eval", after, "--baseline", before)
    assert summary["runs"][0]["dataset_version"] is None

    async def detected() -> object:
        return await world.get("feedback-router", "/regressions", project=project)

    found = await eventually(detected, "the router finds the regression")
    assert {one["slices"].get("domain") for one in found} >= {"returns"}
    for one in found:
        assert one["attribution"]["verdict"] == "unattributable", one
        assert one["attribution"]["dataset_after"] is None
