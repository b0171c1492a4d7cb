"""JSONL and CSV under a mapping file, good and bad."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from aidataops.events import Payload
from aidataops.events.evaluation import FailureCategory
from aidataops.harnesses import ADAPTERS, HarnessFileError, ReadOptions, TableMapping

from .telling import FIXTURES, chunks, failures, runs

TABLE = FIXTURES / "table"
MAPPING = TableMapping.load(TABLE / "mapping.yaml")

Map = Callable[[str], TableMapping]


@pytest.fixture
def load(tmp_path: Path) -> Map:
    def make(text: str) -> TableMapping:
        file = tmp_path / "mapping.yaml"
        file.write_text(text)
        return TableMapping.load(file)

    return make


def read(path: Path, mapping: TableMapping = MAPPING, **options: Any) -> list[Payload]:
    known: dict[str, Any] = {
        "project": "p",
        "table": mapping,
        "slice_fields": tuple(mapping.slices) or None,
    }
    tool = path.suffix.removeprefix(".")
    return list(ADAPTERS[tool](path, ReadOptions(**(known | options))))


def test_both_formats_tell_the_same() -> None:
    told = [read(TABLE / "samples.jsonl"), read(TABLE / "samples.csv")]
    outcomes = [chunks(events)[0].samples for events in told]
    assert outcomes[0] == outcomes[1]
    [run] = runs(told[0])
    assert (run.model, run.task, run.task_version) == ("acme/assistant-v2", "support_qa", "2")
    assert run.completed_at == datetime(2026, 11, 22, 21, 42, 32, tzinfo=UTC)
    assert (run.samples, run.errored, run.harness.name) == (5, 1, "our-evals")
    assert [s.slices["language"] for s in outcomes[0]] == ["es", "es", "en", "en", "en"]
    assert outcomes[0][0].cluster == outcomes[0][1].cluster == "support_qa@2/c1"
    assert [(f.category, f.severity) for f in failures(told[0])] == [
        (FailureCategory.COVERAGE_GAP, "high"),
        (FailureCategory.UNDER_REFUSAL, "medium"),
    ]


def test_verdict_or_score_alone_is_enough(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("id,ok,grade\n1,true,0.9\n2,false,0.2\n")
    run = {"model": "m", "task": "t", "completed_at": datetime(2026, 1, 1, tzinfo=UTC)}
    passed = TableMapping.model_validate({"run": run, "sample": {"id": "id", "passed": "ok"}})
    assert [(s.score, s.passed) for s in chunks(read(file, passed))[0].samples] == [
        (1.0, True),
        (0.0, False),
    ]
    graded = TableMapping.model_validate({"run": run, "sample": {"id": "id", "score": "grade"}})
    with pytest.raises(HarnessFileError, match=r"a\.csv:2: grade: is graded \(0\.9 .*--pass-at"):
        read(file, graded)
    assert [s.passed for s in chunks(read(file, graded, pass_at=0.5))[0].samples] == [True, False]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("sample: {id: a, passed: b, colour: c}", r"sample\.colour: Extra inputs"),
        ("sample: {passed: b}", r"sample\.id: Field required"),
        ("sample: {id: a}", r"sample: .*names neither score nor passed"),
        ("run: {dataset_version: latest}", r"run\.dataset_version.*'latest' is not NAME@N"),
        ("run: {completed_at: yesterday}", r"run\.completed_at: .*yesterday"),
        ("categories: {a=b: madness}", r"categories\.a=b: .*hallucination"),
        ("categories: {a: safety}", r"categories\.a\..*: .*pattern"),
        ("- a", r"mapping\.yaml: .*dictionary"),
        ("run: {\n  model: [", r"mapping\.yaml:2: is no YAML"),
        ("run: {model: '" + "m" * 300 + "'}", r"run\.model: .*200"),
    ],
)
def test_wrong_mapping_names_field_and_remedy(load: Map, text: str, words: str) -> None:
    with pytest.raises(HarnessFileError, match=words) as caught:
        load(text)
    assert caught.value.context["remedy"]


def test_example_that_is_printed_is_a_mapping(load: Map) -> None:
    mapping = load(TableMapping.example())
    assert mapping.sample is not None
    assert mapping.categories["kind=math"] == FailureCategory.REASONING
    assert set(yaml.safe_load(TableMapping.example())) == set(TableMapping.model_fields)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ('{"question_id": "a", "correct": true, "grade": 1}\n{"grade"', r"a\.jsonl:2: is no JSON"),
        ("[1]", r"a\.jsonl:1: is no JSON object"),
        ('{"correct": true}', r":1: question_id: is None, and samples are paired by it"),
        (
            '{"question_id": "a", "correct": "maybe"}',
            r":1: correct: is 'maybe'; write one of",
        ),
        ('{"question_id": "a", "grade": "B+"}', r":1: grade: is 'B\+'; write a number"),
        ("", "holds no sample"),
    ],
)
def test_bad_row_is_named_with_its_line(tmp_path: Path, rows: str, words: str) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text(rows)
    with pytest.raises(HarnessFileError, match=words):
        read(file, slice_fields=None)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("question_id,correct\na,true\nb\n", r"a\.csv:3: has 1 cells instead of 2"),
        ("question_id,question_id\na,b\n", r"a\.csv:1: names a column twice"),
        ('question_id,correct\na,"true\n', r"a\.csv:\d: is no CSV"),
    ],
)
def test_bad_cell_is_named_with_its_line(tmp_path: Path, rows: str, words: str) -> None:
    file = tmp_path / "a.csv"
    file.write_text(rows)
    with pytest.raises(HarnessFileError, match=words):
        read(file, slice_fields=None)


def test_what_nobody_said_has_to_be_said(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("id,ok\n1,true\n")
    sample = {"sample": {"id": "id", "passed": "ok"}}
    when: dict[str, Any] = {}
    for name, value in (
        ("completed_at", datetime(2026, 1, 1, tzinfo=UTC)),
        ("model", "m"),
        ("task", "t"),
    ):
        option = f"--{name.replace('_', '-')}"
        with pytest.raises(HarnessFileError, match=rf"run\.{name}: is said nowhere; .*{option}"):
            read(file, TableMapping.model_validate(sample), **when)
        when[name] = value
    assert len(runs(read(file, TableMapping.model_validate(sample), **when))) == 1
    with pytest.raises(HarnessFileError, match="--mapping"):
        read(file, TableMapping())
