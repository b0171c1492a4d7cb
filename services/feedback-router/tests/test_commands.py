"""What the program lead reads on the command line; the router's answers are the real ones."""

import json
from typing import Any

import httpx
import pytest
from httpx import ASGITransport, AsyncClient
from typer.testing import CliRunner, Result

from feedback_router.commands import regressions, remediations

from .conftest import Router, decision, finding

Answers = dict[str, httpx.Response]


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Answers:
    """By path, in place of a service that listens."""
    found: Answers = {}

    def request(_method: str, url: str, **_more: Any) -> httpx.Response:
        return found[httpx.URL(url).path]

    monkeypatch.setattr(httpx, "request", request)
    monkeypatch.setenv("COLUMNS", "120")
    return found


async def learn(router: Router, answers: Answers, *paths: str) -> None:
    transport = ASGITransport(router.harness.application.asgi)
    async with AsyncClient(transport=transport, base_url="http://router") as client:
        for path in paths:
            answers[path] = await client.get(path)


def run(app: Any, *arguments: str) -> Result:
    return CliRunner().invoke(app, [*arguments])


async def test_regression_is_shown_with_what_nobody_has_said(
    router: Router, answers: Answers
) -> None:
    await router.deliver(*finding())
    await learn(router, answers, "/regressions", "/remediations")

    shown = run(regressions.app, "list")
    (told,) = json.loads(run(regressions.app, "list", "--json").stdout)

    assert shown.exit_code == 0
    for part in ("24", "25", told["attribution"]["verdict"], told["attribution"]["sentence"]):
        assert part in shown.stdout


async def test_empty_list_of_work_says_where_to_look(router: Router, answers: Answers) -> None:
    await learn(router, answers, "/remediations")
    assert "aidataops regressions list" in run(remediations.app, "list").stdout
    assert json.loads(run(remediations.app, "list", "--json").stdout) == []


def test_unknown_state_is_a_wrong_option() -> None:
    told = run(remediations.app, "list", "--state", "done")
    assert told.exit_code == 2
    assert "verified" in told.stderr


async def test_yes_of_somebody_else_is_told_not_to_count(router: Router, answers: Answers) -> None:
    identity = (await router.requested())["source_items"]
    path = f"/remediations/{identity}"
    said = "None of these counts"

    await router.deliver(decision(identity, made_by="stranger"))
    await learn(router, answers, path)
    assert said in run(remediations.app, "show", identity).stdout

    await router.deliver(decision(identity))
    await learn(router, answers, path)
    assert said not in run(remediations.app, "show", identity).stdout
