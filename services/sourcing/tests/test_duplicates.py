"""Which of the contents that resemble each other are in."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from sourcing.domain.duplicates import ContentKey, Rank, Standing, affected, settle

START = datetime(2026, 3, 1, tzinfo=UTC)


def key(name: str) -> ContentKey:
    return "support", name


def rank(minutes: int, name: str = "") -> Rank:
    return Rank(START + timedelta(minutes=minutes), name)


def incrementally(
    ranks: dict[str, Rank | None], edges: set[frozenset[str]], order: list[str]
) -> dict[ContentKey, Standing]:
    """What the service does: contents come one by one, each change goes as far as it matters."""
    neighbours = {
        key(one): {key(other) for other in ranks if frozenset((one, other)) in edges}
        for one in ranks
    }
    stored: dict[ContentKey, Standing] = {}
    for name in order:
        fresh = {key(name)}
        before = {each: stored.get(each, Standing()) for each in fresh}
        opened: set[ContentKey] = set()
        while fresh:
            opened |= fresh
            before |= {each: stored.get(each, Standing()) for each in fresh}
            known = {each: one for each, one in stored.items() if each not in opened}
            settled = settle(
                {each: ranks[each[1]] for each in opened},
                (),
                known,
                neighbours,
                lambda one, other: True,
            )
            changed = {
                each: (before[each], one) for each, one in settled.items() if before[each] != one
            }
            fresh = affected(changed, known, neighbours) - opened
        stored |= settled
    return stored


def test_chain_keeps_both_ends() -> None:
    ranks: dict[str, Rank | None] = {"a": rank(0), "b": rank(1), "c": rank(2)}
    edges = {frozenset("ab"), frozenset("bc")}
    for order in permutations(ranks):
        found = incrementally(ranks, edges, list(order))
        assert {name[1]: one.held_by for name, one in found.items()} == {
            "a": None,
            "b": "a",
            "c": None,
        }


def test_similarity_below_the_threshold_holds_nothing() -> None:
    firsts = {key("a"): rank(0), key("b"): rank(1)}
    neighbours = {key("b"): {key("a")}}
    settled = settle(firsts, (), {}, neighbours, lambda one, other: False)
    assert all(standing.accepted for standing in settled.values())


def test_released_content_is_accepted_and_holds_later_ones() -> None:
    firsts = {key("a"): rank(0), key("b"): rank(1), key("c"): rank(2)}
    neighbours = {key("b"): {key("a")}, key("c"): {key("b")}}
    settled = settle(firsts, {key("b")}, {}, neighbours, lambda one, other: True)
    assert settled[key("b")].accepted
    assert settled[key("c")].held_by == "b"


def test_content_without_an_eligible_item_holds_nothing_back() -> None:
    firsts = {key("a"): None, key("b"): rank(1)}
    settled = settle(firsts, (), {}, {key("b"): {key("a")}}, lambda one, other: True)
    assert settled[key("b")].accepted


NAMES = "abcdef"


@given(
    st.lists(st.one_of(st.none(), st.integers(0, 3)), min_size=6, max_size=6),
    st.sets(st.sampled_from([frozenset((x, y)) for x in NAMES for y in NAMES if x < y])),
    st.permutations(list(NAMES)),
    st.lists(st.sampled_from(NAMES), max_size=4),
)
def test_any_order_ends_in_the_one_fixed_set(
    minutes: list[int | None], edges: set[frozenset[str]], order: list[str], again: list[str]
) -> None:
    ranks = {
        name: None if minute is None else rank(minute, name)
        for name, minute in zip(NAMES, minutes, strict=True)
    }
    found = incrementally(ranks, edges, order + again)
    accepted = {name[1] for name, one in found.items() if one.accepted}
    for name, standing in ((name[1], one) for name, one in found.items()):
        mine = ranks[name]
        holders = [
            (other_rank, other)
            for other, other_rank in ranks.items()
            if mine is not None
            and other_rank is not None
            and other in accepted
            and frozenset((name, other)) in edges
            and other_rank < mine
        ]
        assert standing.held_by == (min(holders)[1] if holders else None)
