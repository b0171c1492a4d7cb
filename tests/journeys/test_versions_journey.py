"""Row 6 of the mission on the wire: producers of several versions on one topic."""

from __future__ import annotations

import json

from aidataops.messaging.cloudevents import OutgoingRecord

from .stories import failure
from .world import World, eventually


async def test_newer_producers_beside_older_ones(world: World, project: str) -> None:
    first, grown, last = (
        failure(project, name, slices={"domain": name, "language": "es"})
        for name in ("first", "grown", "last")
    )
    second = world.encode(failure(project, "second"))
    await world.produce(
        world.encode(first),
        with_type(second, "aidataops.evaluation.failure.v2", {"findings": [second.topic], "v": 2}),
        with_fields(world.encode(grown), root_cause={"kind": "drift", "score": 0.7}),
        world.encode(last),
    )
    for one in (first, grown, last):
        await eventually(lambda: world.answers_in_lineage(one.failure_id), "v1 is understood")  # noqa: B023 - awaited here
    await world.quiet()
    assert len(await world.remediations(project)) == 3
    for service in ("feedback-router", "lineage", "console"):
        letters = await world.fetch(
            service,
            "SELECT reason FROM dead_letters WHERE event_type = 'aidataops.evaluation.failure.v2'",
        )
        assert letters == [], f"{service} took another version for a mistake"


def with_type(record: OutgoingRecord, ce_type: str, content: object) -> OutgoingRecord:
    """Another type's record, otherwise the same."""
    headers = dict(record.headers) | {
        "ce_type": ce_type.encode(),
        "ce_dataschema": f"urn:aidataops:schema:{ce_type}".encode(),
    }
    return record._replace(value=json.dumps(content).encode(), headers=[*headers.items()])


def with_fields(record: OutgoingRecord, **more: object) -> OutgoingRecord:
    """The same record with fields that today's contract does not know."""
    content = json.loads(record.value or b"") | more
    return record._replace(value=json.dumps(content).encode())
