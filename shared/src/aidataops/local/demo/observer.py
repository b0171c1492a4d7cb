"""Watching everything that happens on Kafka, as somebody who takes part in nothing."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Self, TypeVar, cast

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError

from aidataops.errors import AidataopsError, TransientError
from aidataops.events import PAYLOADS, TOPICS, Payload
from aidataops.messaging.cloudevents import decode

P = TypeVar("P", bound=Payload)
P_co = TypeVar("P_co", bound=Payload, covariant=True)
T = TypeVar("T")

DEADLINE_S = 60.0
POLL_MS = 100
AGAIN_S = 0.25
"""How often a condition is looked at when nothing happens: it may depend on more than events."""


class OverdueError(AidataopsError):
    """Something that was to happen did not happen in time."""

    code = "overdue"


@dataclass(frozen=True, slots=True)
class Observed(Generic[P_co]):
    """An event as it was on Kafka; ``source`` is the service or the person that said it."""

    payload: P_co
    event_id: str
    source: str
    traceparent: str

    @property
    def trace_id(self) -> str:
        """The 32 digits by which a trace is found; empty without one."""
        return self.traceparent[3:35]


class Observer:
    """Reads all topics from their beginning, in no group; use it in an ``async with``."""

    def __init__(self, bootstrap: str, services: Sequence[str] = ()) -> None:
        """With ``services`` their dead letters are watched as well."""
        self._bootstrap = bootstrap
        self._services = services
        self._events: list[Observed[Payload]] = []
        self._seen: set[tuple[str, str]] = set()
        self._news = asyncio.Event()
        self._reading: asyncio.Task[None] | None = None
        self.dead_letters: list[str] = []
        """One sentence each: who could not take what, and why."""

    async def __aenter__(self) -> Self:
        from aidataops.messaging.topics import names

        consumer = AIOKafkaConsumer(
            *(names(self._services) if self._services else TOPICS),
            bootstrap_servers=self._bootstrap,
            group_id=None,
            auto_offset_reset="earliest",
            enable_auto_commit=False,
        )
        try:
            await consumer.start()
        except KafkaError as error:
            await consumer.stop()
            raise TransientError(f"No Kafka to observe at {self._bootstrap}: {error!r}") from error
        self._reading = asyncio.create_task(self._read(consumer), name="observe Kafka")
        return self

    async def __aexit__(self, *exception: object) -> None:
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.wait([self._reading])

    def all(self, payload: type[P]) -> list[Observed[P]]:
        """Every event of a type so far, each once, in the order in which it was read."""
        found = [event for event in self._events if type(event.payload) is payload]
        return cast("list[Observed[P]]", found)

    def latest(self, payload: type[P], key: Callable[[P], str]) -> dict[str, Observed[P]]:
        """Per key the last word: the highest revision, and of equals the one read last."""
        found: dict[str, Observed[P]] = {}
        for event in self.all(payload):
            name = key(event.payload)
            if name not in found or _revision(event) >= _revision(found[name]):
                found[name] = event
        return found

    def traced(self, trace_id: str) -> list[Observed[Payload]]:
        """Every event of one trace."""
        return [event for event in self._events if event.trace_id == trace_id]

    async def until(
        self, what: str, found: Callable[[], T | None], *, within_s: float = DEADLINE_S
    ) -> T:
        """What ``found`` gives once it is neither None nor empty nor false.

        Raises `OverdueError` with ``what`` was waited for.
        """

        async def answer() -> T | None:
            return found()

        return await self.until_answered(what, answer, within_s=within_s)

    async def until_answered(
        self, what: str, found: Callable[[], Awaitable[T | None]], *, within_s: float = DEADLINE_S
    ) -> T:
        """As `until`, for a condition that has to ask somebody."""
        deadline = time.monotonic() + within_s
        while True:
            self._news.clear()
            result = await found()
            if result:
                return result
            if self._reading is not None and self._reading.done():
                self._reading.result()
            if time.monotonic() > deadline:
                raise OverdueError(f"waited {within_s:.0f} s in vain for this: {what}.")
            try:
                await asyncio.wait_for(self._news.wait(), AGAIN_S)
            except TimeoutError:
                continue

    async def _read(self, consumer: AIOKafkaConsumer) -> None:
        try:
            while True:
                polled = await consumer.getmany(timeout_ms=POLL_MS)
                for partition, records in polled.items():
                    for record in records:
                        self._take(partition.topic, record.headers, record.value)
                if polled:
                    self._news.set()
        finally:
            await consumer.stop()

    def _take(self, topic: str, headers: Sequence[tuple[str, bytes]], value: bytes | None) -> None:
        if topic.endswith(".dlq"):
            found = dict(headers)
            what = found.get("ce_type", b"a record").decode("utf-8", "replace")
            why = found.get("aidataops_reason", b"").decode("utf-8", "replace")
            self.dead_letters.append(f"{topic.split('.')[-2]} could not take {what}: {why}")
            return
        attributes = decode(headers, value)
        identity = (attributes.source, attributes.event_id)
        if identity in self._seen or attributes.type not in PAYLOADS:
            return
        self._seen.add(identity)
        self._events.append(
            Observed(
                PAYLOADS[attributes.type].model_validate_json(attributes.data),
                attributes.event_id,
                attributes.source,
                (attributes.traceparent or b"").decode("ascii", "replace"),
            )
        )


def _revision(event: Observed[P]) -> int:
    return int(getattr(event.payload, "revision", 0))
