"""The transaction of a batch: one effect per event, whatever comes, however often."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime

import asyncpg
import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from aidataops.errors import FatalError, InvalidError, TransientError
from aidataops.events.annotation import LabelAccepted
from aidataops.events.quality import ConsensusReached
from aidataops.messaging import Application, Handlers, Received, UnitOfWork
from aidataops.messaging.dead_letters import replay
from aidataops.messaging.handlers import Handler
from aidataops.messaging.inbox import MANY
from aidataops.observability.tracing import SpanRecorder
from aidataops.settings import Settings
from aidataops.testing import ServiceHarness, headers_of
from aidataops.testing.probe.app import create_app, on_label_accepted

_numbers = itertools.count()


def label(value: str = "correct") -> LabelAccepted:
    number = next(_numbers)
    return LabelAccepted(
        label_id=f"label-{number}",
        revision=1,
        project="support",
        task_id=f"task-{number}",
        batch_id="batch-1",
        item_id=f"item-{number}",
        annotator="acme-1",
        vendor="acme",
        pool="default",
        guideline_version="1.0.0",
        cohort="acme/default/1.0.0/batch-1",
        value=value,
        submitted_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


@pytest.fixture
async def probe(database: str) -> AsyncIterator[ServiceHarness]:
    settings = Settings(retry_seconds=0.2, dead_letters_per_minute=20)
    async with ServiceHarness.start(create_app(settings), database) as harness:
        yield harness


def faulty(handler: Handler) -> Application:
    application = create_app(Settings(retry_seconds=0.3))
    application.handlers = Handlers(
        {LabelAccepted.type: handler}, {LabelAccepted.type: LabelAccepted}
    )
    return application


async def effects(harness: ServiceHarness) -> list[str]:
    return [
        row["label_id"] for row in await harness.fetch("SELECT label_id FROM effects ORDER BY 1")
    ]


async def test_redelivered_event_has_one_effect_and_one_answer(probe: ServiceHarness) -> None:
    one, two = label(), label()

    first = await probe.deliver(one, one, two)
    again = await probe.deliver(one, two)

    assert sorted(await effects(probe)) == sorted([one.label_id, two.label_id])
    assert [type(answer) for answer in first] == [ConsensusReached, ConsensusReached]
    assert again == []


async def test_large_batch_with_some_known_and_some_repeated_events_takes_effect_once(
    probe: ServiceHarness,
) -> None:
    """From ``inbox.MANY`` on, a batch is claimed as if all were new; here they are not."""
    labels = [label() for _ in range(3 * MANY)]

    first = await probe.deliver(*labels[:MANY])
    rest = await probe.deliver(*labels[MANY - 1 :], labels[-1])
    again = await probe.deliver(*labels)

    assert sorted(await effects(probe)) == sorted(one.label_id for one in labels)
    assert (len(first), len(rest), again) == (MANY, 2 * MANY, [])


async def test_emitted_event_continues_trace_and_names_its_causes(probe: ServiceHarness) -> None:
    record = probe.record(label(), event_id="first-cause")
    await probe.deliver_records(record)

    headers = headers_of(probe.published[0])

    assert headers["traceparent"] == dict(record.headers)["traceparent"].decode()
    assert headers["ce_causationid"] == "first-cause"
    assert headers["ce_correlationid"] == "first-cause"
    assert headers["ce_source"] == "/services/probe"
    assert headers["ce_specversion"] == "1.0"


async def test_exported_span_is_child_of_the_producers_and_parent_of_the_answers(
    database: str,
) -> None:
    exporter = InMemorySpanExporter()
    application = create_app()
    application.spans = SpanRecorder("probe", exporter)
    async with ServiceHarness.start(application, database) as probe:
        record = probe.record(label())
        await probe.deliver_records(record)
        application.spans.close()

    (span,) = exporter.get_finished_spans()
    assert span.parent is not None
    sent = dict(record.headers)["traceparent"].decode()
    assert sent == f"00-{span.context.trace_id:032x}-{span.parent.span_id:016x}-01"
    assert span.context.span_id != span.parent.span_id
    answered = f"00-{span.context.trace_id:032x}-{span.context.span_id:016x}-01"
    assert headers_of(probe.published[0])["traceparent"] == answered


async def test_same_id_from_another_source_is_another_event(probe: ServiceHarness) -> None:
    record = probe.record(label(), event_id="same")
    foreign = [
        (name, b"/elsewhere" if name == "ce_source" else value) for name, value in record.headers
    ]
    await probe.deliver_records(record, probe.raw(record.topic, record.key, record.value, foreign))
    assert len(await effects(probe)) == 2


def poison(probe: ServiceHarness) -> dict[str, object]:
    good = probe.record(label())
    headers = list(good.headers)

    def with_header(name: str, value: bytes | None) -> object:
        changed = [(key, value if key == name else content) for key, content in headers]
        return probe.raw(good.topic, good.key, good.value, changed)

    def with_value(value: bytes | None) -> object:
        return probe.raw(
            good.topic, good.key, value, [*headers[:-1], ("ce_id", str(next(_numbers)).encode())]
        )

    text = (good.value or b"").decode()
    return {
        "null header": with_header("ce_id", None),
        "non-UTF-8 header": with_header("ce_type", b"\xff\xfe"),
        "no headers": probe.raw(good.topic, good.key, good.value, []),
        "tombstone": with_value(None),
        "empty value": with_value(b""),
        "not JSON": with_value(b"\x80\x81"),
        "NUL": with_value(text.replace("acme-1", "acme\\u0000").encode()),
        "NaN": with_value(text.replace('"revision":1', '"revision":NaN').encode()),
        "string for integer": with_value(text.replace('"revision":1', '"revision":"1"').encode()),
        "deep": with_value(b"[" * 5000),
        "large": with_value(b'"' + b"x" * 10_000_000 + b'"'),
        "unknown type": with_header("ce_type", b"aidataops.annotation.label_invented.v1"),
    }


async def test_poison_goes_to_dead_letters_and_neighbours_go_on(probe: ServiceHarness) -> None:
    bad = poison(probe)
    before, after = label(), label()

    await probe.deliver_records(probe.record(before), *bad.values(), probe.record(after))

    assert await effects(probe) == sorted([before.label_id, after.label_id])
    letters = await probe.dead_letters()
    assert len(letters) == len(bad)
    assert all(letter["reason"] for letter in letters)
    dead = [record for record in probe.published if record.topic == "annotation.labels.probe.dlq"]
    assert len(dead) == len(bad)


async def test_poison_delivered_again_is_one_letter(probe: ServiceHarness) -> None:
    record = poison(probe)["NaN"]
    await probe.deliver_records(record)
    await probe.deliver_records(record)
    letters = await probe.dead_letters()
    assert [letter["deliveries"] for letter in letters] == [2]
    assert len(probe.published) == 1


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("NUL", "annotator"),
        ("NaN", "revision"),
        ("null header", "ce_id"),
        ("tombstone", "null value"),
    ],
)
async def test_reason_names_what_is_wrong(probe: ServiceHarness, name: str, field: str) -> None:
    await probe.deliver_records(poison(probe)[name])
    assert field in (await probe.dead_letters())[0]["reason"]


async def test_other_major_version_and_unhandled_type_are_ignored(probe: ServiceHarness) -> None:
    record = probe.record(label())
    newer = [
        (name, b"aidataops.annotation.label_accepted.v2" if name == "ce_type" else value)
        for name, value in record.headers
    ]
    rejected = [
        (name, b"aidataops.annotation.label_rejected.v1" if name == "ce_type" else value)
        for name, value in record.headers
    ]
    await probe.deliver_records(
        probe.raw(record.topic, record.key, record.value, newer),
        probe.raw(record.topic, record.key, record.value, rejected),
    )
    assert await probe.dead_letters() == []
    assert await effects(probe) == []


async def test_flood_of_poison_stops_the_service_and_loses_nothing(probe: ServiceHarness) -> None:
    records = [probe.raw("annotation.labels", b"k", b"?", []) for _ in range(21)]
    with pytest.raises(FatalError, match="AIDATAOPS_DEAD_LETTERS_PER_MINUTE"):
        await probe.deliver_records(*records)
    assert await probe.dead_letters() == []


async def test_one_bad_event_of_a_batch_harms_no_other(database: str) -> None:
    async def refuse(labels: Sequence[Received[LabelAccepted]], work: UnitOfWork) -> None:
        await on_label_accepted(labels, work)
        if any(received.payload.value == "bad" for received in labels):
            raise InvalidError("value: bad is bad")

    good, bad = [label() for _ in range(3)], label("bad")
    async with ServiceHarness.start(faulty(refuse), database) as harness:
        await harness.deliver(good[0], bad, *good[1:])

        assert await effects(harness) == sorted(one.label_id for one in good)
        (letter,) = await harness.dead_letters()
        assert (letter["code"], letter["reason"]) == ("invalid", "value: bad is bad")
        assert letter["trace_id"] == "ab" * 16


async def test_replay_after_the_fix_succeeds_and_closes_the_letter(database: str) -> None:
    broken = True

    async def refuse(labels: Sequence[Received[LabelAccepted]], work: UnitOfWork) -> None:
        if broken:
            raise InvalidError("not yet")
        await on_label_accepted(labels, work)

    one = label()
    async with ServiceHarness.start(faulty(refuse), database) as harness:
        await harness.deliver(one)
        (letter,) = await harness.dead_letters()
        broken = False
        async with harness.application.pool.acquire() as connection:
            assert await replay(connection, [letter["identity"]], now=datetime.now(UTC)) == 1
        rows = await harness.fetch("SELECT records FROM outbox ORDER BY id DESC LIMIT 1")
        from aidataops.messaging.outbox import unpack

        (record,) = unpack(rows[0]["records"])
        await harness.deliver_records(
            harness.raw(record.topic, record.key, record.value, record.headers)
        )
        assert await effects(harness) == [one.label_id]
        assert await harness.dead_letters() == []


async def test_transient_error_is_retried_until_it_passes(database: str) -> None:
    calls = 0

    async def flaky(labels: Sequence[Received[LabelAccepted]], work: UnitOfWork) -> None:
        nonlocal calls
        calls += 1
        await on_label_accepted(labels, work)
        if calls < 3:
            raise asyncpg.DeadlockDetectedError("deadlock detected")

    one = label()
    async with ServiceHarness.start(faulty(flaky), database) as harness:
        emitted = await harness.deliver(one)
        assert await effects(harness) == [one.label_id]
        assert len(emitted) == 1
        assert await harness.dead_letters() == []


async def test_transient_error_that_stays_is_raised_and_leaves_nothing(database: str) -> None:
    async def never(labels: Sequence[Received[LabelAccepted]], work: UnitOfWork) -> None:
        await on_label_accepted(labels, work)
        raise TransientError("the world is in the way")

    one = label()
    async with ServiceHarness.start(faulty(never), database) as harness:
        with pytest.raises(TransientError):
            await harness.deliver(one)
        assert await effects(harness) == []
        assert await harness.dead_letters() == []
        assert await harness.fetch("SELECT 1 FROM inbox") == []


async def test_unknown_exception_gets_three_tries_then_the_dead_letters(database: str) -> None:
    calls = 0

    async def broken(labels: Sequence[Received[LabelAccepted]], work: UnitOfWork) -> None:
        nonlocal calls
        calls += 1
        raise ZeroDivisionError

    async with ServiceHarness.start(faulty(broken), database) as harness:
        await harness.deliver(label())
        (letter,) = await harness.dead_letters()
        assert letter["code"] == "ZeroDivisionError"
        assert calls == 4  # once as a batch, three times alone


async def test_service_role_cannot_change_its_tables(probe: ServiceHarness) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await probe.fetch("ALTER TABLE effects ADD COLUMN more text")
