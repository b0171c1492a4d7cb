"""Anchors of the ledger as Kafka holds them."""

from __future__ import annotations

from collections.abc import Sequence

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from aidataops.events.lineage import LedgerAnchored
from lineage.domain.ledger import Anchor


async def read_anchors(bootstrap: str, prefix: str) -> list[Anchor]:
    """Every anchor on the topic up to now, read in no group and without changing anything."""
    places = await _partitions(bootstrap, prefix + LedgerAnchored.topic)
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
    await consumer.start()
    try:
        consumer.assign(places)
        await consumer.seek_to_beginning(*places)
        ends = await consumer.end_offsets(places)
        found: list[Anchor] = []
        while [place for place in places if await consumer.position(place) < ends[place]]:
            for records in (await consumer.getmany(timeout_ms=500)).values():
                found += [
                    Anchor(anchored.entries, anchored.head)
                    for record in records
                    if ("ce_type", LedgerAnchored.type.encode()) in record.headers
                    for anchored in (LedgerAnchored.model_validate_json(record.value),)
                ]
        return found
    finally:
        await consumer.stop()


async def _partitions(bootstrap: str, topic: str) -> Sequence[TopicPartition]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        (described,) = await admin.describe_topics([topic])
    finally:
        await admin.close()
    return [TopicPartition(topic, each["partition"]) for each in described["partitions"]]
