"""What labels say together: by majority, by model, by review."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from qa.domain.consensus.votes import (
    Consensus,
    Label,
    NoConsensus,
    decide_by_review,
    reach_majority,
)


def labels(values: str) -> list[Label]:
    return [
        Label(f"label-{n}", "vendor", f"annotator-{n}", f"cohort-{n % 2}", value)
        for n, value in enumerate(values)
    ]


def test_a_majority_carries_its_value_with_the_lineage_of_those_who_gave_it() -> None:
    assert reach_majority(labels("abaa"), 3) == Consensus(
        "a", 0.75, ("label-0", "label-2", "label-3"), ("cohort-0", "cohort-1")
    )


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ("", "too_few_labels"),
        ("a", "too_few_labels"),
        ("ab", "tie"),
        ("abc", "tie"),
        ("aabb", "tie"),
        ("aabc", "low_confidence"),
    ],
)
def test_what_is_no_majority_is_reviewed(values: str, reason: str) -> None:
    said = reach_majority(labels(values), 3)
    assert isinstance(said, NoConsensus)
    assert said.reason == reason


def test_one_label_is_enough_where_one_was_asked_for() -> None:
    said = reach_majority(labels("a"), 1)
    assert isinstance(said, Consensus)
    assert said.confidence == 1
    assert reach_majority([], 1) == NoConsensus("too_few_labels")


def test_a_reviewer_decides_and_the_highest_tier_first() -> None:
    tier1 = labels("aab")
    reviewer = Label("review", "vendor", "reviewer", "cohort", "b", tier="tier2")
    said = decide_by_review([*tier1, reviewer])
    assert said is not None
    assert (said.value, said.method, said.label_ids) == ("b", "reviewed", ("label-2", "review"))
    expert = Label("expert", "vendor", "expert", "cohort", "c", tier="adjudication")
    said = decide_by_review([*tier1, reviewer, expert])
    assert said is not None
    assert (said.value, said.method) == ("c", "adjudicated")
    assert decide_by_review(tier1) is None


def test_of_several_reviewers_the_latest_decides() -> None:
    def review(who: str, value: str, day: int) -> Label:
        given = datetime(2026, 3, day, tzinfo=UTC)
        return Label(who, "vendor", who, "cohort", value, tier="tier2", submitted_at=given)

    reviews = [review("first", "a", 1), review("third", "c", 3), review("second", "b", 2)]
    said = decide_by_review(reviews)
    assert said is not None
    assert said.value == "c"
