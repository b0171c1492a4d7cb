"""When work is due: by what people can do, and said when it moves or is over."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from random import Random
from typing import Any

import pytest
from httpx import ASGITransport, AsyncClient

from aidataops.events import Payload
from aidataops.events.annotation import CapacityChanged, PoolDefined, PoolMember, Shift
from aidataops.events.feedback import (
    RemediationDelayed,
    RemediationRequested,
    RemediationScheduled,
)
from feedback_router.domain import capacity as domain
from feedback_router.domain.schedule import Waiting, line_up
from feedback_router.handlers import Routing
from feedback_router.policy_file import load_policy
from feedback_router.settings import DEFAULT_POLICY
from feedback_router.watch import Watch

from .conftest import START, Router, decision, finding, fresh, labelled, of, roles

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def monday(opens: float, closes: float) -> Shift:
    return Shift(weekday=0, opens=opens, closes=closes)


WORKING_WEEK = tuple(Shift(weekday=day, opens=9, closes=17) for day in range(5))


def pool(**more: Any) -> domain.Pool:
    given: dict[str, Any] = {
        "annotators": 2, "backlog": 400, "throughput_per_hour": 10.0, "lead_time_hours": 40.0,
        "promised_at": NOW + timedelta(weeks=1), "said_at": NOW, "shifts": WORKING_WEEK,
    } | more  # fmt: skip
    return domain.Pool(**given)


def waiting(name: str, labels: int, **more: Any) -> Waiting:
    given: dict[str, Any] = {
        "priority": 1.0, "committed": True, "wanted_at": None, "said": None,
    } | more  # fmt: skip
    return Waiting(name, labels=labels, **given)


def due(*pools: domain.Pool, queue: list[Waiting]) -> dict[str, datetime]:
    capacity = domain.capacity_of(pools)
    assert capacity is not None
    return {one.waiting.remediation_id: one.due_at for one in line_up(queue, capacity)}


@pytest.mark.parametrize(
    ("shifts", "hours"),
    [
        ((), 168),
        (WORKING_WEEK, 40),
        ((monday(9, 17), monday(13, 19), monday(10, 12)), 10),
    ],
)
def test_hours_of_a_week_count_once(shifts: tuple[Shift, ...], hours: float) -> None:
    assert domain.open_hours(shifts) == hours


def test_labels_wait_for_the_backlog_and_then_for_working_weeks() -> None:
    """400 a week after a backlog of a week: 800 labels are there after three weeks."""
    assert due(pool(), queue=[waiting("r", 800)]) == {"r": NOW + timedelta(weeks=3)}
    both = due(pool(), pool(promised_at=NOW + timedelta(weeks=2)), queue=[waiting("r", 800)])
    assert both == {"r": NOW + timedelta(weeks=3)}


def test_the_pace_is_the_measured_one_else_the_planned_one_else_what_the_lead_time_tells() -> None:
    assert pool().pace == 10
    assert pool(throughput_per_hour=None, handling_seconds=90.0).pace == 80
    assert pool(throughput_per_hour=None).pace == 10
    assert domain.capacity_of([pool(throughput_per_hour=None, lead_time_hours=None)]) is None


def test_what_a_pool_without_people_holds_falls_to_the_others() -> None:
    empty = pool(annotators=0, throughput_per_hour=None, lead_time_hours=None, promised_at=None)
    assert due(pool(), empty, queue=[waiting("r", 400)]) == {"r": NOW + timedelta(weeks=3)}


def test_approved_and_urgent_work_goes_first_and_nothing_is_due_before_it_is_wanted() -> None:
    queue = [
        waiting("asked", 400, committed=False, priority=9.0),
        waiting("late", 400, priority=1.0),
        waiting("urgent", 400, priority=5.0, wanted_at=NOW + timedelta(weeks=8)),
    ]
    expected = {
        "urgent": NOW + timedelta(weeks=8),
        "late": NOW + timedelta(weeks=3),
        "asked": NOW + timedelta(weeks=4),
    }
    for order in permutations(queue):
        assert due(pool(), queue=list(order)) == expected


def test_what_cannot_be_done_in_ten_years_gets_no_date() -> None:
    assert due(pool(throughput_per_hour=1e-9), queue=[waiting("r", 800)]) == {}


def test_a_promise_is_news_when_it_moves_by_a_day() -> None:
    capacity = domain.capacity_of([pool()])
    assert capacity is not None
    said = NOW + timedelta(weeks=3)
    for hours, news in ((0, False), (23, False), (-23, False), (24, True), (-24, True)):
        moved = replace(capacity, clear_at=capacity.clear_at + timedelta(hours=hours))
        (one,) = line_up([waiting("r", 800, said=said)], moved)
        assert one.is_news is news


def defined(revision: int = 1) -> PoolDefined:
    return PoolDefined(
        project="support", pool="default", vendor="acme-labels", revision=revision,
        members=(PoolMember(annotator="ann"),), handling_seconds=3600,
        shifts=tuple(Shift(weekday=day, opens=9, closes=17) for day in range(5)),
    )  # fmt: skip


def capacity(backlog: int, days: float) -> CapacityChanged:
    return CapacityChanged(
        project="support", pool="default", vendor="acme-labels", annotators=1, backlog=backlog,
        throughput_per_hour=1.0, promised_at=START + timedelta(days=days),
    )  # fmt: skip


def last_promises(emitted: list[Payload]) -> dict[str, RemediationScheduled]:
    return {one.remediation_id: one for one in of(RemediationScheduled, emitted)}


async def test_a_request_is_scheduled_by_capacity_and_again_when_that_changes(
    router: Router,
) -> None:
    """63 labels of new items and 36 of a cohort at 40 a week, each promise with its reason."""
    asked = await router.requested()
    emitted = await router.deliver(defined(), capacity(40, 7))
    scheduled = last_promises(emitted)
    assert scheduled.keys() == set(asked.values())
    source = scheduled[asked["source_items"]]
    wait = timedelta(weeks=(source.labels_before - 40 + 63) / 40)
    assert (source.labels, source.due_at) == (63, START + timedelta(days=7) + wait)
    assert "40 labels wait already" in source.reason
    assert "after the 2026-03-15 that the policy wants" in source.reason
    assert of(RemediationScheduled, await router.deliver(capacity(44, 7.5))) == []
    (moved, _) = of(RemediationScheduled, await router.deliver(capacity(80, 14)))
    assert moved.revision == 2


async def test_labels_that_tasks_ask_for_are_in_the_backlog_already(router: Router) -> None:
    asked = await router.requested()
    name = asked["source_items"]
    await router.deliver(defined(), decision(name))
    tasks = labelled(name, 21)
    emitted = await router.deliver(*tasks[:10], capacity(40, 7))
    assert last_promises(emitted)[name].labels == 33
    emitted = await router.deliver(*tasks[10:], capacity(400, 70))
    assert last_promises(emitted).keys() == {asked["reannotate_cohort"]}, "it waits for no label"


async def test_late_work_is_said_once_for_every_date(router: Router) -> None:
    application = router.harness.application
    watch = Watch(Routing(load_policy(DEFAULT_POLICY)), 60)

    async def look() -> dict[str, int]:
        await watch.look(application)
        told = await router.harness.fetch(
            "SELECT subject, revision FROM announcements WHERE aspect = 'overdue'"
        )
        return {row["subject"]: row["revision"] for row in told}

    router.wait(timedelta(weeks=20))
    asked = await router.requested()
    assert await look() == {}, "the policy's date was over before the work was asked for"
    await router.deliver(defined(), capacity(40, 200))
    assert await look() == {}
    router.wait(timedelta(weeks=52))
    assert await look() == dict.fromkeys(asked.values(), 1)
    assert await look() == dict.fromkeys(asked.values(), 1)
    transport = ASGITransport(application.asgi)
    async with AsyncClient(transport=transport, base_url="http://router") as client:
        listed = (await client.get("/remediations", params={"overdue": True})).json()
        assert {one["remediation_id"] for one in listed} == set(asked.values())
        assert all(one["scheduled_for"] > one["due_at"] for one in listed)
        router.wait(timedelta(hours=1))
        await router.deliver(capacity(41, 900), decision(asked["reannotate_cohort"], False))
        assert await look() == dict.fromkeys(asked.values(), 1)
        assert (await client.get("/remediations", params={"overdue": True})).json() == []
    router.wait(timedelta(weeks=99))
    assert await look() == {asked["source_items"]: 2, asked["reannotate_cohort"]: 1}


def overdue_ids(router: Router) -> list[bytes]:
    headers = [dict(record.headers) for record in router.harness.published]
    return [
        each["ce_id"] for each in headers if each["ce_type"] == RemediationDelayed.type.encode()
    ]


async def test_the_informed_are_told_what_is_late(router: Router) -> None:
    asked = await router.requested()
    people = (roles("lead", "accountable"), roles("training", "informed", notify_url="https://t/"))
    await router.deliver(*people, defined(), capacity(40, 7))
    router.wait(timedelta(weeks=52))
    for _ in range(2):
        await Watch(Routing(load_policy(DEFAULT_POLICY)), 60).look(router.harness.application)
    kept = await router.harness.fetch("SELECT person, body::jsonb ->> 'type' AS type FROM notices")
    assert [tuple(row) for row in kept] == [("training", RemediationDelayed.type)] * len(asked)


async def test_late_work_is_told_under_the_same_id_whoever_looks(router: Router) -> None:
    """Two members of the group look at once, and again after what was said is forgotten."""
    application = router.harness.application
    await router.requested()
    await router.deliver(defined(), capacity(40, 7))
    router.wait(timedelta(weeks=52))
    looks = [Watch(Routing(load_policy(DEFAULT_POLICY)), 60).look(application) for _ in range(2)]
    await asyncio.gather(*looks)
    first = overdue_ids(router)
    assert len(first) == len(set(first)) == 2
    await router.harness.fetch("DELETE FROM announcements WHERE aspect = 'overdue'")
    router.wait(timedelta(minutes=1))
    await Watch(Routing(load_policy(DEFAULT_POLICY)), 60).look(application)
    assert sorted(overdue_ids(router)) == sorted(2 * first)


async def test_any_order_of_capacity_ends_with_the_same_promise(database: str) -> None:
    """Up to the day by which a promise has to move before it is given anew."""
    told: list[Payload] = [*finding(), defined(), defined(2), capacity(40, 7), capacity(90, 16)]
    ends: list[Any] = []
    for seed in range(3):
        async with fresh(database) as router:
            deliveries = [*told, *(one.model_copy() for one in told[-4:])]
            if seed:
                Random(seed).shuffle(deliveries)
            emitted: list[Payload] = []
            for at in range(0, len(deliveries), 40):
                emitted += await router.deliver(*deliveries[at : at + 40])
            last = {name: one.due_at for name, one in last_promises(emitted).items()}
            assert len(last) == len(of(RemediationRequested, emitted)) == 2
            ends.append((await router.tables(), last))
    for tables, last in ends[1:]:
        assert tables == ends[0][0]
        assert all(abs(last[name] - ends[0][1][name]) < timedelta(days=1) for name in last)
