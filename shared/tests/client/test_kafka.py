"""Publishing straight to a real Kafka."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from aidataops.client import KafkaClient, PublishError, event_key, mint_event_id
from aidataops.errors import ConfigurationError
from aidataops.events.annotation import LabelSubmitted
from aidataops.events.quality import GoldenItem, GoldenItemsDefined
from aidataops.local.kafka import KafkaServer

Label = Callable[..., LabelSubmitted]


async def test_records_arrive_under_the_ids_that_the_gateway_would_mint(
    kafka: KafkaServer, topic_prefix: str, label: Label
) -> None:
    topic = f"{topic_prefix}{LabelSubmitted.topic}"
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(topic, 1, 1)])
    await admin.close()
    large = GoldenItem(item_id="i", text="x" * 1_000_001, value="correct")
    payloads = [label(1), GoldenItemsDefined(project="p", items=(large,)), label(2)]
    async with KafkaClient(kafka.bootstrap, topic_prefix=topic_prefix) as client:
        report = await client.publish(payloads, source="/vendors/acme")
    assert report.accepted == 2
    assert [(refused.index, refused.status) for refused in report.refused] == [(1, 413)]
    consumer = AIOKafkaConsumer(
        topic, bootstrap_servers=kafka.bootstrap, auto_offset_reset="earliest"
    )
    await consumer.start()
    try:
        async with asyncio.timeout(20):
            records = [await consumer.getone() for _ in range(2)]
    finally:
        await consumer.stop()
    assert [LabelSubmitted.model_validate_json(record.value) for record in records] == [
        label(1),
        label(2),
    ]
    headers = dict(records[0].headers)
    assert records[0].key == b"task-1"
    assert headers["ce_id"].decode() == mint_event_id("/vendors/acme", event_key(label(1)))
    assert headers["ce_source"] == b"/vendors/acme"
    assert headers["traceparent"].split(b"-")[1].decode() == report.trace_id


async def test_kafka_out_of_reach_is_said_so(label: Label) -> None:
    client = KafkaClient("127.0.0.1:9", connection={"request_timeout_ms": 500})
    with pytest.raises(PublishError, match=r"no Kafka answered at 127\.0\.0\.1:9"):
        await client.publish([label()], source="/x")


async def test_missing_extra_is_named(label: Label, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "aiokafka", None)
    with pytest.raises(ConfigurationError, match=r"pip install 'aidataops\[kafka\]'"):
        await KafkaClient("127.0.0.1:9").publish([label()], source="/x")
