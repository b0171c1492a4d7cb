"""Any order, any number of times: the same state."""

from random import Random
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from aidataops.events import Payload
from sourcing.domain.briefs import open_brief

from .conftest import (
    approved,
    benchmark,
    decided,
    fresh,
    item,
    policy,
    project,
    release,
    requested,
    sampled,
    source,
    task,
    weights,
    words,
)

Story = list[tuple[int, Payload]]
State = dict[str, list[dict[str, Any]]]

BRIEF = open_brief(approved()).brief_id
STORY: Story = [
    (0, source()),
    (1, source(licence="CC-BY-NC-4.0")),
    (2, source("unclear", licence=None)),
    (3, approved()),
    (4, item("a", "one", brief_id=BRIEF)),
    (5, item("b", "two", brief_id=BRIEF)),
    (6, item("c", "one ", brief_id=BRIEF)),
    (6, item("d", "three", brief_id=BRIEF)),
    (7, item("b", "four", brief_id=BRIEF, slices={"language": "en"})),
    (8, item("e", "four", source_id="unclear")),
    (9, item("f", "four")),
    (9, item("g", "four")),
    (10, item("h", "", brief_id=BRIEF)),
    (11, item("i", "five", source_id="never-seen")),
    (12, item("d", "one")),
]

POOL_BRIEF = open_brief(approved(remediation_id="r2")).brief_id
GATES: Story = [
    (0, source()),
    (1, source("shared", licence="CC-BY-SA-4.0")),
    (2, item("a", words(0))),
    (3, item("b", words(5))),  # resembles a and c, which do not resemble each other
    (4, item("c", words(10))),
    (5, item("d", words(6), source_id="shared")),
    (6, item("p", "Write to jane.doe@corp.org about the order")),
    (7, item("q", f"so: {words(500, 13)}")),
    (8, item("x", words(300), slices={"language": "de"})),
    (9, item("y", words(400), slices={"language": "de"})),
    (10, benchmark(words(500, 20))),
    (11, benchmark(words(600, 20), words(3, 14), benchmark_id="other")),
    (12, decided("approved", "shared", minutes=12)),
    (13, decided("suspended", minutes=13)),
    (14, decided("approved", minutes=14)),
    (15, decided("suspended", minutes=15, made_by="vendor")),
    (16, release("p", "personal_data")),
    (17, release("c", "near_duplicate")),
    (18, release("b", "near_duplicate", made_by="vendor")),
    (19, project("somebody")),
    (20, project("lead", revision=2)),
    (21, policy("allowed: [MIT]", version="1")),
    (22, policy("{allowed: [CC-BY-4.0], needs_approval: [CC-BY-SA-4.0]}")),
    (23, sampled({"es": 10, "de": 10})),
    (24, weights({"es": 3, "de": 1}, {"fr": 2})),
    (25, weights({}, {"de": 4, "fr": 3}, revision=2)),
    (26, sampled({"es": 1, "de": 9}, window="w2", day=40)),
    (27, sampled({"es": 2, "de": 8}, window="w2", day=40)),
    (28, task("x")),
    (29, approved(slices={"language": "de"})),
    (30, approved(remediation_id="r2", slices={}, quota=4)),
    (31, task("y")),
    (32, item("z", words(800), brief_id=POOL_BRIEF)),
    (33, requested(7.0)),
    (34, requested(2.0, "r2")),
]


IN_ORDER: dict[str, State] = {}
"""Per database, of which every test has its own."""


async def tell(database: str, records: Story, random: Random | None, size: int) -> State:
    """The state after a story, told in order one by one, or shuffled with repetitions."""
    async with fresh(database) as service:
        deliveries = [service.at(*told) for told in records]
        if random is not None:
            deliveries += random.choices(deliveries, k=5)
            random.shuffle(deliveries)
        for start in range(0, len(deliveries), size):
            await service.deliver(*deliveries[start : start + size])
        assert await service.harness.dead_letters() == []
        return await service.state()


async def tell_in_order(database: str, records: Story) -> State:
    """The state after a story as it happened; told once for all examples of a test."""
    if database not in IN_ORDER:
        IN_ORDER[database] = await tell(database, records, None, 1)
    return IN_ORDER[database]


@settings(
    max_examples=15,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # every example is a story
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.randoms(use_true_random=False), st.integers(1, len(STORY)))
async def test_state_does_not_depend_on_delivery(database: str, random: Random, size: int) -> None:
    expected = await tell_in_order(database, STORY)
    assert [brief["item_ids"] for brief in expected["briefs"]] == [["a", "b"]]
    assert await tell(database, STORY, random, size) == expected


@settings(
    max_examples=10,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.randoms(use_true_random=False), st.integers(1, len(GATES)))
async def test_gates_coverage_and_briefs_do_not_depend_on_delivery(
    database: str, random: Random, size: int
) -> None:
    expected = await tell_in_order(database, GATES)
    assert {row["item_id"]: row["gate"] for row in expected["items"]} == {
        "a": "contamination",
        "b": None,  # no longer held by a
        "c": None,  # released, though it resembles b
        "d": "near_duplicate",
        "p": None,  # released
        "q": "contamination",
        "x": None,
        "y": None,
        "z": None,
    }
    chosen = {brief["remediation_id"]: brief["item_ids"] for brief in expected["briefs"]}
    assert chosen == {"r1": ["y"], "r2": ["b", "c", "p", "z"], None: []}
    short = {brief["slices"]: brief["quota"] for brief in expected["briefs"]}
    assert (short['{"language": "de"}'], short['{"language": "fr"}']) == (2, 3)
    assert await tell(database, GATES, random, size) == expected
