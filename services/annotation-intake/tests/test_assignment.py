"""Work that is asked for, through the running service."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from random import Random
from typing import Any

import httpx
import pytest

from aidataops.events import Payload
from aidataops.events.annotation import (
    PoolDefined,
    PoolMember,
    TaskAssigned,
    TaskRequeued,
    WorkRequested,
)
from aidataops.messaging import Origin
from aidataops.testing import SettableClock
from annotation_intake.assignment import Assignment
from annotation_intake.domain.identity import task_of

from .conftest import (
    BATCH,
    START,
    Intake,
    accepted_of,
    brief,
    fresh,
    golden,
    item,
    label,
    project,
    rejected_of,
    review,
    suspended,
    tasks_of,
)

PEOPLE = ("ann", "bob", "cyd", "dan", "eve")


def pool(*members: str, **more: Any) -> PoolDefined:
    facts: dict[str, Any] = {"project": "support", "pool": "night", "vendor": "acme-labels"}
    people = tuple(PoolMember(annotator=name) for name in members)
    return PoolDefined(**facts | {"members": people} | more)


def request(annotator: str = "ann", name: str = "r1", **more: Any) -> WorkRequested:
    facts: dict[str, Any] = {"project": "support", "vendor": "acme-labels"}
    return WorkRequested(request_id=name, annotator=annotator, **facts | more)


def answers_of(emitted: Sequence[Payload]) -> list[TaskAssigned]:
    return [one for one in emitted if isinstance(one, TaskAssigned)]


class Desk:
    """The service, a clock that stands still, and how to ask it for work."""

    def __init__(self, intake: Intake) -> None:
        self.intake = intake
        self.clock = SettableClock(START + timedelta(hours=1))
        application = intake.harness.application
        application.clock = self.clock
        intake.harness._processor = application.create_processor(application.publisher)

    async def ask(self, *requests: WorkRequested) -> list[TaskAssigned]:
        return answers_of(await self.intake.harness.deliver(*requests))

    async def one(self, *arguments: Any, **more: Any) -> TaskAssigned:
        (answer,) = await self.ask(request(*arguments, **more))
        return answer

    async def sweep(self, later: timedelta = timedelta()) -> list[TaskRequeued]:
        self.clock.advance(later)
        async with self.intake.harness.application.unit_of_work(Origin.of("sweep")) as work:
            await Assignment(work).requeue()
            return [one for one in work.payloads if isinstance(one, TaskRequeued)]


async def at_work(
    intake: Intake, *items: str, pools: Sequence[PoolDefined] = (), **more: Any
) -> Desk:
    facts: dict[str, Any] = {"golden_rate": 0.0, "overlap": 2}
    await intake.deliver(*(intake.at(*told) for told in project(**facts | more)))
    desk = Desk(intake)
    await intake.deliver(*(intake.at(3, one) for one in pools or (pool(*PEOPLE),)))
    await intake.deliver(*(intake.at(3, item(name)) for name in items))
    await intake.deliver(intake.at(4, brief(*items)))
    return desk


async def test_request_is_answered_with_tasks_until_a_time(intake: Intake) -> None:
    desk = await at_work(intake, "a", "b", assignment_seconds=600)
    answer = await desk.one(tasks=1)
    assert (answer.annotator, answer.pool, answer.reason) == ("ann", "night", "")
    assert set(answer.task_ids) < {task_of(BATCH, "a"), task_of(BATCH, "b")}
    assert answer.expires_at == desk.clock.now() + timedelta(minutes=10)


async def test_request_sent_again_gets_nothing_more(intake: Intake) -> None:
    desk = await at_work(intake, "a", "b")
    asked = request(tasks=1)
    assert len(await desk.ask(asked, request(tasks=2))) == 1
    assert await desk.ask(asked) == []
    assert await desk.ask(request(tasks=2)) == []
    (row,) = await intake.harness.fetch("SELECT count(*) FROM assignments")
    assert row["count"] == 1


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"project": "elsewhere"}, "project: elsewhere is not defined"),
        ({"annotator": "stranger"}, "stranger of acme-labels is a member of no such pool"),
        ({"vendor": "brightlabel"}, "ann of brightlabel is a member of no such pool"),
        ({"pool": "day"}, "no such pool"),
    ],
)
async def test_who_may_not_is_told_why(intake: Intake, more: dict[str, Any], field: str) -> None:
    desk = await at_work(intake, "a")
    answer = await desk.one(**{"annotator": "ann"} | more)
    assert (answer.task_ids, answer.expires_at) == ((), None)
    assert field in answer.reason


async def test_member_who_left_the_pool_gets_nothing(intake: Intake) -> None:
    desk = await at_work(intake, "a", pools=[pool("ann"), pool("bob", revision=2)])
    assert "no such pool" in (await desk.one("ann")).reason
    assert (await desk.one("bob", "r2")).task_ids


async def test_nobody_gets_more_than_the_overlap_leaves(intake: Intake) -> None:
    desk = await at_work(intake, "a", overlap=2)
    await intake.send(label("zoe"))
    answers = await desk.ask(*(request(name, name) for name in PEOPLE))
    assert [len(one.task_ids) for one in answers] == [1, 0, 0, 0, 0]
    assert "no more tasks" in answers[1].reason
    again = await desk.one("bob", "again")
    assert again.task_ids == ()


async def test_nobody_gets_what_they_labelled_or_have(intake: Intake) -> None:
    desk = await at_work(intake, "a", "b", "c", overlap=5)
    await intake.send(label("ann", "a"), label("ann", "b", value="no category"))
    first = await desk.one("ann", tasks=9)
    assert first.task_ids == (task_of(BATCH, "c"),)
    assert (await desk.one("ann", "r2", tasks=9)).task_ids == ()


async def test_skills_choose_the_tasks(intake: Intake) -> None:
    members = (
        PoolMember(annotator="ann", skills=("refunds",)),
        PoolMember(annotator="bob", skills=("returns", "refunds")),
    )
    desk = await at_work(intake, "a", pools=[pool(members=members)])
    assert (await desk.one("ann")).task_ids == ()
    assert len((await desk.one("bob", "r2")).task_ids) == 1


async def test_nobody_reviews_their_own_item(intake: Intake) -> None:
    """Whoever labelled it at tier 1 or has it there, whatever QA says of whom to exclude."""
    desk = await at_work(intake, "a", overlap=3, review=True)
    await intake.send(label("ann"), label("bob"))
    assert len((await desk.one("cyd", "r0", tier="tier1")).task_ids) == 1
    await intake.deliver(intake.at(20, review("a", "bob")))
    for name in ("ann", "bob", "cyd"):
        assert (await desk.one(name, f"{name}-review", tier="tier2")).task_ids == ()
    answer = await desk.one("dan", "dan-review", tier="tier2")
    assert answer.task_ids == (task_of(BATCH, "a", "tier2"),)
    assert (await desk.one("eve", "eve-review", tier="tier2")).task_ids == ()


async def test_only_the_qualified_get_work_and_others_golden_items(intake: Intake) -> None:
    desk = await at_work(intake, qualified_only=True)
    await intake.deliver(
        intake.at(2, golden("g1", "g2")), intake.at(3, item("a")), intake.at(4, brief("a"))
    )
    names = {task_of(BATCH, name): name for name in ("a", "g1", "g2")}
    answer = await desk.one("ann", tasks=9)
    assert {names[one] for one in answer.task_ids} <= {"g1", "g2"}
    async with intake.harness.application.pool.acquire() as connection:
        await connection.execute(
            "INSERT INTO qualifications VALUES"
            " ('support', 'acme-labels', 'bob', '1.0.0', 'returns', $1),"
            " ('support', 'acme-labels', 'cyd', '1.0.0', 'returns', $2),"
            " ('support', 'acme-labels', 'dan', '2.0.0', 'returns', $1)",
            desk.clock.now() + timedelta(days=1),
            desk.clock.now() - timedelta(days=1),
        )
    found = {name: await desk.one(name, name, tasks=9) for name in ("bob", "cyd", "dan")}
    assert [task_of(BATCH, "a") in one.task_ids for one in found.values()] == [True, False, False]


async def test_what_is_not_labelled_in_time_goes_to_others(intake: Intake) -> None:
    desk = await at_work(intake, "a", "b", overlap=1, assignment_seconds=600)
    mine = await desk.one("ann", tasks=2)
    await intake.send(label("ann", "a", minutes=60))
    assert (await desk.one("bob", "early", tasks=2)).task_ids == ()
    assert await desk.sweep(timedelta(minutes=9)) == []
    (requeued,) = await desk.sweep(timedelta(minutes=1))
    assert (requeued.task_id, requeued.reason) == (task_of(BATCH, "b"), "expired")
    assert requeued.task_id in mine.task_ids
    assert await desk.sweep() == []
    assert (await desk.one("bob", "late", tasks=2)).task_ids == (requeued.task_id,)


@pytest.mark.parametrize(
    "event", [label("ann", minutes=70, revision=2, withdrawn=True), suspended("ann")]
)
async def test_place_of_a_label_that_counts_no_more_is_given_out(
    intake: Intake, event: Payload
) -> None:
    desk = await at_work(intake, "a", overlap=2, assignment_seconds=600)
    await desk.one("ann")
    await desk.one("bob", "bob")
    await intake.send(label("ann", minutes=60))
    await desk.sweep(timedelta(minutes=10))
    await desk.one("cyd", "cyd")
    assert (await desk.one("dan", "early")).task_ids == ()
    await intake.deliver(intake.at(70, event))
    assert len((await desk.one("dan", "late")).task_ids) == 1


async def test_one_more_label_is_one_more_place(intake: Intake) -> None:
    desk = await at_work(intake, "a", overlap=1, review=True)
    await desk.one("ann")
    assert (await desk.one("bob", "early")).task_ids == ()
    await intake.deliver(intake.at(70, review("a", reason="too_few_labels")))
    assert len((await desk.one("bob", "late")).task_ids) == 1


async def test_requeueing_again_has_the_same_id(intake: Intake) -> None:
    desk = await at_work(intake, "a")
    await desk.one("ann")
    await desk.sweep(timedelta(hours=2))
    async with intake.harness.application.pool.acquire() as connection:
        await connection.execute("UPDATE assignments SET outcome = NULL")
    await desk.sweep()
    ids = [
        dict(record.headers)["ce_id"]
        for record in intake.harness.published
        if dict(record.headers)["ce_type"] == TaskRequeued.type.encode()
    ]
    assert len(ids) == 2
    assert len(set(ids)) == 1


async def test_late_label_is_judged_like_any_other(intake: Intake) -> None:
    desk = await at_work(intake, "a", overlap=1, assigned_only=True, assignment_seconds=600)
    await desk.one("ann")
    await desk.sweep(timedelta(minutes=10))
    await desk.one("bob", "r2")
    emitted = await intake.send(label("ann", minutes=71))
    assert [one.annotator for one in accepted_of(emitted)] == ["ann"]
    (surplus,) = rejected_of(await intake.send(label("bob", minutes=72)))
    assert surplus.field == "task_id"


async def test_suspended_annotators_lose_what_they_have(intake: Intake) -> None:
    desk = await at_work(intake, "a", "b", overlap=1)
    await desk.one("ann", tasks=2)
    await intake.send(label("ann", "a", minutes=60))
    emitted = await intake.deliver(intake.at(61, suspended("ann")))
    (requeued,) = [one for one in emitted if isinstance(one, TaskRequeued)]
    assert (requeued.task_id, requeued.reason) == (task_of(BATCH, "b"), "suspended")
    assert "suspended" in (await desk.one("ann", "r2")).reason
    assert set((await desk.one("bob", "r3", tasks=2)).task_ids) == {
        task_of(BATCH, "a"),
        task_of(BATCH, "b"),
    }


async def test_assigned_only_takes_labels_of_assigned_tasks(intake: Intake) -> None:
    desk = await at_work(intake, "a", "b", assigned_only=True)
    (own,) = (await desk.one("ann")).task_ids
    name = "a" if own == task_of(BATCH, "a") else "b"
    other = "b" if name == "a" else "a"
    emitted = await intake.send(label("ann", name), label("ann", other), label("zoe", name))
    assert [one.annotator for one in accepted_of(emitted)] == ["ann"]
    rejected = rejected_of(emitted)
    assert {(one.annotator, one.field) for one in rejected} == {
        ("ann", "annotator"),
        ("zoe", "annotator"),
    }
    assert "work_requested" in rejected[0].reason


async def test_tasks_say_that_they_want_an_assignment(intake: Intake) -> None:
    await intake.deliver(*(intake.at(*told) for told in project(assigned_only=True)))
    emitted = await intake.deliver(intake.at(3, item("a")), intake.at(4, brief("a")))
    assert [one.assigned_only for one in tasks_of(emitted)] == [True]


async def test_many_requests_at_once_are_answered_as_one_after_another(intake: Intake) -> None:
    """More than one part of a batch; everything goes out, nothing twice."""
    names = [f"i{number}" for number in range(60)]
    people = [f"p{number}" for number in range(12)]
    desk = await at_work(intake, *names, pools=[pool(*people)], overlap=6)
    answers = await desk.ask(*(request(name, name, tasks=30) for name in people))
    given = Counter(task for one in answers for task in one.task_ids)
    assert set(given.values()) == {6}
    assert len(given) == 60


async def test_answer_is_shown(intake: Intake) -> None:
    desk = await at_work(intake, "a")
    answer = await desk.one("ann")
    transport = httpx.ASGITransport(app=intake.harness.application.asgi)
    async with httpx.AsyncClient(transport=transport, base_url="http://intake") as web:
        shown = (await web.get("/work/acme-labels/r1")).json()
        missing = await web.get("/work/acme-labels/r2")
        held = (await web.get("/assignments", params={"project": "support"})).json()
    assert [one["task_id"] for one in shown["tasks"]] == list(answer.task_ids)
    assert shown["tasks"][0]["text"] == "question a"
    assert (shown["pool"], shown["reason"]) == ("night", "")
    assert missing.status_code == 404
    assert [(one["annotator"], one["task_id"]) for one in held] == [("ann", answer.task_ids[0])]


class Walk:
    """Requests, labels, suspensions, redeliveries and time at random, and what must hold."""

    def __init__(self, desk: Desk, random: Random, overlap: int) -> None:
        self.desk, self.random, self.overlap = desk, random, overlap
        self.given: set[tuple[str, str]] = set()
        """(annotator, task) that is theirs, neither labelled nor taken back."""
        self.labelled: set[tuple[str, str]] = set()
        self.away: set[str] = set()
        self.asked: list[WorkRequested] = []

    async def step(self) -> None:
        steps = (self.ask, self.ask, self.label, self.label, self.redeliver, self.wait)
        await self.random.choice((*steps, self.suspend))()

    async def ask(self) -> None:
        name, number = self.random.choice(PEOPLE), self.random.randint(1, 3)
        self.asked.append(request(name, f"r{len(self.asked)}", tasks=number))
        (answer,) = await self.desk.ask(self.asked[-1])
        for task in answer.task_ids:
            assert name not in self.away
            assert (name, task) not in self.given | self.labelled
            self.given.add((name, task))
            holders = {who for who, what in self.given | self.labelled if what == task}
            assert len(holders - self.away) <= self.overlap

    async def label(self) -> None:
        if not self.given:
            return
        who, task = self.random.choice(sorted(self.given))
        emitted = await self.desk.intake.send(label(who, task, self._minutes(), task_id=task))
        assert [one.task_id for one in accepted_of(emitted)] == [task]
        self.given.remove((who, task))
        self.labelled.add((who, task))

    async def redeliver(self) -> None:
        if self.asked:
            assert await self.desk.ask(self.random.choice(self.asked)) == []

    async def wait(self) -> None:
        over = await self.desk.sweep(timedelta(minutes=self.random.choice((2, 11))))
        self._take_back(over)

    async def suspend(self) -> None:
        name = self.random.choice(PEOPLE)
        if name not in self.away and len(self.away) < 2:
            intake = self.desk.intake
            self._take_back(await intake.deliver(intake.at(self._minutes(), suspended(name))))
            self.away.add(name)
            assert name not in {who for who, _ in self.given}

    def _minutes(self) -> float:
        return (self.desk.clock.now() - START).total_seconds() / 60

    def _take_back(self, emitted: Sequence[Payload]) -> None:
        for over in emitted:
            if isinstance(over, TaskRequeued):
                self.given.remove((over.annotator, over.task_id))

    async def everything_comes_back(self, items: Sequence[str]) -> None:
        self._take_back(await self.desk.sweep(timedelta(hours=2)))
        assert self.given == set()
        rest = [name for name in PEOPLE if name not in self.away]
        for name in rest:
            answer = await self.desk.one(name, f"last-{name}", tasks=9)
            self.given |= {(name, task) for task in answer.task_ids}
        for name in items:
            task = task_of(BATCH, name)
            holders = {who for who, what in self.given | self.labelled if what == task}
            assert len(holders - self.away) == min(self.overlap, len(rest))


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_happens_nothing_is_lost_or_given_twice(database: str, seed: int) -> None:
    random, items = Random(seed), [f"i{number}" for number in range(5)]
    facts: dict[str, Any] = {"overlap": random.randint(1, 3), "assigned_only": seed % 2 == 1}
    async with fresh(database) as intake:
        desk = await at_work(intake, *items, assignment_seconds=600, **facts)
        walk = Walk(desk, random, facts["overlap"])
        for _ in range(40):
            await walk.step()
        await walk.everything_comes_back(items)
