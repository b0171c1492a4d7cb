"""Row 4 of the mission: what nobody can read harms nobody, and comes back once it can be read."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aidataops.events import Payload
from aidataops.events.annotation import LabelAccepted, TaskCreated
from aidataops.messaging import dead_letters
from aidataops.messaging.cloudevents import OutgoingRecord

from .stories import failure, label, labelling
from .world import Record, World, eventually, header

TRACE = secrets.token_hex(16)
TRACEPARENT = f"00-{TRACE}-{secrets.token_hex(8)}-01".encode()


@dataclass(frozen=True)
class Poison:
    """A record that can't be handled, and what its dead letter says of it."""

    record: OutgoingRecord
    code: str
    reason: str


def poison(good: OutgoingRecord, number: str) -> dict[str, Poison]:
    """Every way to be bad; ``number`` names a field of the payload that holds a number."""
    value = json.loads(good.value or b"")

    def headers(**changed: bytes | None) -> list[tuple[str, Any]]:
        own = {"ce_id": secrets.token_hex(8).encode(), "traceparent": TRACEPARENT}
        return [*({**dict(good.headers), **own, **changed}).items()]

    def bad(code: str, reason: str, content: bytes | None, **changed: bytes | None) -> Poison:
        return Poison(good._replace(value=content, headers=headers(**changed)), code, reason)

    def with_field(name: str, text: str) -> bytes:
        mark = "\x01"
        return json.dumps(value | {name: mark}).replace(json.dumps(mark), text).encode()

    return {
        "null header": bad("malformed", "header ce_id is missing or null", good.value, ce_id=None),
        "header in no encoding": bad(
            "malformed", "header ce_type is not UTF-8", good.value, ce_type=b"\xff\xfe\xfd"
        ),
        "NUL": bad("schema", "NUL", with_field(number_free(value), '"a\\u0000b"')),
        "NaN": bad("schema", number, with_field(number, "NaN")),
        "deep": bad("schema", "recursion", b"[" * 5000),
        "10 MB": bad("malformed", "10000002 bytes", b'"' + b"x" * 10_000_000 + b'"'),
        "tombstone": bad("malformed", "null value", None),
        "unknown type": bad(
            "unknown_type", "label_invented",
            good.value, ce_type=b"aidataops.annotation.label_invented.v1",
        ),
    }  # fmt: skip


def number_free(value: Mapping[str, Any]) -> str:
    """A field that holds any text."""
    return "annotator" if "annotator" in value else "prompt"


def odd(world: World, payload: Payload) -> OutgoingRecord:
    """A good event in bad company: headers that nobody needs may hold anything."""
    record = world.encode(payload)
    strange: list[tuple[str, Any]] = [("x-null", None), ("x-bytes", b"\xff\x00\xfe")]
    return record._replace(headers=[*record.headers, *strange])


async def assert_letters(
    world: World, service: str, topic: str, bad: Mapping[str, Poison], offsets: Mapping[str, int]
) -> None:
    """One letter and one record on the dead-letter topic each, with reason, trace and bytes."""
    rows = await world.fetch(
        service,
        "SELECT * FROM dead_letters WHERE topic = $1 AND kafka_offset = ANY ($2::bigint[])",
        topic,
        list(offsets.values()),
    )
    letters = {row["kafka_offset"]: row for row in rows}
    places = {f"{world.prefix}{topic}/0/{offset}": name for name, offset in offsets.items()}
    dead: dict[str, Record] = {}
    for record in await world.history(f"{topic}.{service}.dlq"):
        name = places.get(header(record, "aidataops_place") or "")
        assert name not in dead, f"{name} is there twice"
        if name is not None:
            dead[name] = record
    for name, one in bad.items():
        letter = letters[offsets[name]]
        assert letter["code"] == one.code, (name, dict(letter))
        assert one.reason.lower() in letter["reason"].lower(), (name, letter["reason"])
        assert letter["value"] == one.record.value, name
        assert letter["key"] == one.record.key, name
        assert header(dead[name], "aidataops_code") == one.code
        assert one.reason.lower() in (header(dead[name], "aidataops_reason") or "").lower()
        assert header(dead[name], "traceparent") == TRACEPARENT.decode()
        assert letter["trace_id"] == TRACE, f"the letter of {name} has lost its trace"


async def test_poison_among_failures_harms_no_neighbour(world: World, project: str) -> None:
    good = [
        failure(project, f"f{number}", slices={"domain": f"d{number}", "language": "es"})
        for number in range(3)
    ]
    bad = poison(world.encode(failure(project, "bad")), number="score")
    names = list(bad)
    records = [bad[name].record for name in names]
    sent = await world.produce(
        world.encode(good[0]),
        *records[:4],
        odd(world, good[1]),
        *records[4:],
        world.encode(good[2]),
    )
    offsets = dict(zip(names, sent[1:5] + sent[6:-1], strict=True))
    for one in good:
        await eventually(lambda: world.answers_in_lineage(one.failure_id), "neighbours go on")  # noqa: B023 - awaited here
    await world.quiet()
    assert len(await world.remediations(project)) == 3
    for service in ("feedback-router", "lineage", "console"):
        await assert_letters(world, service, "evaluation.results", bad, offsets)


async def test_poison_among_labels_harms_no_neighbour(world: World, project: str) -> None:
    task_id = await a_task(world, project)
    good = [label(task_id, number) for number in range(3)]
    bad = poison(world.encode(label(task_id, 9)), number="duration_seconds")
    names = list(bad)
    records = [bad[name].record for name in names]
    sent = await world.produce(
        world.encode(good[0]),
        *records[:4],
        odd(world, good[1]),
        *records[4:],
        world.encode(good[2]),
    )
    offsets = dict(zip(names, sent[1:5] + sent[6:-1], strict=True))

    async def accepted() -> bool:
        return await annotators(world, task_id) == ["acme-0", "acme-1", "acme-2"]

    await eventually(accepted, "neighbours go on")
    await world.quiet()
    await assert_letters(world, "annotation-intake", "annotation.inbound", bad, offsets)


async def test_letter_is_replayed_once_its_cause_is_mended(world: World, project: str) -> None:
    """A constraint that refuses one failure stands for any fault of ours; then it is dropped."""
    good, refused = failure(project, "good"), failure(project, "refused", slices={"domain": "x"})
    async with world.database("feedback-router", owner=True) as owner:
        await owner.execute(
            "ALTER TABLE failures ADD CONSTRAINT mistake"
            f" CHECK (failure_id <> '{refused.failure_id}')"
        )
        try:
            report = world.publish(refused, good)
            await eventually(lambda: world.answers_in_lineage(good.failure_id), "the other goes on")
            await world.quiet()
            (letter,) = await letters_about(world, report.trace_id)
        finally:
            await owner.execute("ALTER TABLE failures DROP CONSTRAINT mistake")
    assert letter["code"] == "CheckViolationError"
    assert "mistake" in letter["reason"]
    assert letter["resolved_at"] is None
    assert len(await world.remediations(project)) == 1

    before = len(await world.reports(refused.failure_id))
    async with world.database("feedback-router") as connection:
        now = datetime.now(UTC)
        assert await dead_letters.replay(connection, [letter["identity"]], now=now) == 1
    await eventually(lambda: world.answers_in_lineage(refused.failure_id), "the replay succeeds")
    await world.quiet()
    assert len(await world.reports(refused.failure_id)) == before + 1
    assert len(await world.remediations(project)) == 2
    assert len(await world.answers_in_lineage(refused.failure_id)) == 1
    (letter,) = await letters_about(world, report.trace_id)
    assert letter["resolved_at"] is not None
    async with world.database("feedback-router") as connection:
        now = datetime.now(UTC)
        assert await dead_letters.replay(connection, [letter["identity"]], now=now) == 0


async def letters_about(world: World, trace_id: str) -> list[Any]:
    """The router's dead letters of a trace."""
    query = "SELECT * FROM dead_letters WHERE trace_id = $1"
    return list(await world.fetch("feedback-router", query, trace_id))


async def a_task(world: World, project: str) -> str:
    """A task that is waiting for labels."""
    await world.produce(*(world.encode(one) for one in labelling(project, "a")))

    async def created() -> str | None:
        for record in await world.history("annotation.tasks"):
            if header(record, "ce_type") == TaskCreated.type:
                task = TaskCreated.model_validate_json(record.value or b"")
                if task.project == project:
                    return task.task_id
        return None

    return str(await eventually(created, "the task is created"))


async def annotators(world: World, task_id: str) -> list[str]:
    """Whose labels of a task have been accepted, each time."""
    return sorted(
        accepted.annotator
        for record in await world.history("annotation.labels")
        if header(record, "ce_type") == LabelAccepted.type
        and (accepted := LabelAccepted.model_validate_json(record.value or b"")).task_id == task_id
    )
