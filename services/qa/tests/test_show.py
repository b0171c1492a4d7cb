"""``aidataops qa show``: what people read of a project's quality."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner, Result

from aidataops.testing.harness import ServiceHarness
from qa.command import app
from qa.domain.proportion import wilson_interval
from qa.measurer import measure_all

from .conftest import CAREFUL

PATH = "/projects/support/quality"


@pytest.fixture
async def web(qa: ServiceHarness) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=qa.application.asgi)
    async with httpx.AsyncClient(transport=transport, base_url="http://qa") as client:
        yield client


@pytest.fixture
def command(web: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs the command against what the service answers."""
    monkeypatch.setenv("COLUMNS", "200")

    async def run(*arguments: str, **query: Any) -> Result:
        project = arguments[0]
        answer = await web.get(f"/projects/{project}/quality", params=query)
        answer.request.url = httpx.URL("http://qa")
        asked: list[tuple[str, Any]] = []

        def instead(method: str, url: str, params: Any, **_: Any) -> httpx.Response:
            asked.append((url, params))
            return answer

        monkeypatch.setattr(httpx, "request", instead)
        result = CliRunner().invoke(app, ["show", *arguments, "--url", "http://qa"])
        assert asked[0][0] == f"http://qa/projects/{project}/quality"
        assert asked[0][1].items() >= query.items()
        return result

    return run


async def fill(qa: ServiceHarness, support: Any, items: dict[str, str], crew: Any) -> None:
    await qa.deliver(
        support.defined(),
        support.golden_items(),
        *support.tasks("b1", items),
        *support.labels("b1", items, crew),
    )
    await measure_all(qa.application)


async def test_a_project_is_shown_with_every_check_and_annotator(
    qa: ServiceHarness, web: httpx.AsyncClient, support: Any, items: dict[str, str]
) -> None:
    await fill(qa, support, items, ("acme-1", "acme-2", "bright-2"))
    shown = (await web.get(PATH)).json()
    assert (shown["floor"], shown["method"], shown["standard"]) == (0.667, "majority", None)
    assert {one["scope"] for one in shown["agreements"]} == {
        "project",
        "slice",
        "cohort",
        "guideline_version",
    }
    standing = {one["annotator"]: one for one in shown["annotators"]}
    assert {name: one["status"] for name, one in standing.items()} == {
        "acme-1": "in_trial",
        "acme-2": "in_trial",
        "bright-2": "suspended",
    }
    bounds = standing["bright-2"]["wilson_lower"], standing["bright-2"]["wilson_upper"]
    assert bounds == pytest.approx(wilson_interval(3, 6))
    (batch,) = shown["batches"]
    assert (batch["batch_id"], batch["verdict"], batch["items"]) == ("b1", "released", 24)
    assert [check["name"] for check in batch["checks"]] == [
        "agreement",
        "golden_accuracy",
        "label_coverage",
    ]
    charts = {(one["scope"], one["batches"], one["alarms"]) for one in shown["charts"]}
    assert ("project", 1, False) in charts
    with_pairs = (await web.get(PATH, params={"pairs": True})).json()
    assert "annotator_pair" in {one["scope"] for one in with_pairs["agreements"]}


async def test_the_last_batches_are_shown_or_the_one_that_is_asked_for(
    qa: ServiceHarness, web: httpx.AsyncClient, support: Any, other: Any
) -> None:
    await qa.deliver(support.defined(), other.defined())
    for number, batch in enumerate(("b3", "b1", "b2")):
        work = {f"{batch}-{n}": ("correct", "unsafe")[n % 2] for n in range(4)}
        day = timedelta(days=number)
        labels = [
            one.model_copy(update={"submitted_at": one.submitted_at + day})
            for one in support.labels(batch, work, CAREFUL)
        ]
        await qa.deliver(*support.tasks(batch, work), *labels)

    async def batches(**query: Any) -> list[str]:
        shown = (await web.get(PATH, params=query)).json()
        return [one["batch_id"] for one in shown["batches"]]

    assert await batches(batches=2) == ["b2", "b1"]
    assert await batches(batch="b3") == ["b3"]
    assert await batches(batch="b9") == []
    assert (await web.get("/projects/another/quality")).json()["batches"] == []
    assert (await web.get("/projects/nobody/quality")).status_code == 404


async def test_the_command_tells_people_and_machines_the_same(
    qa: ServiceHarness, command: Any, support: Any, items: dict[str, str]
) -> None:
    labels = support.labels("b1", items, CAREFUL)
    for n, value in enumerate(("correct", "unsafe", "[bold]")):
        labels[n] = labels[n].model_copy(update={"value": value})
    await qa.deliver(support.defined(), *support.tasks("b1", items), *labels)
    await measure_all(qa.application)
    told = await command("support")
    assert told.exit_code == 0, told.output
    assert "support: categorical labels, weighed by majority; floor of agreement 0.667" in (
        told.output
    )
    for words in (
        "krippendorff_alpha_nominal",
        "guideline_version",
        "[bold] / correct",
        "released",
        "30 items, 95 % interval",
        "1 tie",
    ):
        assert words in told.output
    machine = await command("support", "--json")
    assert json.loads(machine.output)["batches"][0]["reviews"] == {"tie": 1}


async def test_the_command_says_what_is_not_there(
    qa: ServiceHarness, command: Any, support: Any
) -> None:
    await qa.deliver(support.defined())
    unknown = await command("nobody")
    assert unknown.exit_code == 3
    assert "There is no project 'nobody'." in unknown.output
    waiting = await command("support", "--batch", "b7", batch="b7")
    assert waiting.exit_code == 1
    assert "b7: no verdict yet" in waiting.output
