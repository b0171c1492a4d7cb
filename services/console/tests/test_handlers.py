"""The three numbers, and that no order of events changes anything."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import asyncpg
import httpx
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aidataops.events import Payload
from aidataops.events.annotation import TaskCreated
from aidataops.events.evaluation import EvaluationFailure
from aidataops.events.feedback import (
    Attribution,
    FailuresJoined,
    FindingsDismissed,
    RegressionDetected,
)
from aidataops.events.lineage import ErasureApplied, ErasureRequested
from aidataops.events.quality import BatchReleased
from aidataops.testing import ServiceHarness, SettableClock
from console.app import create_app

Story = Mapping[str, Payload]
ZERO = {"regressions_unattributed": 0, "batches_without_agreement": 0, "findings_unrouted": 0}
TABLES = (
    "failures", "failure_routes", "dismissals", "regressions", "regression_answers",
    "remediations", "remediation_schedules", "remediation_steps", "batch_orders",
    "batch_agreements", "batch_verdicts", "annotator_standings", "golden_records",
    "dataset_versions",
)  # fmt: skip


async def numbers(http: httpx.AsyncClient) -> dict[str, int]:
    answer: dict[str, int] = (await http.get("/api/numbers")).json()
    return {name: answer[name] for name in ZERO}


async def test_closed_loop_leaves_all_three_numbers_at_zero(
    console: ServiceHarness, http: httpx.AsyncClient, story: Story
) -> None:
    await console.deliver(*story.values())
    assert await numbers(http) == ZERO


async def test_failure_counts_until_something_became_of_it(
    console: ServiceHarness, http: httpx.AsyncClient, story: Story
) -> None:
    await console.deliver(story["failure 1"], story["failure 2"])
    assert (await numbers(http))["findings_unrouted"] == 2
    await console.deliver(story["regression"])
    assert (await numbers(http))["findings_unrouted"] == 2  # a regression nobody works on yet
    await console.deliver(story["request"])
    assert (await numbers(http))["findings_unrouted"] == 1
    (left,) = (await http.get("/api/findings")).json()
    assert left["failure_id"] == "f-2"
    await console.deliver(story["dismissal"])
    assert (await numbers(http))["findings_unrouted"] == 0


async def test_failure_named_by_a_remediation_is_routed(
    console: ServiceHarness, http: httpx.AsyncClient, story: Story
) -> None:
    request = story["request"].model_copy(update={"regression_ids": (), "failure_ids": ("f-2",)})
    await console.deliver(request, story["failure 2"])
    assert (await numbers(http))["findings_unrouted"] == 0


async def test_failures_of_a_storm_are_routed_however_many_they_are(
    console: ServiceHarness, http: httpx.AsyncClient, story: Story
) -> None:
    names = tuple(f"s-{number}" for number in range(1500))
    failure, request = story["failure 2"], story["request"]
    await console.deliver(*(failure.model_copy(update={"failure_id": name}) for name in names))
    await console.deliver(
        request.model_copy(update={"regression_ids": (), "failure_ids": names[:1000]})
    )
    assert (await numbers(http))["findings_unrouted"] == 500
    later = FailuresJoined(remediation_id="m-1", project="support", failure_ids=names[1000:])
    await console.deliver(later, later)
    assert (await numbers(http))["findings_unrouted"] == 0


async def test_newer_revisions_take_failures_back(
    console: ServiceHarness, http: httpx.AsyncClient, story: Story
) -> None:
    await console.deliver(*story.values())
    dismissal, regression = story["dismissal"], story["regression"]
    assert isinstance(dismissal, FindingsDismissed)
    assert isinstance(regression, RegressionDetected)
    await console.deliver(
        dismissal.model_copy(update={"revision": 2, "failure_ids": ("other",)}),
        regression.model_copy(update={"revision": 2, "failure_ids": ()}),
    )
    assert (await numbers(http))["findings_unrouted"] == 2


async def test_only_the_newest_attribution_of_a_regression_counts(
    console: ServiceHarness, http: httpx.AsyncClient, story: Story
) -> None:
    first = story["regression"]
    assert isinstance(first, RegressionDetected)
    unknown = Attribution(verdict="unattributable", sentence="No training run is known.")
    await console.deliver(first.model_copy(update={"revision": 2, "attribution": unknown}))
    await console.deliver(first)
    assert (await numbers(http))["regressions_unattributed"] == 1
    await console.deliver(first.model_copy(update={"revision": 3}))
    assert (await numbers(http))["regressions_unattributed"] == 0


async def test_released_batch_without_a_measurement_counts(
    console: ServiceHarness, http: httpx.AsyncClient, story: Story
) -> None:
    release = story["release"]
    assert isinstance(release, BatchReleased)
    await console.deliver(release, story["block"])
    assert (await numbers(http))["batches_without_agreement"] == 1
    await console.deliver(story["agreement"])
    assert (await numbers(http))["batches_without_agreement"] == 0
    nothing = release.agreement.model_copy(update={"value": None})
    await console.deliver(release.model_copy(update={"revision": 2, "agreement": nothing}))
    assert (await numbers(http))["batches_without_agreement"] == 1
    no_variation = nothing.model_copy(update={"reason": "no_variation"})
    await console.deliver(release.model_copy(update={"revision": 3, "agreement": no_variation}))
    assert (await numbers(http))["batches_without_agreement"] == 0


async def test_lists_tell_what_needs_attention_first(
    console: ServiceHarness, http: httpx.AsyncClient, story: Story
) -> None:
    await console.deliver(*story.values())
    told = {
        name: (await http.get(f"/api/{name}")).json()
        for name in ("remediations", "batches", "annotators", "datasets", "regressions")
    }
    assert [(row["remediation_id"], row["state"]) for row in told["remediations"]] == [
        ("m-2", "requested"), ("m-1", "verified"),
    ]  # fmt: skip
    assert told["remediations"][1]["detail"] == "12% → 92%"
    states = {row["batch_id"]: (row["released"], row["value"]) for row in told["batches"]}
    assert states == {"b-1": (True, 0.842), "b-2": (False, 0.52), "b-3": (None, None)}
    assert [(row["annotator"], row["suspended"], row["correct"], row["total"])
            for row in told["annotators"]] == [("bright-2", True, 2, 5)]  # fmt: skip
    assert told["datasets"][0]["parents"] == ["support@1"]
    assert told["regressions"][0]["remediation_ids"] == ["m-1", "m-2"]


async def state_after(
    database: str, story: Story, order: Sequence[int], size: int
) -> Mapping[str, Sequence[Any]]:
    """Every table after the story was delivered in an order, ``size`` events at a time."""
    application = create_app()
    clock = SettableClock()
    application.clock = clock
    async with ServiceHarness.start(application, database) as console:
        records = []
        for name, payload in story.items():
            clock.advance(timedelta(seconds=1))
            records.append(console.record(payload, event_id=str(uuid5(NAMESPACE_URL, name))))
        for start in range(0, len(order), size):
            batch = order[start : start + size]
            await console.deliver_records(*(records[position] for position in batch))
        assert await console.dead_letters() == []
        state = {
            table: sorted(tuple(row) for row in await console.fetch(f"SELECT * FROM {table}"))
            for table in TABLES
        }
    owner = await asyncpg.connect(database)
    await owner.execute("DROP SCHEMA console CASCADE")
    await owner.close()
    return state


def revised(story: Story) -> Story:
    """The story with some things said again, otherwise."""
    regression, release, failure = story["regression"], story["release"], story["failure 1"]
    assert isinstance(failure, EvaluationFailure)
    again: Callable[..., Payload] = lambda one, **changes: one.model_copy(update=changes)  # noqa: E731
    return {
        **story,
        "regression 2": again(regression, revision=2, failure_ids=("f-1", "f-9")),
        "joined": FailuresJoined(remediation_id="m-1", project="support", failure_ids=("f-7",)),
        "release 2": again(release, revision=2, batch_id="b-2"),
        "agreement 2": again(story["agreement"], verdict="inconclusive"),
        "golden 2": again(story["golden"], golden_total=6, golden_correct=3),
    }


@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data(), size=st.integers(1, 9))
def test_order_and_repetition_of_events_do_not_matter(
    database: str, story: Story, data: st.DataObject, size: int
) -> None:
    told = revised(story)
    places = range(len(told))
    order = data.draw(st.permutations(places))
    repeated = data.draw(st.lists(st.sampled_from(places), max_size=5))
    expected = asyncio.run(state_after(database, told, places, len(told)))
    assert asyncio.run(state_after(database, told, [*order, *repeated], size)) == expected


async def test_dead_letter_about_an_erased_item_goes(console: ServiceHarness, story: Story) -> None:
    task = next(each for each in story.values() if isinstance(each, TaskCreated))
    record = console.record(task)
    bad = record.value.replace(b'"batch_id"', b'"bench_id"')
    await console.deliver_records(console.raw(record.topic, b"k", bad, record.headers))
    assert len(await console.dead_letters()) == 1
    erasure = ErasureRequested(subject="s", project="support", item_ids=(task.item_id,))
    (part,) = await console.deliver(erasure)
    assert isinstance(part, ErasureApplied)
    assert (part.service, part.dead_letters) == ("console", 1)
    assert await console.dead_letters() == []
