"""What becomes of lm-evaluation-harness's sample rows."""

from __future__ import annotations

import math
from collections import Counter

import pytest

from aidataops.events.evaluation import (
    FailureCategory,
)
from aidataops.harnesses import ADAPTERS, HarnessFileError, ReadOptions
from aidataops.harnesses.text import MAXIMUM_TEXT

from .conftest import Write, read, row
from .telling import STORY, chunks, failures, runs


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


def test_slice_that_no_event_can_carry_is_found_before_anything_is_told(write: Write) -> None:
    rows = [*(row(number) for number in range(600)), row(600, doc={"domain": {"x": 1}})]
    events = ADAPTERS["lm-eval"](write({"a": rows}), ReadOptions(project="p"))
    with pytest.raises(HarnessFileError, match=r"jsonl:601: doc\.domain: holds several values"):
        next(events)
