"""``aidataops labels`` as its user meets it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner, Result

from aidataops.client import AsyncClient, Retry
from aidataops.services import PORTS
from annotation_intake.commands.labels import app
from annotation_intake.commands.tasks import app as tasks
from annotation_intake.domain.exporting import label_config

FIXTURES = Path(__file__).parents[3] / "shared" / "tests" / "vendors" / "fixtures"
PAIRWISE = FIXTURES / "label_studio_pairwise.json"
OPTIONS = (
    "--tool", "label-studio", "--vendor", "acme", "--vendor-project", "p1", "--kind", "pairwise",
    "--label-field", "pref", "--task-field", "uid", "--guideline-version", "1.0.0",
)  # fmt: skip


class Gateway:
    """Stands where the command's HTTP goes."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        events = json.loads(request.content)
        self.events += events
        return httpx.Response(202, json={"events": [{"status": 202}] * len(events)})


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Gateway:
    stand_in = Gateway()

    def client(url: str, api_key: str) -> AsyncClient:
        transport = httpx.MockTransport(stand_in)
        return AsyncClient(url, api_key, retry=Retry(2, 0.001), transport=transport)

    monkeypatch.setattr("aidataops.client.destination.AsyncClient", client)
    monkeypatch.setenv("AIDATAOPS_GATEWAY_URL", "http://gateway")
    monkeypatch.setenv("AIDATAOPS_API_KEY", "the-key")
    monkeypatch.setenv("COLUMNS", "200")
    return stand_in


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def test_file_is_imported_and_counted(gateway: Gateway) -> None:
    result = run("import", str(PAIRWISE), *OPTIONS)
    assert result.exit_code == 0, result.output
    assert "in 19, already in 0, refused 0, unreadable 0" in result.output
    assert {event["source"] for event in gateway.events} == {"/vendors/acme"}


def test_reconciling_says_what_is_left(gateway: Gateway) -> None:
    os.utime(PAIRWISE, (1_795_400_000, 1_795_400_000))
    result = run("import", str(PAIRWISE), *OPTIONS, "--reconcile", "--json")
    assert json.loads(result.output)["read"] == 20
    last = gateway.events[-1]["data"]
    assert gateway.events[-1]["type"] == "aidataops.annotation.labels_reconciled.v1"
    assert (len(last["annotation_ids"]), last["exported_at"]) == (19, "2026-11-23T02:13:20Z")


def test_unreadable_row_is_named_and_the_others_are_in(gateway: Gateway, tmp_path: Path) -> None:
    rows = json.loads(PAIRWISE.read_bytes())
    rows[0]["annotations"][0]["updated_at"] = "yesterday"
    spoiled = tmp_path / "export.json"
    spoiled.write_text(json.dumps(rows))
    result = run("import", str(spoiled), *OPTIONS)
    assert result.exit_code == 1
    assert "[0]: annotations[0].updated_at is yesterday: send a time" in result.output
    assert len(gateway.events) == 18
    result = run("import", str(spoiled), *OPTIONS, "--reconcile")
    assert result.exit_code == 2
    assert len(gateway.events) == 18


def test_dry_run_sends_nothing(gateway: Gateway) -> None:
    result = run("import", str(PAIRWISE), *OPTIONS, "--dry-run")
    assert result.exit_code == 0
    assert gateway.events == []


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((str(PAIRWISE), *OPTIONS, "--value", "left"), 2),
        ((str(PAIRWISE), "--tool", "paper", *OPTIONS[2:]), 2),
        (("nowhere.json", *OPTIONS), 3),
    ],
)
def test_wrong_use_has_its_exit_code(gateway: Gateway, arguments: Any, code: int) -> None:
    assert run("import", *arguments).exit_code == code


def test_rejections_are_shown_with_what_would_be_valid(monkeypatch: pytest.MonkeyPatch) -> None:
    rejection = {
        "vendor": "acme", "annotation_id": "a-1", "revision": 1, "field": "value",
        "value": "great", "valid": "correct, incorrect", "reason": "no category",
    }  # fmt: skip
    asked: list[Any] = []

    def answer(method: str, url: str, params: Any, **_: Any) -> httpx.Response:
        asked.append((method, url, params))
        return httpx.Response(200, json=[rejection], request=httpx.Request(method, url))

    monkeypatch.setattr("httpx.request", answer)
    monkeypatch.setenv("COLUMNS", "200")
    result = run("rejected", "--url", "http://intake", "--vendor", "acme")
    assert "correct, incorrect" in result.output
    assert asked == [("GET", "http://intake/labels/rejected", {"vendor": "acme", "limit": 50})]
    assert json.loads(run("rejected", "--url", "http://intake", "--json").output) == [rejection]


def test_nothing_runs_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PORTS, "annotation-intake", 9)
    result = run("rejected", "--directory", str(tmp_path))
    assert result.exit_code == 4
    assert "http://127.0.0.1:9: annotation-intake does not answer" in result.output


@pytest.mark.parametrize(
    ("kind", "has"),
    [
        ("categorical", 'choice="single"'),
        ("ordinal", 'choice="single"'),
        ("pairwise", '<Choice value="tie" />'),
        ("multi_label", 'choice="multiple"'),
        ("ranking", "<Ranker"),
        ("spans", '<Label value="a&lt;b" />'),
        ("text", "<TextArea"),
    ],
)
def test_label_studio_has_an_interface_for_every_kind(kind: str, has: str) -> None:
    from aidataops.events.annotation import LabelSchema

    categories = () if kind == "text" else ("a<b", "c")
    config = label_config(LabelSchema(kind=kind, categories=categories))
    assert has in config
    assert 'name="label"' in config


ASK = ("request", "support", "--vendor", "acme", "--annotator", "acme-1", "--request", "r1")
TASK = {"task_id": "t1", "tier": "tier1", "guideline_version": "1.0.0", "text": "¿Cuándo?"}
ANSWER: dict[str, Any] = {
    "project": "support",
    "annotator": "acme-1",
    "pool": "night",
    "expires_at": "2026-03-01T10:00:00Z",
    "reason": "",
    "tasks": [TASK],
}


def ask(monkeypatch: pytest.MonkeyPatch, *answers: tuple[int, Any], more: Any = ()) -> Result:
    """The command against an intake that answers so, the last time for good."""
    left = list(answers)

    def answer(method: str, url: str, **_: Any) -> httpx.Response:
        assert url == "http://intake/work/acme/r1"
        status, content = left.pop(0) if len(left) > 1 else left[0]
        return httpx.Response(status, json=content, request=httpx.Request(method, url))

    monkeypatch.setattr("httpx.request", answer)
    monkeypatch.setattr("annotation_intake.commands.tasks._POLL_SECONDS", 0.001)
    return CliRunner().invoke(tasks, [*ASK, "--url", "http://intake", *more])


def test_work_is_asked_for_and_shown(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    result = ask(monkeypatch, (404, None), (200, ANSWER), more=["--number", "3"])
    assert result.exit_code == 0, result.output
    (event,) = gateway.events
    assert event["type"] == "aidataops.annotation.work_requested.v1"
    assert (event["data"]["request_id"], event["data"]["tasks"]) == ("r1", 3)
    assert "¿Cuándo?" in result.output
    assert "until 2026-03-01T10:00:00Z, in pool night; request r1" in result.output


def test_no_work_says_why(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    nothing = ANSWER | {"tasks": [], "expires_at": None, "reason": "no more tasks are open"}
    result = ask(monkeypatch, (200, nothing))
    assert (result.exit_code, result.output.strip()) == (1, "no more tasks are open")
    shown = ask(monkeypatch, (200, nothing), more=["--json"])
    assert json.loads(shown.output)["request_id"] == "r1"


def test_answer_that_does_not_come_can_be_asked_for_again(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = ask(monkeypatch, (404, None), more=["--wait", "0.01"])
    assert result.exit_code == 4
    assert "--request r1" in result.output
