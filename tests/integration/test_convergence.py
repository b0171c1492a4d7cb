"""Any order, any number of times: the whole story, recorded once, retold to each service shuffled.

The story of the demo is played through all services in one process, over a Kafka that is a list.
What each service read is then delivered to it again, in another order, partly twice, in batches of
another size: its tables must end the same. Only what stands in ``EXCEPT`` may differ.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, TypeVar
from uuid import NAMESPACE_URL, uuid5

import asyncpg
import pytest

from aidataops.database.migrate import schema_of
from aidataops.events import PAYLOADS, Payload
from aidataops.events.annotation import LabelRejected, LabelSubmitted, TaskCreated
from aidataops.events.evaluation import EvaluationFailure
from aidataops.events.feedback import (
    RemediationCompleted,
    RemediationRequested,
    RemediationVerified,
)
from aidataops.events.lineage import ErasureApplied, VersionPublished
from aidataops.events.quality import AnnotatorSuspended, BatchBlocked, BatchReleased
from aidataops.events.sourcing import BriefOpened
from aidataops.harnesses import ADAPTERS, ReadOptions
from aidataops.local.demo import people
from aidataops.local.demo.data import DATASET, PROJECT, SEED_DATASET, StoryData, evaluation_files
from aidataops.local.demo.vendors import CARELESS, DIRECT, SPANISH, corrected, crew
from aidataops.local.postgres import EmbeddedPostgres
from aidataops.messaging.cloudevents import OutgoingRecord, encode
from aidataops.services import load_service, service_names
from aidataops.testing import ServiceHarness, SettableClock
from aidataops.testing.loop import BackgroundLoop

P = TypeVar("P", bound=Payload)
Tables = dict[str, list[dict[str, Any]]]

CONSUMING = [
    name
    for name in service_names()
    if load_service(name).handlers.payloads.keys() - {ErasureApplied.type}
]
"""All but the gateway, which hears of erasures alone: there is none in the story."""
SPEECHES = 1000
"""Rounds of delivery after which the services are not going to come to rest."""
RETELLINGS: tuple[tuple[int | str, int], ...] = ((11, 1000), (12, 200), (13, 40), ("backwards", 7))
"""Seed of the shuffle, and records in a batch. Backwards, what mends comes before what it mends."""

EXCEPT: Mapping[tuple[str, str], tuple[str, ...]] = {
    # when the service came to know of it: a time of arrival
    ("feedback-router", "regressions"): ("detected_at",),
    ("feedback-router", "remediations"): ("requested_at",),
    # how often something else was said on the way: a matter of the order of arrival
    ("feedback-router", "announcements"): ("revision",),
    ("annotation-intake", "labels"): ("published_revision",),
    ("qa", "findings"): ("revision",),
    # by which batch something came
    ("sourcing", "contents"): ("segment", "place"),
    ("sourcing", "benchmarks"): ("written_in",),
    # numbers given on arrival, and bitmaps over them; what is in them shows in marginals
    ("lineage", "ordinals"): ("ordinal",),
    ("lineage", "memberships"): ("items", "chunk"),
    ("lineage", "reaches"): ("items", "chunk"),
    ("lineage", "changes"): ("items", "chunk"),
    # the order of arrival is what the ledger is about
    ("lineage", "ledger"): ("entry", "recorded_at", "hash"),
}
"""Columns that may differ, by service and table."""

LEFT_OUT: Mapping[str, set[str]] = {
    # work that a service does in the background, which this test does not run
    "qa": {"due"},
    "annotation-intake": {"unreported"},
    # a row for every batch
    "sourcing": {"band_segments"},
}
"""Tables that are not compared."""

RUNTIME_TABLES = {"inbox", "outbox", "dead_letters", "schema_migrations"}


@dataclass
class Recording:
    """What stood on Kafka in the end, and what every service made of it."""

    log: list[OutgoingRecord] = field(default_factory=list)
    tables: dict[str, Tables] = field(default_factory=dict)

    def of(self, service: str) -> list[OutgoingRecord]:
        """What a service read."""
        topics = set(load_service(service).handlers.topics)
        return [record for record in self.log if record.topic in topics]


class Town:
    """All services and the people, around one log; nothing happens at the same time."""

    def __init__(self, harnesses: Mapping[str, ServiceHarness], clock: SettableClock) -> None:
        self.clock = clock
        self.log: list[OutgoingRecord] = []
        self._harnesses = harnesses
        self._read = dict.fromkeys(harnesses, 0)
        self._published = dict.fromkeys(harnesses, 0)

    async def say(self, payloads: Iterable[Payload], source: str = "/people") -> None:
        """People speak; then the services have their say until none has any more."""
        for payload in payloads:
            self.clock.advance(timedelta(seconds=1))
            event_id = uuid5(NAMESPACE_URL, f"{source}/{len(self.log)}")
            self.log.append(
                encode(
                    payload,
                    event_id=str(event_id),
                    source=source,
                    time=self.clock.now(),
                    traceparent=f"00-{event_id.hex}-{event_id.hex[:16]}-01".encode(),
                )
            )
        for _ in range(SPEECHES):
            if not [name for name in self._harnesses if await self._hear(name)]:
                return
        raise AssertionError("the services never come to rest")

    async def _hear(self, service: str) -> bool:
        """Deliver what a service has not read, and log what it publishes."""
        harness = self._harnesses[service]
        topics = harness.application.handlers.topics
        news = [record for record in self.log[self._read[service] :] if record.topic in topics]
        self._read[service] = len(self.log)
        if news:
            self.clock.advance(timedelta(seconds=1))
            await harness.deliver_records(*(_consumed(harness, record) for record in news))
            self.log += harness.published[self._published[service] :]
            self._published[service] = len(harness.published)
        return bool(news)

    def heard(self, payload: type[P]) -> list[P]:
        """Every event of a type, in the order of the log."""
        return [
            payload.model_validate_json(record.value or b"")
            for record in self.log
            if _type(record) == payload.type
        ]


async def tell(town: Town, data: StoryData) -> None:
    """The demo's story, but that a model is evaluated before anybody says how it was trained."""
    await town.say(people.set_standard(data))
    await town.say(people.propose_sources())
    await town.say(people.submit((*data.seed, *data.legacy)))
    await town.say(people.register_versions(data))
    first, second, third = (f"acme/assistant-v{number}" for number in (1, 2, 3))
    await town.say([people.train(first, SEED_DATASET, 1, town.clock.now())])
    await town.say(evaluation(first))
    await town.say(evaluation(second, baseline=first))
    await town.say([people.train(second, DATASET, 1, town.clock.now())])
    await town.say(lone_failures(town.heard(EvaluationFailure)))

    for remediation in town.heard(RemediationRequested):
        approval = people.approve(remediation, town.clock.now())
        forged = {"decision_id": f"forged-{approval.decision_id}", "made_by": "intern"}
        await town.say([approval.model_copy(update=forged)])
        await town.say([people.approve(remediation, town.clock.now())])
    (brief,) = town.heard(BriefOpened)
    await town.say(people.submit(data.sourced, brief.brief_id))
    await label_everything(town, data.truths())

    batches = sorted({released.batch_id for released in town.heard(BatchReleased)})
    await town.say([people.publish(1, batches, town.clock.now())])
    await town.say([people.train(third, DATASET, 2, town.clock.now())])
    await town.say(evaluation(third, baseline=first))


def evaluation(model: str, baseline: str | None = None) -> list[Payload]:
    """What the harness wrote for a model."""
    compared = str(evaluation_files(baseline)) if baseline else None
    options = ReadOptions(project=PROJECT, baseline=compared)
    return list(ADAPTERS["lm-eval"](evaluation_files(model), options))


def lone_failures(known: Sequence[EvaluationFailure]) -> list[Payload]:
    """Some of the failures once more as findings of their own, outside of any run."""
    return [
        failure.model_copy(
            update={
                "failure_id": f"lone-{failure.failure_id}",
                "run_id": "by-hand",
                "part_of_run": False,
                "severity": severity,
            }
        )
        for failure, severity in zip(known, ("low", "high", "high"), strict=False)
    ]


async def label_everything(town: Town, truths: Mapping[str, str]) -> None:
    """Everybody labels what wants labels, until nothing does; slips are corrected once told."""
    labelled: defaultdict[str, set[str]] = defaultdict(set)
    sent: dict[str, LabelSubmitted] = {}
    rejections = 0
    while True:
        slips = not sent
        suspended = {one.annotator for one in town.heard(AnnotatorSuspended)}
        wanted: list[LabelSubmitted] = []
        for task in {task.task_id: task for task in town.heard(TaskCreated)}.values():
            for annotator in crew(task, labelled[task.task_id], suspended):
                value = annotator.answer(task, truths[task.item_id])
                if slips and annotator.vendor == DIRECT:
                    value, slips = SPANISH[value], False
                town.clock.advance(timedelta(seconds=1))
                label = annotator.label(task, value, town.clock.now())
                labelled[task.task_id].add(annotator.name)
                sent[label.annotation_id] = label
                wanted.append(label)
        news, rejections = town.heard(LabelRejected)[rejections:], len(town.heard(LabelRejected))
        again = [corrected(one, sent[one.annotation_id]) for one in news]
        wanted += [one for one in again if one is not None]
        sent |= {one.annotation_id: one for one in wanted}
        if not wanted:
            for payloads in trouble(list(sent.values())):
                await town.say(payloads, source="/vendors")
            return
        await town.say(wanted, source="/vendors")


def trouble(sent: Sequence[LabelSubmitted]) -> list[list[Payload]]:
    """Labels taken back, changed to and fro (which blocks a batch for a while), and no use."""
    careless = [label for label in sent if label.annotator == CARELESS.name]
    careful = [label for label in sent if label.annotator != CARELESS.name]
    return [
        [
            careless[0].model_copy(update={"revision": 5, "withdrawn": True}),
            careful[0].model_copy(update={"revision": 5, "value": "unclear"}),
            careful[1].model_copy(update={"annotation_id": "old", "guideline_version": "0.1.0"}),
            careful[2].model_copy(update={"annotation_id": "twice"}),
            careful[3].model_copy(update={"annotation_id": "nowhere", "task_id": "no-such-task"}),
        ],
        [careful[0].model_copy(update={"revision": 6})],
    ]


@pytest.fixture(scope="module")
def recording(postgres: EmbeddedPostgres, background_loop: BackgroundLoop) -> Recording:
    """The story, told once."""
    return background_loop.run(_record(postgres))


async def _record(postgres: EmbeddedPostgres) -> Recording:
    clock = SettableClock(datetime(2026, 3, 1, 9, tzinfo=UTC))
    async with _database(postgres, "convergence") as url, AsyncExitStack() as running:
        harnesses = {
            name: await running.enter_async_context(_start(name, url, clock)) for name in CONSUMING
        }
        town = Town(harnesses, clock)
        await tell(town, StoryData.load())
        for name, harness in harnesses.items():
            assert await harness.dead_letters() == [], f"{name} did not understand the story"
        tables = {name: await tables_of(harness) for name, harness in harnesses.items()}
        return Recording(town.log, tables)


@asynccontextmanager
async def _database(postgres: EmbeddedPostgres, name: str) -> AsyncIterator[str]:
    admin = await asyncpg.connect(postgres.url("postgres"))
    try:
        await admin.execute(f'CREATE DATABASE "{name}"')
        yield postgres.url(name)
        await admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    finally:
        await admin.close()


@asynccontextmanager
async def _start(service: str, url: str, clock: SettableClock) -> AsyncIterator[ServiceHarness]:
    application = load_service(service)
    application.clock = clock
    async with ServiceHarness.start(application, url) as harness:
        yield harness


def test_story_has_what_convergence_is_about(recording: Recording) -> None:
    """All services speak; rejections, a suspension, revisions, two versions and a happy end."""
    seen: defaultdict[str, int] = defaultdict(int)
    for record in recording.log:
        seen[_type(record)] += 1
    assert {_type(record) for record in recording.log} <= PAYLOADS.keys()
    for payload in (BatchBlocked, BatchReleased, AnnotatorSuspended, RemediationVerified):
        assert seen[payload.type] >= 1, payload.type
    assert seen[RemediationRequested.type] >= 4
    assert seen[LabelRejected.type] >= 3
    assert seen[RemediationCompleted.type] >= 2
    assert seen[VersionPublished.type] == 3
    # found, attributed once the training run is known, told again with QA's evidence
    assert {one["revision"] for one in recording.tables["console"]["regressions"]} == {3}
    for service in CONSUMING:
        assert len(recording.of(service)) > 100
        assert any(recording.tables[service].values())


@pytest.mark.parametrize("service", CONSUMING)
@pytest.mark.parametrize(("order", "size"), RETELLINGS)
async def test_shuffled_and_repeated_story_ends_in_the_same_tables(
    recording: Recording, database: str, service: str, order: int | str, size: int
) -> None:
    deliveries = retold(recording.of(service), order)
    clock = SettableClock(datetime(2026, 6, 1, tzinfo=UTC))
    async with _start(service, database, clock) as harness:
        for start in range(0, len(deliveries), size):
            batch = deliveries[start : start + size]
            await harness.deliver_records(*(_consumed(harness, record) for record in batch))
        assert await harness.dead_letters() == []
        after = await tables_of(harness)
    expected = recording.tables[service]
    assert after.keys() == expected.keys()
    for table in expected:
        assert after[table] == expected[table], f"{service}.{table} depends on the order"


def retold(told: Sequence[OutgoingRecord], order: int | str) -> list[OutgoingRecord]:
    """Everything in another order; when shuffled, a tenth of it twice and a tenth again at last."""
    if order == "backwards":
        return [*reversed(told)]
    random, tenth = Random(order), len(told) // 10
    deliveries = [*told, *random.sample(told, tenth)]
    random.shuffle(deliveries)
    return deliveries + random.sample(told, tenth)


async def tables_of(harness: ServiceHarness) -> Tables:
    """Every row of every table that the service owns, without the columns that may differ."""
    service = harness.application.name
    names = await harness.fetch(
        "SELECT tablename FROM pg_tables WHERE schemaname = $1", schema_of(service)
    )
    found: Tables = {}
    owned = {row["tablename"] for row in names} - RUNTIME_TABLES - LEFT_OUT.get(service, set())
    for table in sorted(owned):
        left_out = EXCEPT.get((service, table), ())
        rows = [
            {name: value for name, value in row.items() if name not in left_out}
            for row in await harness.fetch(f"SELECT * FROM {table}")
        ]
        found[table] = sorted(rows, key=repr)
    return found


def _consumed(harness: ServiceHarness, record: OutgoingRecord) -> Any:
    return harness.raw(record.topic, record.key, record.value, record.headers)


def _type(record: OutgoingRecord) -> str:
    return dict(record.headers)["ce_type"].decode()
