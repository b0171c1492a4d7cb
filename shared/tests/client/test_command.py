"""``aidataops publish lm-eval`` as its user meets it."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner, Result

from aidataops.client import AsyncClient, Retry
from aidataops.client.command import app

STORY = Path(str(resources.files("aidataops.local"))) / "story" / "lm-eval"
V1, V2 = str(STORY / "acme__assistant-v1"), str(STORY / "acme__assistant-v2")
RUN_V1 = "lm-eval-2bf87caa9569e3a8862981c6"


class Gateway:
    """Stands where the command's HTTP goes; refuses what its status says."""

    def __init__(self) -> None:
        self.status = 202
        self.http = 202
        self.events: list[dict[str, Any]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        assert request.headers["authorization"] == "Bearer the-key"
        events = json.loads(request.content)
        self.events += events
        problem = {"title": "Refused", "detail": "because"}
        return httpx.Response(
            self.http,
            json=problem | {"events": [{"status": self.status, "problem": problem}] * len(events)},
        )


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Gateway:
    stand_in = Gateway()

    def client(url: str, api_key: str) -> AsyncClient:
        transport = httpx.MockTransport(stand_in)
        return AsyncClient(url, api_key, retry=Retry(2, 0.001), transport=transport)

    monkeypatch.setattr("aidataops.client.destination.AsyncClient", client)
    monkeypatch.setenv("AIDATAOPS_GATEWAY_URL", "http://gateway")
    monkeypatch.setenv("AIDATAOPS_API_KEY", "the-key")
    monkeypatch.setenv("COLUMNS", "100")
    return stand_in


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["lm-eval", *arguments])


def test_run_is_published_and_summed_up(gateway: Gateway) -> None:
    result = run(V2, "--project", "support", "--baseline", V1, "--dataset-version", "support@1")
    assert result.exit_code == 0, result.output
    assert len(gateway.events) == 39
    data = gateway.events[0]["data"]
    assert data["baseline_run_id"] == RUN_V1
    assert data["dataset_version"] == {"dataset": "support", "version": 1}
    assert {event["source"] for event in gateway.events} == {"/harnesses/lm-eval"}
    for shown in (data["run_id"], "300", "37", "accepted 39", "trace ", RUN_V1):
        assert shown in result.stdout


def test_json_for_machines(gateway: Gateway) -> None:
    result = run(V2, "--project", "support", "--json")
    summary = json.loads(result.stdout)
    assert summary["accepted"] == 39
    assert len(summary["trace_id"]) == 32
    [told] = summary["runs"]
    assert (told["samples"], told["failures"], told["errored"]) == (300, 37, 0)


def test_dry_run_sends_nothing_and_needs_no_gateway(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AIDATAOPS_GATEWAY_URL")
    result = run(V2, "--project", "support", "--dry-run")
    assert result.exit_code == 0, result.output
    assert "nothing was sent" in result.stdout
    assert gateway.events == []


def test_exit_code_tells_what_went_wrong(gateway: Gateway, tmp_path: Path) -> None:
    gateway.status = 409
    refused = run(V2, "--project", "support")
    assert refused.exit_code == 1
    assert "because" in refused.stdout
    assert "refused 39" in refused.stdout
    assert "and 19 more" in refused.stdout
    assert run(str(tmp_path), "--project", "support").exit_code == 3
    gateway.http = 401
    unauthorised = run(V2, "--project", "support")
    assert unauthorised.exit_code == 4
    assert "401 Refused: because" in unauthorised.output


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("--dataset-version", "support"), "NAME@N"),
        (("--category", "risk=high:nonsense"), "hallucination"),
        (("--category", "high:safety"), "FIELD=VALUE"),
    ],
)
def test_wrong_options_name_the_right_ones(
    gateway: Gateway, arguments: tuple[str, ...], named: str
) -> None:
    result = run(V2, "--project", "support", *arguments)
    assert result.exit_code == 2
    assert named in result.output


def test_destination_has_to_be_given(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AIDATAOPS_API_KEY")
    assert "AIDATAOPS_API_KEY" in run(V2, "--project", "support").output
    monkeypatch.delenv("AIDATAOPS_GATEWAY_URL")
    result = run(V2, "--project", "support")
    assert result.exit_code == 2
    assert "--bootstrap" in result.output


def test_half_a_security_configuration_is_refused_before_anything_is_sent(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIDATAOPS_KAFKA_SASL_PASSWORD", "canary")
    monkeypatch.delenv("AIDATAOPS_GATEWAY_URL")
    result = run(V2, "--project", "support", "--bootstrap", "127.0.0.1:9")
    assert result.exit_code == 4
    assert "SASL" in result.output
    assert "canary" not in result.output
