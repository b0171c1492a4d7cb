"""Publishing straight to Kafka, for who runs inside the cluster's network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from aidataops.client.batches import (
    MAXIMUM_EVENTS,
    Idempotency,
    new_traceparent,
    trace_id_of,
)
from aidataops.client.errors import PublishError
from aidataops.client.gateway import Progress
from aidataops.client.identity import event_key, mint_event_id
from aidataops.client.report import PublishReport, RefusedEvent
from aidataops.errors import ConfigurationError, InvalidError
from aidataops.events import Payload

if TYPE_CHECKING:
    from aiokafka import AIOKafkaProducer

_INSTALL = "publishing to Kafka needs the extra: pip install 'aidataops[kafka]'"


class KafkaClient:
    """Writes records in CloudEvents' binary mode; use it in an ``async with``.

    ``connection`` holds further arguments of aiokafka's client, such as TLS and SASL. Without
    idempotence of the producer: what a retry doubles, consumers drop by event id.
    """

    def __init__(
        self,
        bootstrap: str,
        *,
        topic_prefix: str = "",
        connection: Mapping[str, Any] | None = None,
    ) -> None:
        self._bootstrap = bootstrap
        self._topic_prefix = topic_prefix
        self._connection = dict(connection or {})
        self._started: AIOKafkaProducer | None = None

    async def publish(
        self,
        payloads: Iterable[Payload],
        *,
        source: str,
        idempotency: Idempotency = event_key,
        traceparent: str | None = None,
        on_progress: Progress | None = None,
    ) -> PublishReport:
        """Publish in order per key, under one trace; returns once every record is acknowledged.

        A payload too large for one record is refused in the report. Raises `PublishError` when
        the broker stops taking records.
        """
        producer = await self._producer()
        traceparent = traceparent or new_traceparent()
        report = PublishReport(trace_id_of(traceparent))
        index, rest = 0, iter(payloads)
        while batch := list(islice(rest, MAXIMUM_EVENTS)):
            records = [
                self._record(index + offset, payload, source, idempotency, traceparent, report)
                for offset, payload in enumerate(batch)
            ]
            try:
                await self._send(producer, [record for record in records if record is not None])
            except _kafka_error() as error:
                raise PublishError(
                    f"Kafka at {self._bootstrap} did not take the records: {error!r}",
                    report=report,
                ) from error
            report.accepted += sum(record is not None for record in records)
            index += len(batch)
            if on_progress is not None:
                on_progress(batch)
        return report

    def _record(
        self,
        index: int,
        payload: Payload,
        source: str,
        idempotency: Idempotency,
        traceparent: str,
        report: PublishReport,
    ) -> dict[str, Any] | None:
        from aidataops.messaging.cloudevents import encode

        try:
            record = encode(
                payload,
                event_id=mint_event_id(source, idempotency(payload)),
                source=source,
                time=datetime.now(UTC),
                traceparent=traceparent.encode(),
            )
        except InvalidError as error:
            key = payload.partition_key()
            report.refused.append(
                RefusedEvent(index, payload.type, key, 413, "The event is too large", str(error))
            )
            return None
        return {
            "topic": self._topic_prefix + record.topic,
            "key": record.key,
            "value": record.value,
            "headers": record.headers,
        }

    @staticmethod
    async def _send(producer: AIOKafkaProducer, records: Sequence[dict[str, Any]]) -> None:
        acknowledgements = [await producer.send(**record) for record in records]
        for acknowledgement in acknowledgements:
            await acknowledgement

    async def _producer(self) -> AIOKafkaProducer:
        if self._started is not None:
            return self._started
        try:
            from aiokafka import AIOKafkaProducer
        except ImportError as error:
            raise ConfigurationError(_INSTALL) from error
        settings = {"bootstrap_servers": self._bootstrap, **self._connection}
        producer = AIOKafkaProducer(acks="all", linger_ms=5, **settings)
        try:
            await producer.start()
        except _kafka_error() as error:
            await producer.stop()
            raise PublishError(
                f"no Kafka answered at {self._bootstrap}: {error}", report=PublishReport("")
            ) from error
        self._started = producer
        return producer

    async def close(self) -> None:
        """Flush and disconnect."""
        if self._started is not None:
            await self._started.stop()
            self._started = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()


def _kafka_error() -> type[Exception]:
    from aiokafka.errors import KafkaError

    error: type[Exception] = KafkaError
    return error
