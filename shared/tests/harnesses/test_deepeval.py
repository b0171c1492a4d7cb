"""DeepEval's files, as 4.3 wrote them, and the traps of the format."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from aidataops.events import Payload
from aidataops.events.evaluation import FailureCategory
from aidataops.harnesses import ADAPTERS, HarnessFileError, ReadOptions

from .telling import FIXTURES, chunks, failures, runs, samples

TEST_RUN = FIXTURES / "deepeval" / "test_run_20261122_211203.json"
RESULT = FIXTURES / "deepeval" / "evaluation_result_baseline.json"
WHEN = datetime(2026, 11, 22, tzinfo=UTC)
SAID = {"model": "baseline", "task": "toy-baseline", "completed_at": WHEN}


def read(path: Path, **options: Any) -> list[Payload]:
    return list(ADAPTERS["deepeval"](path, ReadOptions(**({"project": "p"} | options))))


def case(name: str, *metrics: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A test case as DeepEval writes it."""
    return {"name": name, "input": "?", "actualOutput": "!", "metricsData": list(metrics)} | more


def metric(name: str, success: bool, **more: Any) -> dict[str, Any]:
    score = None if "error" in more else float(success)
    return {"name": name, "success": success, "score": score, "threshold": 0.5} | more


def write(directory: Path, *cases: dict[str, Any], **more: Any) -> Path:
    path = directory / "test_run_20261122_211203.json"
    content = {"testCases": cases, "identifier": "t", "hyperparameters": {"model": "m"}} | more
    path.write_text(json.dumps(content))
    return path


def test_both_spellings_tell_the_same_outcomes() -> None:
    outcomes = [
        {
            s.sample_id: (s.score, s.passed, s.errored)
            for chunk in chunks(events)
            for s in chunk.samples
        }
        for events in (read(TEST_RUN), read(RESULT, **SAID))
    ]
    assert outcomes[0] == outcomes[1]
    assert len(outcomes[0]) == 30
    words = [
        {(f.sample_id, f.prompt, f.expected, f.actual) for f in failures(events)}
        for events in (read(TEST_RUN), read(RESULT, **SAID))
    ]
    assert words[0] == words[1]
    assert all(actual for *_, actual in words[0])


def test_judge_that_timed_out_is_no_failure_of_the_model() -> None:
    events = read(TEST_RUN)
    assert runs(events)[0].errored == 1
    [errored] = [s for s in samples(events) if s.errored]
    assert errored.sample_id == "toy-baseline/toy-0009"
    assert errored.sample_id not in {failure.sample_id for failure in failures(events)}


def test_case_fails_although_another_metric_errored_and_flaky_ones_never_decide(
    tmp_path: Path,
) -> None:
    timeout = metric("Faithfulness", False, error="TimeoutError")
    path = write(
        tmp_path,
        case("a", metric("Bias", False), timeout),
        case("b", metric("Bias", True), timeout),
        case("c", metric("Bias", True), metric("Tone", False, flaky=True)),
    )
    events = read(path)
    [chunk] = chunks(events)
    assert [(s.passed, s.errored) for s in chunk.samples] == [
        (False, False),
        (False, True),
        (True, False),
    ]
    assert chunk.metric == "success"
    assert [failure.category for failure in failures(events)] == [FailureCategory.BIAS]
    [chunk] = chunks(read(path, metric="Faithfulness"))
    assert [s.errored for s in chunk.samples] == [True, True, True]
    with pytest.raises(HarnessFileError, match=r"no metric 'Tone'.*Bias, Faithfulness"):
        read(path, metric="Tone")


@pytest.mark.parametrize(
    ("name", "category"),
    [
        ("Faithfulness", FailureCategory.HALLUCINATION),
        ("PII Leakage", FailureCategory.PRIVACY),
        ("Tool Correctness", FailureCategory.TOOL_USE),
        ("Json Correctness", FailureCategory.FORMAT),
        ("Exact Match", FailureCategory.COVERAGE_GAP),
    ],
)
def test_failed_metric_says_what_failed(
    tmp_path: Path, name: str, category: FailureCategory
) -> None:
    [failure] = failures(read(write(tmp_path, case("a", metric(name, False)))))
    assert failure.category == category


def test_time_is_in_the_name_or_has_to_be_said(tmp_path: Path) -> None:
    assert runs(read(TEST_RUN))[0].completed_at == datetime(2026, 11, 22, 21, 12, 3, tzinfo=UTC)
    copy = tmp_path / "copy.json"
    shutil.copy(TEST_RUN, copy)
    with pytest.raises(HarnessFileError, match="--completed-at"):
        read(copy)
    shutil.copy(TEST_RUN, tmp_path / "test_run_20261399_999999.json")
    with pytest.raises(HarnessFileError, match="--completed-at"):
        read(tmp_path / "test_run_20261399_999999.json")


def test_model_and_task_are_in_the_file_or_have_to_be_said() -> None:
    with pytest.raises(HarnessFileError, match=r"hyperparameters\.model: is missing; .*--model"):
        read(RESULT, completed_at=WHEN)
    with pytest.raises(HarnessFileError, match=r"identifier: is missing; .*--task"):
        read(RESULT, completed_at=WHEN, model="m")


def test_evaluation_dataset_is_not_taken_for_the_training_one(tmp_path: Path) -> None:
    """``datasetVersion`` is that of Confident AI's evaluation dataset."""
    path = write(tmp_path, case("a", metric("Bias", True)), datasetAlias="s", datasetVersion="s@1")
    assert runs(read(path))[0].dataset_version is None
    said = {"model": "m", "dataset_version": "s@2"}
    path = write(tmp_path, case("a", metric("Bias", True)), hyperparameters=said)
    version = runs(read(path))[0].dataset_version
    assert version is not None
    assert (version.dataset, version.version) == ("s", 2)


def test_conversation_is_told_with_its_last_turn_as_the_answer(tmp_path: Path) -> None:
    turns = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "go away"}]
    talk = case("talk", metric("Role Adherence", False), turns=turns)
    events = read(write(tmp_path, conversationalTestCases=[talk]))
    [failure] = failures(events)
    assert (failure.prompt, failure.actual) == ("user: hi", "go away")
    assert failure.category == FailureCategory.INSTRUCTION_FOLLOWING
