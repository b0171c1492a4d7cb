"""Sending a load to Kafka, and the account of what Kafka has taken."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from tests.faults.invariants import Input, Partition, Place
from tests.faults.loads.load import Event

MAXIMUM_BYTES = 1_048_000
SEND_DEADLINE_S = 60.0


class Sender:
    """Sends events in order until each is acknowledged, through whatever happens to the broker.

    What it has to send again after an error may stand twice on the topic: for the checker that is
    one input, as it is for the services.
    """

    def __init__(self, bootstrap: str, prefix: str) -> None:
        self._bootstrap = bootstrap
        self._prefix = prefix
        self._producer: AIOKafkaProducer | None = None
        self._events: dict[str, Event] = {}
        self._places: dict[str, list[Place]] = {}

    @property
    def inputs(self) -> list[Input]:
        """Everything acknowledged so far."""
        return [_to_input(event, self._places[name]) for name, event in self._events.items()]

    async def send(self, events: Sequence[Event]) -> None:
        """Send in order; returns when Kafka has all of them."""
        async with asyncio.timeout(SEND_DEADLINE_S):
            left = list(events)
            while left:
                left = await self._try(left)

    async def close(self) -> None:
        """Disconnect."""
        producer, self._producer = self._producer, None
        if producer is not None:
            with suppress(Exception):
                async with asyncio.timeout(3):
                    await producer.stop()

    async def _try(self, events: list[Event]) -> list[Event]:
        """Returns those from the first that was not acknowledged on, so that order holds."""
        sent: list[Any] = []
        try:
            producer = await self._connect()
            for event in events:
                sent.append(
                    await producer.send(
                        self._prefix + event.topic,
                        event.value,
                        event.key,
                        headers=list(event.headers),
                    )
                )
            await producer.flush()
        except (KafkaError, OSError):
            await self.close()
        for number, event in enumerate(events):
            if number >= len(sent) or not sent[number].done() or sent[number].exception():
                await asyncio.sleep(0.1)
                return events[number:]
            self._note(event, sent[number].result())
        return []

    async def _connect(self) -> AIOKafkaProducer:
        if self._producer is None:
            producer = AIOKafkaProducer(
                bootstrap_servers=self._bootstrap,
                acks="all",
                enable_idempotence=True,
                max_request_size=MAXIMUM_BYTES,
            )
            try:
                await producer.start()
            except BaseException:
                await producer.stop()
                raise
            self._producer = producer
        return self._producer

    def _note(self, event: Event, metadata: Any) -> None:
        place = Place(Partition(event.topic, metadata.partition), metadata.offset)
        name = event.name if event.identity else f"{event.name} at {place.offset}"
        self._events[name] = event
        self._places.setdefault(name, []).append(place)


def _to_input(event: Event, places: Sequence[Place]) -> Input:
    return Input(
        name=event.name if event.identity else f"{event.name} at {places[0].offset}",
        key=(event.key or b"").decode("utf-8", "replace"),
        places=tuple(places),
        event_id=event.event_id,
        identity=event.identity,
        effect=event.effect,
        answers=event.answers,
    )
