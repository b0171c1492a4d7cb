"""What every adapter keeps, whatever the tool: one suite for all."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aidataops.client import event_key
from aidataops.events import Payload
from aidataops.harnesses import ADAPTERS, HarnessFileError, Notes, ReadOptions, TableMapping

from .telling import FIXTURES, STORY, chunks, failures, runs, samples


@dataclass(frozen=True)
class Case:
    """A tool's files, what is in them, and what it takes to read them.

    ``name`` is the file that is spoiled, ``root`` all that the tool needs.
    """

    tool: str
    root: Path
    name: str
    samples: int
    failures: int
    errored: int = 0
    options: dict[str, Any] = field(default_factory=dict)

    def read(self, path: Path | None = None, **options: Any) -> list[Payload]:
        return list(self.iterate(path, **options))

    def iterate(self, path: Path | None = None, **options: Any) -> Iterator[Payload]:
        known: dict[str, Any] = {"project": "support"} | self.options | options
        return ADAPTERS[self.tool](path or self.root, ReadOptions(**known))

    def spoil(self, directory: Path, content: bytes) -> Path:
        """The same files elsewhere, one of them with other content."""
        target = directory / self.root.name
        if self.root.is_dir():
            shutil.copytree(self.root, target, dirs_exist_ok=True)
            (target / self.name).write_bytes(content)
        else:
            target.write_bytes(content)
        return target


def attempt(events: Iterator[Payload]) -> tuple[list[Payload], HarnessFileError | None]:
    """What was told, and what ended it."""
    told = []
    try:
        for event in events:
            told.append(event)
    except HarnessFileError as error:
        return told, error
    return told, None


def mapping() -> TableMapping:
    return TableMapping.load(FIXTURES / "table" / "mapping.yaml")


def table_options() -> dict[str, Any]:
    run = mapping().run
    return {
        "table": mapping(),
        "model": run.model,
        "task": run.task,
        "completed_at": run.completed_at,
    }


LM_EVAL = STORY / "acme__assistant-v2"
LM_EVAL_ROWS = next(LM_EVAL.glob("samples_*.jsonl")).name
LM_EVAL_RESULTS = next(LM_EVAL.glob("results_*.json")).name
INSPECT, DEEPEVAL = FIXTURES / "inspect", FIXTURES / "deepeval"
RESULT = {"model": "m", "task": "toy", "completed_at": mapping().run.completed_at}
CASES = [
    Case("lm-eval", LM_EVAL, LM_EVAL_ROWS, 300, 37),
    Case("lm-eval", LM_EVAL, LM_EVAL_RESULTS, 300, 37),
    Case("inspect", INSPECT / "six.eval", "", 6, 3),
    Case("inspect", INSPECT / "six.json", "", 6, 3),
    Case("inspect", INSPECT / "six-epochs.eval", "", 18, 6, 6),
    Case("promptfoo", FIXTURES / "promptfoo" / "results.json", "", 120, 52, 1),
    Case("deepeval", DEEPEVAL / "test_run_20261122_211203.json", "", 30, 2, 1),
    Case("deepeval", DEEPEVAL / "evaluation_result_baseline.json", "", 30, 2, 1, RESULT),
    Case("jsonl", FIXTURES / "table" / "samples.jsonl", "", 5, 2, 1, table_options()),
    Case("csv", FIXTURES / "table" / "samples.csv", "", 5, 2, 1, table_options()),
]
every_tool = pytest.mark.parametrize(
    "case", CASES, ids=lambda case: f"{case.tool}-{case.name or case.root.name}"
)


def test_every_adapter_is_held_to_the_suite() -> None:
    assert {case.tool for case in CASES} == set(ADAPTERS)


@every_tool
def test_files_become_runs_told_whole(case: Case) -> None:
    events = case.read()
    told = {run.run_id: run for run in runs(events)}
    outcomes = samples(events)
    assert sum(run.samples for run in told.values()) == len(outcomes) == case.samples
    assert sum(run.errored for run in told.values()) == case.errored
    assert sum(sample.errored for sample in outcomes) == case.errored
    wrong = {
        (chunk.run_id, sample.sample_id)
        for chunk in chunks(events)
        for sample in chunk.samples
        if not sample.passed and not sample.errored
    }
    assert {(each.run_id, each.sample_id) for each in failures(events)} == wrong
    assert len(wrong) == case.failures
    for event in events:
        assert type(event).model_validate_json(event.model_dump_json()) == event
    for run_id, run in told.items():
        numbers = [chunk.chunk for chunk in chunks(events) if chunk.run_id == run_id]
        assert numbers == list(range(run.chunks))


@every_tool
def test_same_file_twice_gives_the_same_events_under_the_same_ids(
    case: Case, tmp_path: Path
) -> None:
    place = case.root / case.name if case.root.is_dir() else case.root
    elsewhere = case.spoil(tmp_path, place.read_bytes())
    first, again = case.read(), case.read(elsewhere)
    assert first == again
    ids = [event_key(event) for event in first]
    assert len(set(ids)) == len(ids)


@every_tool
def test_dataset_version_is_what_somebody_said(case: Case) -> None:
    assert {run.dataset_version for run in runs(case.read())} == {None}
    version = TableMapping.model_validate({"run": {"dataset_version": "s@3"}}).run.dataset_version
    events = case.read(dataset_version=version)
    assert {run.dataset_version for run in runs(events)} == {version}
    assert {failure.dataset_version for failure in failures(events)} == {version}


@every_tool
def test_file_cut_off_anywhere_is_named_before_anything_is_told(case: Case, tmp_path: Path) -> None:
    place = case.root / case.name if case.root.is_dir() else case.root
    whole = place.read_bytes()
    lengths = [int(len(whole) * share) for share in (0.0, 0.02, 0.3, 0.7)]
    for length in (*lengths, len(whole.rstrip()) - 4):
        told, error = attempt(case.iterate(case.spoil(tmp_path, whole[:length])))
        assert error is not None
        assert str(tmp_path) in str(error)
        assert error.context["remedy"]
        assert told == []


@every_tool
@pytest.mark.parametrize(
    "content",
    [b"\xff\xfe\x00", b"null", b"[]", b"7" * 6000, b"[" * 50_000, b'{"a":' * 50_000, b'"\xff"'],
    ids=str,
)
def test_garbage_is_a_named_error(case: Case, content: bytes, tmp_path: Path) -> None:
    with pytest.raises(HarnessFileError):
        case.read(case.spoil(tmp_path, content))


DOCUMENTS = [case for case in CASES if case.root.suffix not in {".eval", ".csv"}]


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(case=st.sampled_from(DOCUMENTS), data=st.data())
def test_document_with_any_value_replaced_is_read_or_named(
    case: Case, data: st.DataObject, tmp_path: Path
) -> None:
    """The fuzz that finds a forgotten check: somewhere stands something else, or nothing."""
    place = case.root / case.name if case.root.is_dir() else case.root
    text = place.read_text("utf-8")
    is_lines = place.suffix == ".jsonl"
    documents = [json.loads(line) for line in (text.split("\n") if is_lines else [text]) if line]
    other: object = data.draw(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3)
        | st.lists(st.integers(), max_size=2) | st.just({})
    )  # fmt: skip
    _replace(documents, data, other)
    content = "\n".join(json.dumps(one) for one in documents).encode()
    told, error = attempt(case.iterate(case.spoil(tmp_path, content)))
    assert runs(told) if error is None else (told == [] and error.context["remedy"])


def _replace(node: Any, data: st.DataObject, other: object) -> None:
    """Put ``other`` in some place at some depth."""
    while True:
        keys = list(node) if isinstance(node, dict) else list(range(len(node)))
        key = data.draw(st.sampled_from(keys))
        child = node[key]
        if not isinstance(child, dict | list) or not child or data.draw(st.integers(0, 4)) == 0:
            node[key] = other
            return
        node = child


@every_tool
def test_slice_field_that_nothing_has_is_named(case: Case) -> None:
    with pytest.raises(HarnessFileError, match="no sample has a field nonsense"):
        case.read(slice_fields=("nonsense",))


@every_tool
def test_baseline_is_a_run_of_the_same_task_or_an_error(case: Case) -> None:
    with pytest.raises(HarnessFileError, match=r"run to publish itself|one run id cannot"):
        case.read(baseline=str(case.root) if len(runs(case.read())) == 1 else "some-run")
    if len(runs(case.read())) == 1:
        assert runs(case.read(baseline="some-run"))[0].baseline_run_id == "some-run"


@every_tool
def test_results_told_again_are_runs_and_failures_of_their_own(case: Case) -> None:
    first, again = case.read(), case.read(again="billing", baseline=None)
    assert [run.run_id for run in runs(again)] == [f"{run.run_id}~billing" for run in runs(first)]
    told = {run.run_id for run in runs(again)}
    assert {chunk.run_id for chunk in chunks(again)} == told
    assert {failure.run_id for failure in failures(again)} <= told
    assert len(failures(again)) == len(failures(first))
    assert not {each.failure_id for each in failures(again)} & {
        each.failure_id for each in failures(first)
    }
    assert samples(again) == samples(first)


def test_tag_that_no_rule_maps_is_noted_and_a_rule_maps_it() -> None:
    case = next(case for case in CASES if case.tool == "deepeval")
    notes = Notes()
    events = list(ADAPTERS["deepeval"](case.root, ReadOptions(project="p"), notes))
    assert {each.category for each in failures(events)} == {"coverage_gap"}
    assert notes.unmapped["category=arith/sub"] == 1
    rules = {"category=arith/sub": "reasoning"}
    mapped = case.read(categories=TableMapping.model_validate({"categories": rules}).categories)
    assert sorted(each.category for each in failures(mapped)) == ["coverage_gap", "reasoning"]
