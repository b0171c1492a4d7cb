"""``aidataops publish`` as its user meets it."""

from __future__ import annotations

import json
from collections import Counter
from importlib import resources
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest
import yaml
from typer.testing import CliRunner, Result

from aidataops.client import AsyncClient, Retry
from aidataops.client.command import app
from aidataops.harnesses import ADAPTERS, TableMapping

STORY = Path(str(resources.files("aidataops.local"))) / "story" / "lm-eval"
V1, V2 = str(STORY / "acme__assistant-v1"), str(STORY / "acme__assistant-v2")
FIXTURES = Path(__file__).parents[1] / "harnesses" / "fixtures"
RUN_V1 = "lm-eval-2bf87caa9569e3a8862981c6"


class Gateway:
    """Stands where the command's HTTP goes; refuses what its status says."""

    def __init__(self) -> None:
        self.status = 202
        self.http = 202
        self.reason = "because"
        self.events: list[dict[str, Any]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        assert request.headers["authorization"] == "Bearer the-key"
        events = json.loads(request.content)
        self.events += events
        problem = {"title": "Refused", "detail": "because"}
        reasons = [
            problem | {"detail": self.reason.format(number)} for number in range(len(events))
        ]
        verdicts = [{"status": self.status, "problem": one} for one in reasons]
        return httpx.Response(self.http, json=problem | {"events": verdicts})


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
    assert "and 38 more" in refused.stdout
    assert "published with other options" in " ".join(refused.stdout.split())
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


def test_every_harness_has_a_command_with_the_same_options() -> None:
    runner = CliRunner()
    for tool in ADAPTERS:
        shown = runner.invoke(app, [tool, "--help"], env={"COLUMNS": "200"})
        assert shown.exit_code == 0
        assert all(option in shown.output for option in ("--dry-run", "--mapping", "--json"))


@pytest.mark.parametrize(
    ("tool", "file", "categories"),
    [
        ("lm-eval", V2, {"under_refusal": 14, "coverage_gap": 14, "over_refusal": 9}),
        ("inspect", FIXTURES / "inspect" / "six.eval", {"coverage_gap": 3}),
        ("promptfoo", FIXTURES / "promptfoo" / "results.json", {"coverage_gap": 52}),
        ("deepeval", FIXTURES / "deepeval" / "test_run_20261122_211203.json", {"coverage_gap": 2}),
        ("jsonl", FIXTURES / "table" / "samples.jsonl", {"coverage_gap": 1, "under_refusal": 1}),
        ("csv", FIXTURES / "table" / "samples.csv", {"coverage_gap": 1, "under_refusal": 1}),
    ],
)
def test_dry_run_says_what_would_be_sent(
    gateway: Gateway, tool: str, file: str | Path, categories: dict[str, int]
) -> None:
    arguments = [tool, str(file), "--project", "support", "--dry-run"]
    if tool in {"jsonl", "csv"}:
        arguments += ["--mapping", str(FIXTURES / "table" / "mapping.yaml")]
    told = json.loads(CliRunner().invoke(app, [*arguments, "--json"]).stdout)
    counted = Counter[str]()
    for each in told["runs"]:
        counted.update(each["categories"])
        for attribute in {name.partition("=")[0] for name in each["slices"]}:
            parts = [
                count for name, count in each["slices"].items() if name.startswith(f"{attribute}=")
            ]
            assert sum(part["samples"] for part in parts) == each["samples"]
            assert sum(part["failures"] for part in parts) == each["failures"]
    assert counted == categories
    shown = CliRunner().invoke(app, arguments).stdout
    for words in (
        "failures by category",
        "no baseline",
        "no dataset version",
        "nothing was sent",
    ):
        assert words in shown
    assert gateway.events == []


def test_file_that_cannot_be_read_harms_no_other(gateway: Gateway, tmp_path: Path) -> None:
    broken = tmp_path / "broken.eval"
    broken.write_bytes(b"PK")
    whole = FIXTURES / "inspect" / "six.eval"
    result = CliRunner().invoke(
        app, ["inspect", str(broken), str(whole), "--project", "support", "--json"]
    )
    assert result.exit_code == 3
    told = json.loads(result.stdout)
    assert told["accepted"] == len(gateway.events) == 5
    [sentence] = told["unreadable"]
    assert str(broken) in sentence


def test_tags_that_no_rule_maps_and_runs_without_a_score_are_said(gateway: Gateway) -> None:
    results = str(FIXTURES / "promptfoo" / "results.json")
    arguments = ["promptfoo", results, "--project", "support", "--dry-run"]
    assert "category=arith/sub" in CliRunner().invoke(app, arguments).stdout
    rules = ["--category", "assertion=equals:reasoning"]
    told = json.loads(CliRunner().invoke(app, [*arguments, *rules, "--json"]).stdout)
    assert told["unmapped_tags"] == {}
    log = str(FIXTURES / "inspect" / "six-all-errored.eval")
    shown = CliRunner().invoke(app, ["inspect", log, "--project", "support", "--dry-run"]).stdout
    assert "every sample errored" in shown


def test_mapping_is_shown_as_example_and_as_schema() -> None:
    assert "sample:" in CliRunner().invoke(app, ["mapping"]).stdout
    schema = json.loads(CliRunner().invoke(app, ["mapping", "--schema"]).stdout)
    jsonschema.validate(yaml.safe_load(TableMapping.example()) | {"run": {}}, schema)


def test_option_goes_before_the_mapping_file(gateway: Gateway) -> None:
    result = CliRunner().invoke(
        app,
        [
            *("csv", str(FIXTURES / "table" / "samples.csv"), "--project", "support", "--json"),
            *("--mapping", str(FIXTURES / "table" / "mapping.yaml"), "--model", "acme/other"),
        ],
    )
    [told] = json.loads(result.stdout)["runs"]
    assert (told["model"], told["task"]) == ("acme/other", "support_qa")


def test_address_without_a_scheme_is_a_wrong_option_at_once(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIDATAOPS_GATEWAY_URL", "localhost:8080")
    result = run(V1, "--project", "support")
    assert result.exit_code == 2
    assert "'localhost:8080' is no URL" in result.output
    assert gateway.events == []


def test_what_cannot_be_read_is_told_once_and_without_an_empty_table(gateway: Gateway) -> None:
    result = run("/nowhere", "--project", "support")
    assert result.exit_code == 3
    assert result.stderr.count("/nowhere") == 1
    assert "/nowhere" not in result.stdout
    assert "samples" not in result.stdout


def test_unknown_metric_is_told_with_those_that_there_are(gateway: Gateway) -> None:
    result = run(V1, "--project", "support", "--metric", "bleu")
    assert "no metric 'bleu' with a score in every row" in result.stderr


def test_dry_run_says_that_there_are_no_slices(gateway: Gateway, tmp_path: Path) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text('{"id": "a", "passed": true}\n')
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text("sample: {id: id, passed: passed}\n")
    named = ["--model", "m", "--task", "t", "--completed-at", "2026-01-31T12:00:00Z"]
    result = CliRunner().invoke(
        app,
        ["jsonl", str(rows), "--project", "p", "--mapping", str(mapping), *named, "--dry-run"],
    )
    assert result.exit_code == 0, result.output
    assert "no slices (--slice-field FIELD)" in result.stdout


def test_refusals_for_one_reason_are_one_line(gateway: Gateway) -> None:
    gateway.status = 403
    result = run(V1, "--project", "support")
    (line,) = [line for line in result.stdout.splitlines() if line.startswith("refused (")]
    assert line.endswith(f"{RUN_V1} and {len(gateway.events) - 1} more: Refused: because")
    assert f"refused {len(gateway.events)};" in result.stdout


def test_address_of_another_service_is_told_as_such(gateway: Gateway) -> None:
    gateway.http = 404
    result = run(V1, "--project", "support")
    assert result.exit_code == 4
    assert "answers 404, so no gateway is there" in result.stderr


def test_refusals_for_many_reasons_are_cut(gateway: Gateway) -> None:
    gateway.status, gateway.reason = 409, "because of {}"
    result = run(V2, "--project", "support")
    assert result.stdout.count("refused (409)") == 20
    assert "and 19 more\n" in result.stdout
