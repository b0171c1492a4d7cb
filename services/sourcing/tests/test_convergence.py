"""Any order, any number of times: the same state."""

from random import Random

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from aidataops.events import Payload
from sourcing.domain.briefs import open_brief

from .conftest import approved, fresh, item, source

BRIEF = open_brief(approved()).brief_id
STORY: list[tuple[int, Payload]] = [
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


@settings(
    max_examples=25,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # every example is two stories long
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.randoms(use_true_random=False), st.integers(1, len(STORY)))
async def test_state_does_not_depend_on_delivery(database: str, random: Random, size: int) -> None:
    async with fresh(database) as told:
        for minutes, payload in STORY:
            await told.deliver(told.at(minutes, payload))
        expected = await told.state()
    assert [brief["item_ids"] for brief in expected["briefs"]] == [["a", "b"]]
    async with fresh(database) as shuffled:
        records = [shuffled.at(*told) for told in STORY]
        deliveries = [*records, *random.choices(records, k=5)]
        random.shuffle(deliveries)
        for start in range(0, len(deliveries), size):
            await shuffled.deliver(*deliveries[start : start + size])
        assert await shuffled.state() == expected
        assert await shuffled.harness.dead_letters() == []
