"""Any order, any number of times: the same tables, and the same last word."""

from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aidataops.events import Payload
from aidataops.events.evaluation import FailureCategory
from aidataops.events.feedback import RegressionDetected, RemediationRequested, RemediationVerified

from .conftest import (
    FIXED,
    RECOVERED,
    decision,
    failure,
    finding,
    fresh,
    fulfilled,
    labelled,
    of,
    published,
    released,
    run,
    samples,
    trained,
)

Story = tuple[list[Payload], dict[str, list[dict[str, object]]]]
STORY: list[Story] = []
"""The story as it was told once, for all examples."""


async def tell(database: str) -> Story:
    """The whole story in its order: every event delivered, and the tables at the end."""
    async with fresh(database) as router:
        told: list[Payload] = [
            *finding(),
            *(failure(f"f{n}", sample_id=f"returns-es-{n:02}") for n in range(6)),
            failure("p1", category=FailureCategory.PRIVACY, severity="high"),
        ]
        emitted = await router.deliver(*told)
        requests = sorted(
            of(RemediationRequested, emitted),
            key=lambda one: (one.category is FailureCategory.PRIVACY, one.kind),
        )
        asked = [one.remediation_id for one in requests]
        assert len(asked) == 4
        rest: list[Payload] = [
            decision(asked[0], False, made_by="intern"),
            *(decision(name) for name in asked),
            decision(asked[3], False, hour=9),
            *(payload for name in asked[:3] for payload in (fulfilled(name), *labelled(name))),
            *(released(name, names_it=name != asked[0]) for name in asked[:3]),
            published(*asked[1:3], batches=(f"batch-{asked[0]}",)),
            trained("v3", FIXED),
            *run("v3", samples(RECOVERED), baseline="v1", hour=5),
        ]
        emitted = await router.deliver(*rest)
        assert len(of(RemediationVerified, emitted)) == 3
        return [*told, *rest], await router.tables()


@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.randoms(use_true_random=False), st.integers(3, 80))
async def test_state_does_not_depend_on_delivery(database: str, random: Random, size: int) -> None:
    if not STORY:
        STORY.append(await tell(database))
    told, expected = STORY[0]
    async with fresh(database) as shuffled:
        deliveries = [*told, *random.choices(told, k=10)]
        random.shuffle(deliveries)
        deliveries += [one.model_copy() for one in random.choices(told, k=5)]
        emitted: list[Payload] = []
        for start in range(0, len(deliveries), size):
            emitted += await shuffled.deliver(*deliveries[start : start + size])
        assert await shuffled.tables() == expected
        assert await shuffled.harness.dead_letters() == []
        last = of(RegressionDetected, emitted)[-1]
        assert last.attribution.verdict == "data"
        assert last.revision == max(one.revision for one in of(RegressionDetected, emitted))
        requests = [one.remediation_id for one in of(RemediationRequested, emitted)]
        assert len(requests) == len(set(requests)) == 4
