"""A policy tried on a run's files: what it would open, by which rule, paid by whom; no service."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from feedback_router.commands.policy import app
from feedback_router.settings import DEFAULT_POLICY

from .conftest import BASELINE, COLLAPSED, samples

MAPPING = """
run: {harness: acme, metric: exact_match, task: support_qa}
sample: {id: id, passed: passed}
slices: {domain: domain, language: language}
"""
RULES = [
    {"when": {"verdict": "data", "severities": ["critical"]}, "kind": "annotate"},
    {"when": {"verdict": "data"}, "kind": "source_items", "owner": "team-a"},
    {"when": {"verdict": "data", "cohort_share_at_least": 0.2}, "kind": "reannotate_cohort"},
    {"when": {"verdict": "recipe"}, "kind": "no_data_fix"},
    {"when": {"verdict": "confounded"}, "kind": "no_data_fix"},
]
SHIPPED = {"1": "227f970f696dd8518073a2d01cd0c9d2cd4968652e605503661645455bcef3ef"}
"""Version of the shipped policy → SHA-256 of what it says besides; add one, never change one."""


def written(path: Path, wrong: dict[tuple[str, str], int], **more: Any) -> Path:
    rows = [
        {"id": one.sample_id, "passed": one.passed, **one.slices, **more} for one in samples(wrong)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "mapping.yaml").write_text(MAPPING)
    written(tmp_path / "before.jsonl", BASELINE)
    written(tmp_path / "after.jsonl", COLLAPSED)
    return tmp_path


def tried(files: Path, *more: str, run: str = "after.jsonl", **policy: Any) -> Any:
    document = yaml.safe_load(DEFAULT_POLICY.read_text()) | {"regressions": RULES} | policy
    (files / "policy.yaml").write_text(yaml.safe_dump(document))
    return CliRunner().invoke(
        app,
        [
            *("test", str(files / "policy.yaml"), "--run", str(files / run)),
            *("--project", "support", "--harness", "jsonl"),
            *("--mapping", str(files / "mapping.yaml"), "--model", "acme/v2"),
            *("--completed-at", "2026-03-01", *more),
        ],
    )  # fmt: skip


def test_each_verdict_says_what_would_be_opened_by_which_rule_and_why(files: Path) -> None:
    result = tried(files, "--baseline", str(files / "before.jsonl"), "--json")
    assert result.exit_code == 0, result.output
    answer = json.loads(result.output)
    (run,) = answer["runs"]
    assert run["standing"] == "compared"
    assert [one["slices"] for one in run["regressions"]] == [
        {"domain": "returns", "language": "es"}
    ]
    assert [(one["verdict"], one["kind"], one["rule"]) for one in answer["opened"]] == [
        ("data", "source_items", "regressions.1"),
        ("recipe", "no_data_fix", "regressions.3"),
        ("confounded", "no_data_fix", "regressions.4"),
    ]
    first = answer["opened"][0]
    assert (first["quota"], first["owner"], first["approval"]) == (21, "team-a", "accountable")
    assert "returns × es fell from 24 to 3 of 25" in first["reason"]
    assert answer["not_tried"] == ["regressions.2"]


def test_the_budget_is_shown_and_the_gate_tells_ci(files: Path) -> None:
    baseline = ("--baseline", str(files / "before.jsonl"))
    limits: dict[str, Any] = {"automatic_approval_budget": 84}
    answer = json.loads(tried(files, *baseline, "--json", **limits).output)
    assert answer["opened"][0]["approval"] == "policy"
    held = limits | {"project_budget": {"labels": 62}}
    answer = json.loads(tried(files, *baseline, "--json", **held).output)
    assert answer["opened"][0]["approval"] == "accountable"
    assert "left of the 62 labels" in answer["opened"][0]["approval_reason"]
    answer = json.loads(tried(files, *baseline, "--json", "--overlap", "2", **held).output)
    assert answer["opened"][0]["approval"] == "policy"
    assert tried(files, *baseline, "--gate").exit_code == 5
    written(files / "again.jsonl", COLLAPSED, seed=2)
    same = tried(files, "--baseline", str(files / "again.jsonl"), "--gate")
    assert same.exit_code == 0, same.output
    assert "did not get worse" in same.output


def test_a_run_without_a_baseline_opens_nothing_and_says_so(files: Path) -> None:
    result = tried(files)
    assert result.exit_code == 0, result.output
    assert "The reference run" in result.output


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (("--harness", "abacus"), 2, "abacus"),
        (("--baseline", "nowhere.jsonl"), 3, "nowhere.jsonl"),
    ],
)
def test_what_is_wrong_is_named(
    files: Path, options: tuple[str, ...], code: int, said: str
) -> None:
    result = tried(files, *options)
    assert result.exit_code == code
    assert said in result.output


def test_a_policy_that_is_wrong_is_said_before_any_file_is_read(files: Path) -> None:
    result = tried(files, run="nowhere.jsonl", project_budget={"days": 3})
    assert result.exit_code == 1
    assert "project_budget: Value error, give cost, labels or both" in result.output


def test_another_shipped_policy_has_another_version() -> None:
    document = yaml.safe_load(DEFAULT_POLICY.read_text())
    version = document.pop("version")
    digest = sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()
    assert SHIPPED[version] == digest, "give the policy a new version, and add it here"
