"""What aiokafka took before it raised is read again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from aidataops.local.kafka import KafkaServer
from aidataops.messaging.polling import PollingConsumer


async def test_records_taken_before_another_partition_raised_are_not_lost(
    kafka: KafkaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    topic = f"polling-{uuid4().hex[:8]}"
    await _fill(kafka.bootstrap, topic)
    real: Callable[..., Any] = AIOKafkaConsumer.getmany
    raised: list[int] = []

    async def takes_and_raises(self: Any, *places: TopicPartition, **options: Any) -> Any:
        found = await real(self, *places, **options)
        if found and not raised:
            raised.append(sum(len(records) for records in found.values()))
            raise UnicodeDecodeError("utf-8", b"\xff", 0, 1, "a header name of another partition")
        return found

    monkeypatch.setattr(AIOKafkaConsumer, "getmany", takes_and_raises)
    consumer = PollingConsumer(
        bootstrap_servers=kafka.bootstrap, auto_offset_reset="earliest", on_poll=lambda: None
    )
    await consumer.start()
    values: list[bytes] = []
    try:
        consumer.assign([TopicPartition(topic, 0), TopicPartition(topic, 1)])
        async with asyncio.timeout(20):
            while len(values) < 20:
                found = await consumer.getmany(timeout_ms=200)
                values += [one.value for records in found.values() for one in records]
    finally:
        await consumer.stop()
    assert raised
    assert sorted(values) == sorted(str(number).encode() for number in range(20))


async def _fill(bootstrap: str, topic: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(topic, 2, 1)])
    finally:
        await admin.close()
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap)
    await producer.start()
    try:
        for number in range(20):
            await producer.send_and_wait(topic, str(number).encode(), partition=number % 2)
    finally:
        await producer.stop()
