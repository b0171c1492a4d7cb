"""Which runs the files of lm-evaluation-harness hold, real ones and the traps of the format."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from aidataops.events.evaluation import (
    DatasetReference,
    FailureCategory,
)
from aidataops.harnesses import ADAPTERS, HarnessFileError, ReadOptions

from .conftest import Write, read, row
from .telling import FIXTURES, STORY, chunks, failures, runs


@pytest.mark.parametrize(
    ("model", "right", "returns_es"), [("v1", 285, 24), ("v2", 263, 3), ("v3", 290, 24)]
)
def test_real_run_is_told_whole(model: str, right: int, returns_es: int) -> None:
    events = read(STORY / f"acme__assistant-{model}")
    [run] = runs(events)
    assert (run.model, run.task, run.task_version) == (
        f"acme/assistant-{model}",
        "support_qa",
        "2.0",
    )
    assert (run.harness.name, run.harness.version) == ("lm-evaluation-harness", "0.4.13")
    assert (run.samples, run.errored, run.chunks) == (300, 0, 1)
    assert run.metrics == {"exact_match,strict-match": right / 300}
    assert run.dataset_version is None
    samples = [sample for chunk in chunks(events) for sample in chunk.samples]
    assert sum(sample.passed for sample in samples) == right
    slice_ = [s for s in samples if (s.slices["domain"], s.slices["language"]) == ("returns", "es")]
    assert (len(slice_), sum(sample.passed for sample in slice_)) == (25, returns_es)
    wrong = failures(events)
    assert {each.sample_id for each in wrong} == {s.sample_id for s in samples if not s.passed}
    assert all(each.part_of_run and each.run_id == run.run_id for each in wrong)
    assert {each.metric for each in wrong} == {chunks(events)[0].metric}
    assert all(each.prompt and each.expected and each.actual for each in wrong)


def test_samples_of_two_runs_pair() -> None:
    first, second = (read(STORY / f"acme__assistant-{model}") for model in ("v1", "v2"))
    ids = [
        {s.sample_id for chunk in chunks(events) for s in chunk.samples}
        for events in (first, second)
    ]
    assert ids[0] == ids[1]
    assert len(ids[0]) == 300
    assert runs(first)[0].run_id != runs(second)[0].run_id
    assert not {f.failure_id for f in failures(first)} & {f.failure_id for f in failures(second)}


def test_same_files_give_the_same_events_wherever_they_lie(tmp_path: Path) -> None:
    shutil.copytree(STORY / "acme__assistant-v2", tmp_path / "elsewhere")
    [results] = (tmp_path / "elsewhere").glob("results_*.json")
    assert read(STORY / "acme__assistant-v2") == read(results) == read(tmp_path / "elsewhere")
    assert read(results) == read(tmp_path)


def test_two_filters_are_two_runs_and_no_document_counts_twice() -> None:
    events = read(FIXTURES / "two-filters")
    strict, flexible = runs(events)
    assert (strict.samples, flexible.samples) == (4, 4)
    assert strict.run_id != flexible.run_id
    assert [chunk.metric for chunk in chunks(events)] == [
        "exact_match,strict-match",
        "exact_match,flexible-extract",
    ]
    assert Counter(each.metric for each in failures(events)) == {
        "exact_match,strict-match": 2,
        "exact_match,flexible-extract": 1,
    }
    ids = [sample.sample_id for chunk in chunks(events) for sample in chunk.samples]
    assert len(set(ids)) == 8
    [only] = runs(read(FIXTURES / "two-filters", filters=("flexible-extract",)))
    assert only == flexible
    formats = [each.category for each in failures(events) if each.actual == "[invalid]"]
    assert formats == [FailureCategory.FORMAT]


def test_group_is_no_task_and_every_task_is_a_run(write: Write) -> None:
    path = write(
        {"a": [row(1)], "b": [row(1), row(2, exact_match=0.0)]},
        groups={"g": {"alias": "g", "exact_match,none": 0.75}},
        group_subtasks={"g": ["a", "b"]},
        results={
            "g": {"alias": "g", " ": " "},
            "a": {"alias": " - a", "exact_match,none": 1.0, "exact_match_stderr,none": "N/A"},
            "b": {"alias": " - b", "exact_match,none": 0.5, "exact_match_stderr,none": 0.5},
        },
    )
    events = read(path)
    assert [(run.task, run.samples) for run in runs(events)] == [("a", 1), ("b", 2)]
    assert [run.metrics for run in runs(events)] == [
        {"exact_match,none": 1.0},
        {"exact_match,none": 0.5, "exact_match_stderr,none": 0.5},
    ]
    ids = {sample.sample_id for chunk in chunks(events) for sample in chunk.samples}
    assert len(ids) == 3


def test_long_run_comes_in_chunks_that_say_how_many_there_are(write: Write) -> None:
    path = write({"a": [row(n, exact_match=float(n % 7 > 0)) for n in range(1201)]})
    events = read(path)
    [run] = runs(events)
    assert [(c.chunk, c.chunks, len(c.samples)) for c in chunks(events)] == [
        (0, 3, 500),
        (1, 3, 500),
        (2, 3, 201),
    ]
    assert run.chunks == 3
    assert len(failures(events)) == 172


def test_file_is_read_as_it_is_needed(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write({"a": [row(n) for n in range(1200)]})
    parsed = 0
    whole = json.loads

    def counting(text: Any) -> Any:
        nonlocal parsed
        parsed += 1
        return whole(text)

    monkeypatch.setattr("aidataops.harnesses.json_lines.json.loads", counting)
    events = ADAPTERS["lm-eval"](path, ReadOptions(project="support"))
    next(events)
    counts = []
    for _ in events:
        counts.append(parsed)
    assert all(after - before <= 500 for before, after in pairwise(counts))


def test_model_that_no_argument_names_has_to_be_named(write: Write) -> None:
    for number, arguments in enumerate(("", None, {}, "dtype=auto", {"dtype": "auto"})):
        config = {"model_args": arguments}
        path = write({"a": [row(1)]}, f"{number}", config=config, model_name="tmp1x2y3z")
        with pytest.raises(HarnessFileError, match=r"model_name: is 'tmp1x2y3z'.*--model"):
            read(path)
        assert runs(read(path, model="acme/m"))[0].model == "acme/m"


def test_model_arguments_may_be_an_object(write: Write) -> None:
    path = write({"a": [row(1)]}, config={"model_args": {"pretrained": "acme/m", "dtype": "auto"}})
    assert runs(read(path))[0].model == "acme/m"


def test_dataset_version_is_said_or_unknown(write: Write) -> None:
    path = write({"a": [row(1, exact_match=0.0)]})
    reference = DatasetReference(dataset="support", version=2)
    events = read(path, dataset_version=reference)
    assert {runs(events)[0].dataset_version, failures(events)[0].dataset_version} == {reference}
    assert runs(read(path))[0].dataset_version is None
