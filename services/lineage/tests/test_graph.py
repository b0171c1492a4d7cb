"""Claims merge the same way in whatever order they meet."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from lineage.domain.graph import (
    Claim,
    Description,
    Edge,
    Fact,
    Kind,
    Node,
    Stamp,
    first_edges,
    latest_facts,
)

ITEM, TASK = Node(Kind.ITEM, "i"), Node(Kind.TASK, "t")


def claims_of(ranks: list[tuple[int, int]]) -> list[Claim]:
    """Claims on one fact and one edge; each with a time and an id of its own."""
    return [
        Claim(
            Description(
                (Fact(ITEM, "accepted", {"claim": number}, revision),),
                (Edge(ITEM, "asked_in", TASK),),
            ),
            Stamp(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=second), f"e{number}"),
            f"trace {number}",
            f"correlation {number}",
        )
        for number, (revision, second) in enumerate(ranks)
    ]


RANKS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=6)


@given(ranks=RANKS, data=st.data())
def test_order_and_repetition_of_claims_do_not_matter(
    ranks: list[tuple[int, int]], data: st.DataObject
) -> None:
    claims = claims_of(ranks)
    shuffled = data.draw(st.permutations(claims)) + data.draw(
        st.lists(st.sampled_from(claims), max_size=3)
    )
    assert latest_facts(shuffled) == latest_facts(claims)
    assert first_edges(shuffled) == first_edges(claims)


def test_highest_revision_of_a_fact_counts_and_then_the_latest() -> None:
    (held,) = latest_facts(claims_of([(2, 1), (1, 9), (2, 3)]))
    assert held.fact.attributes == {"claim": 2}


def test_edge_keeps_the_trace_of_the_earliest_claim() -> None:
    (held,) = first_edges(claims_of([(0, 5), (0, 1), (0, 3)]))
    assert held.claim.trace_id == "trace 1"
