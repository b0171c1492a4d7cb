"""Writes and reads what lm-evaluation-harness would have written."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aidataops.events import Payload
from aidataops.harnesses import ADAPTERS, ReadOptions

DATE = "2026-11-22T21-41-14.599941"

Write = Callable[..., Path]


def read(path: Path, **options: Any) -> list[Payload]:
    return list(ADAPTERS["lm-eval"](path, ReadOptions(**({"project": "support"} | options))))


def row(number: int, **changes: Any) -> dict[str, Any]:
    """A row as lm_eval writes it."""
    return {
        "doc_id": number,
        "doc": {"question": f"q{number}", "domain": "returns"},
        "target": "2",
        "arguments": {"gen_args_0": {"arg_0": f"Q{number}", "arg_1": {"until": ["\n"]}}},
        "resps": [["2"]],
        "filtered_resps": ["2"],
        "filter": "none",
        "metrics": ["exact_match"],
        "doc_hash": f"{number:064x}",
        "prompt_hash": "0" * 64,
        "target_hash": "0" * 64,
        "exact_match": 1.0,
    } | changes


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes an output directory for tasks with rows."""

    def make(tasks: dict[str, list[dict[str, Any]]], name: str = "out", **results: Any) -> Path:
        directory = tmp_path / name / "acme__m"
        directory.mkdir(parents=True)
        content = {
            "results": {task: {"alias": task, "exact_match_stderr,none": "N/A"} for task in tasks},
            "group_subtasks": {},
            "configs": {task: {"metric_list": [{"metric": "exact_match"}]} for task in tasks},
            "versions": dict.fromkeys(tasks, 1.0),
            "higher_is_better": {task: {"exact_match": True} for task in tasks},
            "config": {"model_args": "pretrained=acme/m"},
            "date": 1795383669.4791465,
            "lm_eval_version": "0.4.13",
            "task_hashes": dict.fromkeys(tasks, "h"),
            "model_name": "acme/m",
            "total_evaluation_time_seconds": "5.126",
        } | results
        (directory / f"results_{DATE}.json").write_text(json.dumps(content))
        for task, rows in tasks.items():
            text = "".join(json.dumps(each) + "\n" for each in rows)
            (directory / f"samples_{task}_{DATE}.jsonl").write_text(text)
        return tmp_path / name

    return make
