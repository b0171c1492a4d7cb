"""Old and new releases at once: each reads what the other writes (mission, row 6)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from pydantic import Field

from aidataops.events.annotation import LabelAccepted
from aidataops.events.base import Identifier, Instant, Payload, Slices
from aidataops.messaging import Application, Handlers, Received, UnitOfWork
from aidataops.messaging.cloudevents import encode
from aidataops.testing import ServiceHarness

WHEN = datetime(2026, 1, 1, tzinfo=UTC)
TYPE, TOPIC = LabelAccepted.type, LabelAccepted.topic


class GrownLabelAccepted(LabelAccepted, topic=TOPIC, key="item_id", type=TYPE):
    """What the next minor release might read and write: one field more."""

    confidence: float | None = None


class EarlierLabelAccepted(Payload, topic=TOPIC, key="item_id", type=TYPE):
    """What a release before ``duration_seconds`` and ``withdrawn`` may have read."""

    label_id: Identifier
    item_id: Identifier
    value: str
    slices: Slices = Field(default={})
    submitted_at: Instant


class LabelAcceptedV2(
    Payload, topic=TOPIC, key="item_id", type="aidataops.annotation.label_accepted.v2"
):
    """A new major version on the same topic, unlike the first in everything."""

    item_id: Identifier
    verdicts: tuple[int, ...]


def label(kind: type[LabelAccepted] = LabelAccepted, **more: Any) -> LabelAccepted:
    return kind(
        label_id="label-1",
        revision=1,
        project="support",
        task_id="task-1",
        batch_id="batch-1",
        item_id="item-1",
        annotator="acme-1",
        vendor="acme-labels",
        pool="default",
        guideline_version="1.0.0",
        cohort="acme-labels/default/1.0.0/batch-1",
        value="correct",
        submitted_at=WHEN,
        **more,
    )


class Reader:
    """A service that reads one model and keeps what it read."""

    def __init__(self, model: type[Payload]) -> None:
        self.read: list[Payload] = []
        self.handlers = Handlers()
        self.handlers.on(model)(self._keep)

    async def _keep(self, events: Sequence[Received[Any]], work: UnitOfWork) -> None:
        self.read += [event.payload for event in events]

    def application(self) -> Application:
        return Application(
            name="probe", package="aidataops.testing.probe", handlers=self.handlers, emits=()
        )


async def deliver(reader: Reader, database: str, *payloads: Payload) -> list[dict[str, Any]]:
    """Bytes as the producers write them, in one batch; returns the dead letters."""
    async with ServiceHarness.start(reader.application(), database) as service:
        records = [
            encode(payload, event_id=str(uuid4()), source="/tests", time=WHEN)
            for payload in payloads
        ]
        await service.deliver_records(
            *(service.raw(one.topic, one.key, one.value, one.headers) for one in records)
        )
        return await service.dead_letters()


async def test_new_consumer_reads_what_an_old_producer_wrote(database: str) -> None:
    new = Reader(GrownLabelAccepted)
    assert await deliver(new, database, label()) == []
    assert new.read == [label(GrownLabelAccepted, confidence=None)]


async def test_old_consumer_ignores_a_field_it_does_not_know(database: str) -> None:
    old, today = Reader(EarlierLabelAccepted), Reader(LabelAccepted)
    grown = label(GrownLabelAccepted, confidence=0.9, duration_seconds=3.5)
    assert await deliver(today, database, grown) == []
    assert today.read == [label(duration_seconds=3.5)]
    assert await deliver(old, database, grown) == []
    assert [one.model_dump()["label_id"] for one in old.read] == ["label-1"]


async def test_other_major_version_is_ignored_by_who_does_not_read_it(database: str) -> None:
    second = LabelAcceptedV2(item_id="item-1", verdicts=(1, 2))
    first_only, second_only = Reader(LabelAccepted), Reader(LabelAcceptedV2)
    assert await deliver(first_only, database, second, label(), second) == []
    assert first_only.read == [label()]
    assert await deliver(second_only, database, label(), second) == []
    assert second_only.read == [second]
