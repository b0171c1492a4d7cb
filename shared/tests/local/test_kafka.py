"""Both local brokers behind one interface, and what only Apache Kafka promises."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from aidataops.local.kafka import EmbeddedKafka, answers_metadata
from aidataops.local.process import LocalServerError
from aidataops.testing.plugin import OwnKafka
from aidataops.testing.proxy import TcpProxy

READ_DEADLINE_S = 20.0


async def create_topic(bootstrap: str, topic: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(topic, num_partitions=1, replication_factor=1)])
    finally:
        await admin.close()


async def write(bootstrap: str, topic: str, value: bytes, *, idempotent: bool) -> None:
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap, enable_idempotence=idempotent, acks="all"
    )
    await producer.start()
    try:
        await producer.send_and_wait(topic, value)
    finally:
        await producer.stop()


async def read(bootstrap: str, topic: str, count: int) -> list[bytes]:
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        async with asyncio.timeout(READ_DEADLINE_S):
            return [(await consumer.getone()).value for _ in range(count)]
    finally:
        await consumer.stop()


async def test_embedded_kafka_is_ready_when_started_and_silent_when_stopped(tmp_path: Path) -> None:
    broker = EmbeddedKafka(tmp_path)
    await broker.start()
    try:
        await create_topic(broker.bootstrap, "t")
        await write(broker.bootstrap, "t", b"1", idempotent=broker.supports_idempotence)
        assert await read(broker.bootstrap, "t", 1) == [b"1"]
    finally:
        await broker.stop()
    assert broker.pid is None
    assert not await answers_metadata(broker.bootstrap)


async def test_broker_that_ends_while_starting_shows_the_end_of_its_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "tansu"
    broken.write_text("#!/bin/sh\necho out of luck\nexit 7\n")
    broken.chmod(0o755)
    monkeypatch.setenv("CALF_TANSU_BIN", str(broken))
    with pytest.raises(LocalServerError, match=r"exit code 7 (.|\n)*broker\.log:\nout of luck"):
        await EmbeddedKafka(tmp_path).start()


async def test_broker_on_a_taken_port_does_not_pass_for_started(tmp_path: Path) -> None:
    first = EmbeddedKafka(tmp_path / "first")
    await first.start()
    try:
        with pytest.raises(LocalServerError, match="port is taken"):
            await EmbeddedKafka(tmp_path / "second", first.port).start()
    finally:
        first.kill()


async def test_apache_kafka_keeps_acknowledged_records_across_a_kill(own_kafka: OwnKafka) -> None:
    broker = await own_kafka()
    await create_topic(broker.bootstrap, "t")
    await write(broker.bootstrap, "t", b"before", idempotent=True)
    broker.kill()
    assert not await answers_metadata(broker.bootstrap)
    await broker.start()
    await write(broker.bootstrap, "t", b"after", idempotent=True)
    assert await read(broker.bootstrap, "t", 2) == [b"before", b"after"]


async def test_apache_kafka_advertises_a_proxy_and_answers_again_after_a_pause(
    own_kafka: OwnKafka,
) -> None:
    proxy = TcpProxy("127.0.0.1", 0)
    await proxy.start()
    try:
        broker = await own_kafka(advertised_port=proxy.port)
        proxy.target_port = broker.port
        assert broker.bootstrap == proxy.address
        await create_topic(broker.bootstrap, "t")
        broker.pause()
        writing = asyncio.create_task(write(broker.bootstrap, "t", b"1", idempotent=True))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.shield(writing), 0.2)
        broker.resume()
        await writing
        assert await read(broker.bootstrap, "t", 1) == [b"1"]
    finally:
        await proxy.stop()
