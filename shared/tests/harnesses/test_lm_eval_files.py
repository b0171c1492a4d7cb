"""Files of lm-evaluation-harness that are broken, missing or too many."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from aidataops.harnesses import HarnessFileError

from .conftest import Write, read, row
from .telling import runs


def test_broken_files_are_named_with_line_field_and_remedy(write: Write) -> None:
    no_hash = row(2)
    del no_hash["doc_hash"]
    cases: list[tuple[list[dict[str, Any]], dict[str, Any], str]] = [
        ([row(1), no_hash], {}, r"samples_a_.*jsonl:2: doc_hash: is missing.*0\.4\.3"),
        ([row(1, metrics=[])], {}, r"jsonl:1: metrics: names no metric.*--predict_only"),
        ([row(1)], {"date": None}, r"results_.*json: date: is None instead of seconds"),
        ([row(1)], {"configs": None}, r"json: configs: is missing.*0\.4\.3"),
        (
            [row(1)],
            {"results": {"a": {"sample_len": 2}}},
            r"1 rows under.*'none', the results say 2",
        ),
        ([row(1, doc={"domain": {"x": 1}})], {}, r"jsonl:1: doc\.domain: holds several.*--slice-f"),
        ([row(1, doc={"domain": "x" * 201})], {}, r"jsonl:1: doc\.domain: is longer than 200"),
        ([], {}, r"holds no task with samples"),
        ([row(1)], {"model_name": "m" * 201, "config": {"model_args": "m" * 201}}, r": model: "),
    ]
    for number, (rows, results, words) in enumerate(cases):
        path = write({"a": rows}, f"case-{number}", **results)
        with pytest.raises(HarnessFileError, match=words):
            read(path)


def test_files_that_are_cut_off_or_missing_are_named(write: Write, tmp_path: Path) -> None:
    path = write({"a": [row(1)]}, "cut")
    [samples] = path.glob("*/samples_*")
    samples.write_text(json.dumps(row(1)) + '\n{"doc_id": 1, "doc"')
    with pytest.raises(HarnessFileError, match=r"jsonl:2: is no JSON.*cut off"):
        read(path)
    samples.unlink()
    with pytest.raises(HarnessFileError, match="--log_samples"):
        read(path)
    [results] = path.glob("*/results_*")
    results.write_text("{")
    with pytest.raises(HarnessFileError, match=r"json: is no JSON"):
        read(path)
    for absent in (tmp_path / "nothing", tmp_path):
        results.unlink(missing_ok=True)
        with pytest.raises(HarnessFileError, match="results"):
            read(absent)


def test_directory_with_two_results_leaves_the_choice_to_its_user(write: Write) -> None:
    path = write({"a": [row(1)]})
    [results] = path.glob("*/results_*")
    shutil.copy(results, results.with_name("results_2026-11-23T00-00-00.000001.json"))
    with pytest.raises(
        HarnessFileError, match=r"holds 2 results files; name one of them: acme__m/"
    ):
        read(path)
    assert len(runs(read(results))) == 1
