"""promptfoo's results, as 0.121 wrote them, and the traps of the format."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aidataops.events import Payload
from aidataops.events.evaluation import DatasetReference, FailureCategory
from aidataops.harnesses import ADAPTERS, HarnessFileError, ReadOptions

from .telling import FIXTURES, chunks, failures, runs, samples

RESULTS = FIXTURES / "promptfoo" / "results.json"

Change = Callable[[Callable[[dict[str, Any]], object]], Path]


def read(path: Path = RESULTS, **options: Any) -> list[Payload]:
    return list(ADAPTERS["promptfoo"](path, ReadOptions(**({"project": "p"} | options))))


@pytest.fixture
def change(tmp_path: Path) -> Change:
    """Writes the results with a change."""

    def make(edit: Callable[[dict[str, Any]], object]) -> Path:
        content = json.loads(RESULTS.read_bytes())
        edit(content)
        path = tmp_path / "results.json"
        path.write_text(json.dumps(content))
        return path

    return make


def test_every_provider_is_a_run_of_its_own() -> None:
    told = {run.model: run for run in runs(read())}
    assert set(told) == {"baseline", "candidate", "echo"}
    assert {run.samples for run in told.values()} == {40}
    assert len({run.run_id for run in told.values()}) == 3
    [only] = runs(read(filters=("candidate",)))
    assert only == told["candidate"]
    with pytest.raises(HarnessFileError, match="providers are: baseline, candidate, echo"):
        read(filters=("nobody",))


def test_provider_that_failed_is_errored_and_a_failed_assertion_is_not() -> None:
    """Both have ``error`` filled."""
    [run] = runs(read(filters=("candidate",)))
    assert run.errored == 1
    wrong = failures(read(filters=("candidate",)))
    assert len(wrong) == 9
    assert all(failure.actual is not None for failure in wrong)
    assert {failure.metric for failure in wrong} == {"success"}


def test_named_scores_are_means_although_promptfoo_adds_up_weights() -> None:
    for run in runs(read()):
        assert all(0 <= value <= 1 for value in run.metrics.values()), run.metrics
    [run] = runs(read(filters=("baseline",)))
    assert run.metrics == {"success": 37 / 40, "exact": 37 / 40, "short": 1.0}


def test_samples_pair_by_the_users_id_whatever_order_they_ended_in(change: Change) -> None:
    first = read(filters=("candidate",))
    shuffled = change(lambda content: random.Random(1).shuffle(content["results"]["results"]))
    again = read(shuffled, filters=("candidate",))
    outcomes = [{s.sample_id: s.passed for s in samples(events)} for events in (first, again)]
    assert outcomes[0] == outcomes[1]
    assert all(name.rpartition("/")[2].startswith("toy-") for name in outcomes[0])
    [run] = runs(read(filters=("candidate",), baseline=runs(read(filters=("baseline",)))[0].run_id))
    assert run.baseline_run_id == runs(read())[0].run_id


def test_test_without_an_id_pairs_by_its_place(change: Change) -> None:
    def forget(content: dict[str, Any]) -> None:
        for row in content["results"]["results"]:
            del row["testCase"]["metadata"]["uid"]

    [chunk] = chunks(read(change(forget), filters=("echo",)))
    assert {s.sample_id.rpartition("/")[2] for s in chunk.samples} == {
        f"test-{number}" for number in range(40)
    }


def test_providers_answer_is_no_slice(change: Change) -> None:
    """``metadata`` of a row mixes the test's with the response's; slices have to pair."""
    with pytest.raises(HarnessFileError, match="no sample has a field region"):
        read(slice_fields=("region",))
    [chunk] = chunks(read(filters=("echo",), slice_fields=("category",)))
    assert {s.slices["category"] for s in chunk.samples} >= {"geo", "arith/add"}


@pytest.mark.parametrize(
    ("assertion", "category"),
    [
        ("is-json", FailureCategory.FORMAT),
        ("factuality", FailureCategory.HALLUCINATION),
        ("is-valid-openai-tools-call", FailureCategory.TOOL_USE),
        ("not-is-refusal", FailureCategory.OVER_REFUSAL),
        ("equals", FailureCategory.COVERAGE_GAP),
    ],
)
def test_failed_assertion_says_what_failed(
    change: Change, assertion: str, category: FailureCategory
) -> None:
    def rename(content: dict[str, Any]) -> None:
        for row in content["results"]["results"]:
            for part in (row["gradingResult"] or {}).get("componentResults", []):
                part["assertion"]["type"] = assertion

    told = failures(read(change(rename), filters=("baseline",)))
    assert {failure.category for failure in told} == {category}


def test_named_score_may_decide_instead_of_the_verdict() -> None:
    short = read(filters=("echo",), metric="short")
    assert failures(short) == []
    assert runs(short)[0].run_id != runs(read(filters=("echo",)))[0].run_id
    with pytest.raises(HarnessFileError, match=r"no named score 'tone'.*exact, short"):
        read(metric="tone")


def test_dataset_version_may_stand_in_the_configuration(change: Change) -> None:
    def say(content: dict[str, Any]) -> None:
        content["config"]["tags"]["dataset_version"] = "support-sft@4"

    assert {run.dataset_version for run in runs(read(change(say)))} == {
        DatasetReference(dataset="support-sft", version=4)
    }
    assert {run.dataset_version for run in runs(read())} == {None}


def test_run_whose_provider_always_failed_is_no_pass(change: Change) -> None:
    def fail(content: dict[str, Any]) -> None:
        for row in content["results"]["results"]:
            row.update(success=False, failureReason=2, error="529", gradingResult=None)

    events = read(change(fail))
    assert all(run.samples == run.errored == 40 for run in runs(events))
    assert failures(events) == []


def test_older_format_and_missing_names_are_said(change: Change) -> None:
    with pytest.raises(HarnessFileError, match=r"results\.version: is 2 instead of 3; write it"):
        read(change(lambda content: content["results"].update(version=2)))
    with pytest.raises(HarnessFileError, match=r"config\.description: is missing; .*--task"):
        read(change(lambda content: content["config"].pop("description")))
    with pytest.raises(HarnessFileError, match="--model would name them all alike"):
        read(model="one")
