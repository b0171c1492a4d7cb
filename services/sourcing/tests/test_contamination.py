"""Benchmark contamination: thirteen words in a row."""

from hypothesis import given
from hypothesis import strategies as st

from aidataops.testing import ServiceHarness
from sourcing.app import create_app
from sourcing.domain.contamination import LENGTH, find_overlap, hash_texts, protected_runs

from .conftest import Sourcing, benchmark, item, source, words


def overlap(text: str, *benchmarks: str) -> dict[str, str] | None:
    hold = find_overlap(text, dict.fromkeys(protected_runs(benchmarks), "faq"))
    return None if hold is None else hold.evidence


def test_thirteen_words_in_a_row_are_found_where_they_stand() -> None:
    assert overlap(f"so, then: {words(3, 13)} and", words(0, 30)) == {
        "benchmark_id": "faq",
        "first_word": "2",
        "shared_runs": "1",
    }


def test_twelve_words_in_a_row_are_not() -> None:
    assert overlap(f"so {words(3, 12)} and more of my own words here", words(0, 30)) is None


def test_case_and_punctuation_do_not_hide_a_run() -> None:
    assert overlap(words(0, 13).upper().replace(" ", ", "), words(0, 30)) is not None


def test_short_protected_text_may_not_be_a_whole_item() -> None:
    question = "How long do I have to return an order?"
    assert overlap("how long do I have to return an order", question) is not None
    assert overlap(f"Tell me: {question}", question) is None


def test_text_without_words_is_not_contaminated() -> None:
    assert overlap("?!", "?!", "") is None


@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 30))
def test_found_exactly_when_a_run_is_long_enough(before: int, run: int, start: int) -> None:
    text = f"{words(900, before)} {words(start, run)} x1 x2 x3 x4 x5 x6 x7 x8 x9 x10 x11 x12 x13"
    assert (overlap(text, words(0, 80)) is not None) == (run >= LENGTH)


async def test_item_is_held_whichever_comes_first(sourcing: Sourcing) -> None:
    await sourcing.deliver(
        sourcing.at(0, source()),
        sourcing.at(1, item("a", f"before {words(0, 20)}")),
        sourcing.at(2, item("clean", "something else")),
        sourcing.at(3, benchmark("nothing of ours", words(5, 40))),
        sourcing.at(4, item("b", f"{words(10, 14)} after")),
    )
    assert await sourcing.statuses() == {
        "a": "contamination",
        "b": "contamination",
        "clean": "accepted",
    }


async def test_held_item_makes_room_for_what_it_held_back(sourcing: Sourcing) -> None:
    text = words(100, 60)
    await sourcing.deliver(
        sourcing.at(0, source()),
        sourcing.at(1, item("a", f"{words(0, 14)} {text}")),
        sourcing.at(2, item("b", text)),
    )
    assert await sourcing.statuses() == {"a": "accepted", "b": "near_duplicate"}
    await sourcing.deliver(sourcing.at(3, benchmark(words(0, 20))))
    assert await sourcing.statuses() == {"a": "contamination", "b": "accepted"}


async def test_chunks_of_a_benchmark_protect_one_by_one(sourcing: Sourcing) -> None:
    await sourcing.deliver(
        sourcing.at(0, source()),
        sourcing.at(1, item("a", words(0, 20))),
        sourcing.at(2, benchmark(words(500, 20), chunk=1)),
    )
    assert await sourcing.statuses() == {"a": "accepted"}
    await sourcing.deliver(sourcing.at(2, benchmark(words(0, 20), chunk=0)))
    assert await sourcing.statuses() == {"a": "contamination"}


async def test_member_knows_what_another_has_protected_since(
    sourcing: Sourcing, database: str
) -> None:
    """A further benchmark, and other texts under a name that is known."""
    async with ServiceHarness.start(create_app(), database) as harness:
        other = Sourcing(harness)
        await sourcing.deliver(sourcing.at(0, source()), sourcing.at(1, benchmark(words(0, 20))))
        for minute, (start, more) in enumerate(
            [
                (0, None),
                (500, benchmark(words(500, 20), benchmark_id="b")),
                (700, benchmark(words(700, 20), benchmark_id="b")),
            ],
            2,
        ):
            if more is not None:
                await sourcing.deliver(sourcing.at(minute, more))
            await other.deliver(other.at(minute, item(f"i{start}", words(start, 14))))
        await other.deliver(other.at(9, item("own", words(900, 14))))
        assert await other.statuses() == {
            "i0": "contamination",
            "i500": "contamination",
            "i700": "contamination",
            "own": "accepted",
        }


@given(st.lists(st.text("ab ", max_size=60), max_size=5))
def test_hashes_of_a_batch_are_those_of_its_texts(texts: list[str]) -> None:
    hashes = {int.from_bytes(each, "big", signed=True) for each in batched(hash_texts(texts))}
    assert hashes == protected_runs(texts)


def batched(hashes: bytes) -> list[bytes]:
    return [hashes[start : start + 8] for start in range(0, len(hashes), 8)]
