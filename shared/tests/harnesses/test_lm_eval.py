"""lm-evaluation-harness's files as events: real runs, and the traps of the format."""

from __future__ import annotations

import json
import math
import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from importlib import resources
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from aidataops.events import Payload
from aidataops.events.evaluation import (
    DatasetReference,
    EvaluationFailure,
    EvaluationRunCompleted,
    FailureCategory,
    SamplesScored,
)
from aidataops.harnesses import ADAPTERS, HarnessFileError, ReadOptions
from aidataops.harnesses.text import MAXIMUM_TEXT

STORY = Path(str(resources.files("aidataops.local"))) / "story" / "lm-eval"
FIXTURES = Path(__file__).parent / "fixtures"
DATE = "2026-11-22T21-41-14.599941"

Write = Callable[..., Path]


def read(path: Path, **options: Any) -> list[Payload]:
    return list(ADAPTERS["lm-eval"](path, ReadOptions(**({"project": "support"} | options))))


def runs(events: Sequence[Payload]) -> list[EvaluationRunCompleted]:
    return [event for event in events if isinstance(event, EvaluationRunCompleted)]


def chunks(events: Sequence[Payload]) -> list[SamplesScored]:
    return [event for event in events if isinstance(event, SamplesScored)]


def failures(events: Sequence[Payload]) -> list[EvaluationFailure]:
    return [event for event in events if isinstance(event, EvaluationFailure)]


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


def test_categories_follow_what_the_answer_shows() -> None:
    by_category = Counter(each.category for each in failures(read(STORY / "acme__assistant-v2")))
    assert by_category == {
        FailureCategory.UNDER_REFUSAL: 14,
        FailureCategory.COVERAGE_GAP: 14,
        FailureCategory.OVER_REFUSAL: 9,
    }
    named = read(
        STORY / "acme__assistant-v2",
        categories={"capability=policy_lookup": FailureCategory.HALLUCINATION},
    )
    assert Counter(each.category for each in failures(named)) == {
        FailureCategory.UNDER_REFUSAL: 14,
        FailureCategory.HALLUCINATION: 23,
    }
    assert {(f.slices["risk"], f.severity) for f in failures(named)} == {
        ("high", "high"),
        ("normal", "medium"),
    }


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


def test_sample_without_a_score_is_errored_and_no_failure_of_the_model(write: Write) -> None:
    path = write({"a": [row(1, exact_match=math.nan), row(2, exact_match=None), row(3)]})
    events = read(path)
    assert (runs(events)[0].samples, runs(events)[0].errored) == (3, 2)
    assert [(s.errored, s.passed) for s in chunks(events)[0].samples] == [
        (True, False),
        (True, False),
        (False, True),
    ]
    assert failures(events) == []


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

    monkeypatch.setattr("aidataops.harnesses.lm_eval.rows.json.loads", counting)
    events = ADAPTERS["lm-eval"](path, ReadOptions(project="support"))
    next(events)
    counts = []
    for _ in events:
        counts.append(parsed)
    assert all(after - before <= 500 for before, after in pairwise(counts))


def test_equal_documents_stay_two_samples_of_one_cluster(write: Write) -> None:
    path = write({"a": [row(1), row(1), row(1, exact_match=0.0)]})
    events = read(path)
    samples = chunks(events)[0].samples
    assert len({sample.sample_id for sample in samples}) == 3
    assert {sample.cluster or sample.sample_id for sample in samples} == {samples[0].sample_id}
    assert read(path) == events


def test_multiple_choice_answers_by_the_highest_likelihood(write: Write) -> None:
    likelihoods = [["-4.5", "False"], ["-1.25", "True"], ["-9.0", "False"]]
    path = write({"a": [row(1, filtered_resps=likelihoods, exact_match=0.0, target="2")]})
    [failure] = failures(read(path))
    assert (failure.actual, failure.expected) == ("1", "2")


def test_numpy_scalars_written_as_strings_are_scores(write: Write) -> None:
    path = write({"a": [row(1, exact_match="True"), row(2, exact_match="0.0")]})
    assert [sample.score for sample in chunks(read(path))[0].samples] == [1.0, 0.0]


def test_graded_metric_passes_from_where_the_user_says(write: Write) -> None:
    rows = [row(n, metrics=["rouge"], rouge=n / 4) for n in range(5)]
    path = write({"a": rows})
    with pytest.raises(HarnessFileError, match=r"jsonl:2: rouge: is graded \(0\.25 .*--pass-at"):
        read(path)
    assert [s.passed for s in chunks(read(path, pass_at=0.5))[0].samples] == [
        False,
        False,
        True,
        True,
        True,
    ]


def test_lower_is_better_where_the_harness_says_so(write: Write) -> None:
    rows = [row(n, metrics=["wer"], wer=n / 4) for n in range(3)]
    path = write({"a": rows}, higher_is_better={"a": {"wer": False}})
    passed = [s.passed for s in chunks(read(path, pass_at=0.25))[0].samples]
    assert passed == [True, True, False]


def test_first_metric_that_says_yes_or_no_decides(write: Write) -> None:
    metrics = ["f1", "bleu", "acc_norm", "acc"]
    rows = [row(n, metrics=metrics, f1=0.3, bleu=[1, 2], acc_norm=1.0, acc=0.0) for n in range(2)]
    configs = {"a": {"metric_list": [{"metric": "bleu"}, {"metric": "acc"}]}}
    path = write({"a": rows}, configs=configs)
    assert chunks(read(path))[0].metric == "acc,none"
    assert chunks(read(path, metric="acc_norm"))[0].metric == "acc_norm,none"
    with pytest.raises(HarnessFileError, match=r"'bleu'.*choose one \(--metric\) of: acc, f1"):
        read(path, metric="bleu")


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


def test_slices_are_the_fields_asked_for(write: Write) -> None:
    documents = [{"topic": "tax", "year": 2024, "domain": ""}, {"topic": None, "year": 2025}]
    path = write({"a": [row(n, doc=document) for n, document in enumerate(documents)]})
    slices = [s.slices for s in chunks(read(path, slice_fields=("topic", "year")))[0].samples]
    assert slices == [{"topic": "tax", "year": "2024"}, {"year": "2025"}]
    assert [s.slices for s in chunks(read(path))[0].samples] == [{}, {}]
    with pytest.raises(HarnessFileError, match=r"no sample has a field subject.*topic, year"):
        read(path, slice_fields=("subject",))


def test_text_no_event_can_carry_is_made_fit(write: Write) -> None:
    bad = "a\x00b\ud800c"
    long = "ü" * 200_000
    arguments = {"gen_args_0": {"arg_0": long}}
    path = write({"a": [row(1, exact_match=0.0, filtered_resps=[bad], arguments=arguments)]})
    [failure] = failures(read(path))
    assert failure.actual == "a\ufffdb\ufffdc"
    assert failure.prompt is not None
    assert MAXIMUM_TEXT < len(failure.prompt) < MAXIMUM_TEXT + 50
    assert len(failure.model_dump_json().encode()) < 1_000_000


def test_baseline_by_files_is_the_run_of_the_same_task_and_filter() -> None:
    reference = read(STORY / "acme__assistant-v1")
    [run] = runs(read(STORY / "acme__assistant-v2", baseline=str(STORY / "acme__assistant-v1")))
    assert run.baseline_run_id == runs(reference)[0].run_id
    [same] = runs(read(STORY / "acme__assistant-v2", baseline=run.baseline_run_id))
    assert same == run


def test_baseline_that_cannot_be_compared_with_is_refused(write: Write) -> None:
    one = write({"a": [row(1)], "b": [row(1)]}, "one", results=_figures("a", "b"))
    other = write({"c": [row(1)]}, "other", results=_figures("c"))
    newer = write(
        {"a": [row(1)], "b": [row(1)]},
        "newer",
        results=_figures("a", "b"),
        versions={"a": 2.0, "b": 1.0},
    )
    cases = {
        str(other): r"has no task 'a' under 'none'",
        str(newer): r"version 2.0 here and 1.0",
        str(one): r"the run to publish itself",
        "lm-eval-1234": r"2 runs, and one run id",
        "no/such/place": r"no such file",
    }
    for baseline, words in cases.items():
        with pytest.raises(HarnessFileError, match=words):
            read(one, baseline=baseline)


def _figures(*tasks: str) -> dict[str, Any]:
    return {task: {"alias": task, "exact_match,none": 1.0} for task in tasks}


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
