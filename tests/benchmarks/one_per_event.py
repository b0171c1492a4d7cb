"""The service as most tutorials write it: what the runtime is held against."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

import asyncpg
from aiokafka import AIOKafkaProducer
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from pydantic import BaseModel

from aidataops.events.annotation import LabelAccepted
from aidataops.messaging.cloudevents import encode
from aidataops.testing.probe.app import answer
from tests.benchmarks.stage import Stage


class LenientLabel(BaseModel):
    """The label without strictness: FastStream validates what it has parsed, dates as strings."""

    label_id: str
    revision: int
    project: str
    task_id: str
    batch_id: str
    item_id: str
    annotator: str
    vendor: str
    pool: str
    guideline_version: str
    cohort: str
    tier: str = "tier1"
    value: str
    slices: dict[str, str] = {}
    submitted_at: datetime
    duration_seconds: float | None = None
    withdrawn: bool = False


class OnePerEvent:
    """The service as most tutorials write it: one message, one transaction, one send, one commit.

    It has the same guarantees: inbox, effect and outbox row in one transaction, then the send.
    """

    def __init__(self, stage: Stage, prefix: str, database: str) -> None:
        self._stage, self._prefix, self._database = stage, prefix, database
        self._broker = KafkaBroker(stage.bootstrap, logger=None)
        self._producer = AIOKafkaProducer(
            bootstrap_servers=stage.bootstrap, acks="all", enable_idempotence=stage.idempotence
        )

    async def start(self) -> None:
        self._connection: asyncpg.Connection = await self._stage.connect(self._database)
        await self._producer.start()
        self._broker.subscriber(
            f"{self._prefix}annotation.labels",
            group_id=uuid4().hex,
            auto_offset_reset="earliest",
            ack_policy=AckPolicy.ACK,
        )(self._take)
        await self._broker.start()

    async def stop(self) -> None:
        await self._broker.stop()
        await self._producer.stop()
        await self._connection.close()

    async def _take(self, lenient: LenientLabel) -> None:
        event = LabelAccepted.model_construct(**lenient.__dict__)
        event_id = uuid4()
        outgoing = encode(
            answer(event),
            event_id=str(event_id),
            source="/services/probe",
            time=event.submitted_at,
        )
        async with self._connection.transaction():
            await self._connection.execute("INSERT INTO inbox (identity) VALUES ($1)", event_id)
            await self._connection.execute(
                "INSERT INTO effects VALUES ($1, $2, $3, $4, now())",
                event.label_id,
                event.item_id,
                event.annotator,
                event.value,
            )
            row = await self._connection.fetchval(
                "INSERT INTO outbox (records, record_count) VALUES ($1, 1) RETURNING id",
                outgoing.value,
            )
        await self._producer.send_and_wait(
            self._prefix + outgoing.topic, outgoing.value, outgoing.key, headers=outgoing.headers
        )
        await self._connection.execute("DELETE FROM outbox WHERE id = $1", row)
