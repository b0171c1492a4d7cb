"""Every gate, alone and together."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sourcing.domain.gates import (
    MAXIMUM_CHARACTERS,
    Candidate,
    KnownSource,
    inspect_content,
    judge_items,
)

START = datetime(2026, 3, 1, tzinfo=UTC)
ALLOWED = KnownSource("support", "CC-BY-4.0", None, "CC-BY-4.0")
FORBIDDEN = KnownSource("support", None, "the licence is unknown", None)


def candidate(
    item_id: str, text: str = "a question", minutes: int = 0, source: KnownSource | None = ALLOWED
) -> Candidate:
    return Candidate(
        project="support",
        item_id=item_id,
        source_id="s",
        content=inspect_content(text, None),
        submitted_at=START + timedelta(minutes=minutes),
        source=source,
    )


def judge(*candidates: Candidate) -> dict[str, tuple[str, str | None]]:
    return {
        one.item_id: (verdict.status, verdict.hold.gate if verdict.hold else None)
        for one, verdict in judge_items(candidates)
    }


@pytest.mark.parametrize("text", ["", " \n\t ", "x" * (MAXIMUM_CHARACTERS + 1)])
def test_text_out_of_bounds_is_held_by_size(text: str) -> None:
    flaw = inspect_content(text, None).flaw
    assert flaw is not None
    assert (flaw.gate, flaw.evidence["characters"]) == ("size", str(len(text)))


@pytest.mark.parametrize(("text", "found"), [("caf\ufffd", "U+FFFD"), ("a\x08b", "U+0008")])
def test_damaged_text_is_held_by_encoding(text: str, found: str) -> None:
    flaw = inspect_content(text, None).flaw
    assert flaw is not None
    assert (flaw.gate, flaw.evidence["character"]) == ("encoding", found)


def test_any_script_with_line_breaks_passes() -> None:
    assert inspect_content("¿Qué?\r\n\t返品 \u200d👩‍🚀 עברית", None).flaw is None


def test_uri_without_sha256_checksum_is_held() -> None:
    flaw = inspect_content(None, "md5:abc").flaw
    assert flaw is not None
    assert (flaw.gate, flaw.evidence) == ("encoding", {"checksum": "md5:abc"})


def test_item_of_an_unknown_source_waits() -> None:
    assert judge(candidate("a", source=None)) == {"a": ("pending", None)}


def test_source_of_another_project_holds_the_item() -> None:
    foreign = replace(ALLOWED, project="other")
    assert judge(candidate("a", source=foreign)) == {"a": ("quarantined", "provenance")}


def test_earliest_of_equal_content_is_accepted_and_the_others_name_it() -> None:
    items = [
        candidate("a", minutes=2),
        candidate("b", "A  question ", 1),
        candidate("c", minutes=1),
    ]
    items[1] = replace(items[1], content=items[0].content)
    assert judge(*items) == {
        "a": ("quarantined", "exact_duplicate"),
        "b": ("accepted", None),
        "c": ("quarantined", "exact_duplicate"),
    }
    held = {one.item_id: verdict.hold for one, verdict in judge_items(items)}["a"]
    assert held is not None
    assert held.evidence["duplicate_of"] == "b"


def test_item_that_fails_another_gate_makes_no_duplicate_of_a_good_one() -> None:
    early = candidate("a", source=FORBIDDEN)
    assert judge(early, candidate("b", minutes=5)) == {
        "a": ("quarantined", "licence"),
        "b": ("accepted", None),
    }


def test_flawed_items_are_no_duplicates_of_each_other() -> None:
    assert judge(candidate("a", ""), candidate("b", "")) == {
        "a": ("quarantined", "size"),
        "b": ("quarantined", "size"),
    }


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["one", "two"]),
            st.integers(0, 3),
            st.sampled_from([ALLOWED, FORBIDDEN, None]),
        ),
        max_size=8,
    ),
    st.randoms(use_true_random=False),
)
def test_verdicts_depend_on_the_set_only(
    drawn: list[tuple[str, int, KnownSource | None]], random: Random
) -> None:
    items = [
        candidate(f"i{number}", text, minutes, source)
        for number, (text, minutes, source) in enumerate(drawn)
    ]
    expected = judge(*items)
    random.shuffle(items)
    assert judge(*items) == expected
    for text in ("one", "two"):
        eligible = [n for n, (t, _, source) in enumerate(drawn) if t == text and source is ALLOWED]
        accepted = [n for n in eligible if expected[f"i{n}"][0] == "accepted"]
        assert len(accepted) == bool(eligible)
