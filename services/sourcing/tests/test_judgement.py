"""The verdict on an item, alone and among items of equal content."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sourcing.domain.duplicates import Rank, Standing
from sourcing.domain.gates import Hold, inspect_content
from sourcing.domain.judgement import (
    Candidate,
    KnownSource,
    Verdict,
    first_of,
    judge_alone,
    judge_among,
)

START = datetime(2026, 3, 1, tzinfo=UTC)
ALLOWED = KnownSource("support", "CC-BY-4.0", None)
FORBIDDEN = KnownSource("support", None, Hold("licence", "the licence is unknown"))


def candidate(
    item_id: str,
    text: str = "a question",
    minutes: int = 0,
    source: KnownSource | None = ALLOWED,
    released: frozenset[str] = frozenset(),
) -> Candidate:
    return Candidate(
        project="support",
        item_id=item_id,
        source_id="s",
        content=inspect_content(text, None),
        submitted_at=START + timedelta(minutes=minutes),
        source=source,
        released=released,
    )


def gates(*candidates: Candidate) -> dict[str, str]:
    """Verdicts of items of equal content that nothing else resembles."""
    first = first_of(candidates)
    standing = Standing(first.rank if first else None)
    return {one.item_id: name(judge_among(one, standing, None)) for one in candidates}


def name(verdict: Verdict) -> str:
    return verdict.hold.gate if verdict.hold else verdict.status


def test_item_of_an_unknown_source_waits() -> None:
    assert judge_alone(candidate("a", source=None)) == Verdict("pending")


def test_source_of_another_project_holds_the_item() -> None:
    foreign = replace(ALLOWED, project="other")
    assert name(judge_alone(candidate("a", source=foreign))) == "provenance"


def test_earliest_of_equal_content_is_accepted_and_the_others_are_copies() -> None:
    found = gates(candidate("a", minutes=2), candidate("b", minutes=1), candidate("c", minutes=1))
    assert found == {"a": "exact_duplicate", "b": "accepted", "c": "exact_duplicate"}


def test_copy_names_what_it_copies() -> None:
    hold = judge_among(candidate("a", minutes=2), Standing(Rank(START, "b")), None).hold
    assert hold is not None
    assert hold.evidence["duplicate_of"] == "b"


def test_item_that_fails_another_gate_makes_no_duplicate_of_a_good_one() -> None:
    found = gates(candidate("a", source=FORBIDDEN), candidate("b", minutes=5))
    assert found == {"a": "licence", "b": "accepted"}


def test_copy_of_what_is_held_as_near_duplicate_is_held_for_the_same() -> None:
    near = Hold("near_duplicate", "the text resembles that of item z")
    standing = Standing(Rank(START, "a"), "hash of z")
    assert judge_among(candidate("b", minutes=1), standing, near).hold == near


def test_release_opens_one_gate_and_no_other() -> None:
    released = frozenset({"encoding"})
    damaged = candidate("a", "caf\ufffd", released=released)
    assert name(judge_alone(damaged)) == "accepted"
    assert name(judge_alone(replace(damaged, source=FORBIDDEN))) == "licence"
    contaminated = replace(damaged, contamination=Hold("contamination", "13 words"))
    assert name(judge_alone(contaminated)) == "contamination"


def test_released_copy_is_accepted_beside_the_first() -> None:
    copy = candidate("b", minutes=1, released=frozenset({"exact_duplicate"}))
    assert gates(candidate("a"), copy) == {"a": "accepted", "b": "accepted"}


def test_item_without_anything_to_compare_is_not_released() -> None:
    empty = candidate("a", "", released=frozenset({"size", "encoding"}))
    assert name(judge_alone(empty)) == "size"
