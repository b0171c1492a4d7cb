"""A service as a process: what it is made of, how it starts, how it ends."""

from __future__ import annotations

import asyncio
import gc
import signal
import time
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Coroutine,
    Iterator,
    Sequence,
)
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import timedelta
from functools import partial
from typing import Any

import asyncpg
import structlog
import uvicorn
from fastapi import APIRouter, FastAPI

from aidataops.clock import Clock, SystemClock
from aidataops.database.migrate import schema_of
from aidataops.database.pool import create_pool
from aidataops.events import Payload
from aidataops.messaging import outbox
from aidataops.messaging.asyncapi import describe_service
from aidataops.messaging.background import keep_going
from aidataops.messaging.consumer import Consumer
from aidataops.messaging.crash_points import crash_point
from aidataops.messaging.handlers import Handlers, Origin, UnitOfWork
from aidataops.messaging.health import health_router
from aidataops.messaging.processor import Processor
from aidataops.messaging.publisher import Publisher
from aidataops.messaging.relay import Relay
from aidataops.observability.logging import configure_logging
from aidataops.observability.metrics import Metrics
from aidataops.observability.tracing import SpanRecorder
from aidataops.settings import Settings

log = structlog.get_logger()

RELAY_WAIT_SECONDS = 10.0
"""So long the relay waits for a connection before it asks again."""
_MIGRATED = "SELECT count(*) FROM schema_migrations"


class Application:
    """One service: its handlers, its HTTP endpoints, and the runtime under them.

    ``handlers`` consume, ``emits`` lists what they and the endpoints emit, ``router`` holds the
    service's own endpoints. ``on_start`` runs once the database is there and before anything is
    consumed, ``in_background`` after everything else has started. ``stopping`` is set when the
    process is to end: streams that never end wait for it.
    """

    def __init__(
        self,
        *,
        name: str,
        package: str,
        handlers: Handlers,
        emits: tuple[type[Payload], ...],
        router: APIRouter | None = None,
        on_start: Callable[[Application], Awaitable[None]] | None = None,
        in_background: Sequence[Callable[[Application], Coroutine[Any, Any, None]]] = (),
        settings: Settings | None = None,
        clock: Clock | None = None,
        metrics: Metrics | None = None,
    ) -> None:
        self.name = name
        self.package = package
        self.handlers = handlers
        self.emits = emits
        self.settings = settings or Settings()
        self.clock = clock or SystemClock()
        self.metrics = metrics or Metrics(name)
        self.spans = SpanRecorder(name, None)
        self.consumer: Consumer | None = None
        self.stopping = asyncio.Event()
        self._on_start = on_start
        self._in_background = in_background
        self._pool: asyncpg.Pool | None = None
        self._publisher: Publisher | None = None
        self._tasks: list[asyncio.Task[Any]] = []
        self.asgi = FastAPI(
            title=f"aidataops {name}", version="1", docs_url="/docs", redoc_url=None
        )
        self.asgi.state.application = self
        self.asgi.include_router(health_router)
        if router is not None:
            self.asgi.include_router(router)

    @property
    def pool(self) -> asyncpg.Pool:
        """Connections in the service's schema; there once the service has started."""
        if self._pool is None:
            raise RuntimeError(f"{self.name} has not reached its database yet")
        return self._pool

    @property
    def publisher(self) -> Publisher:
        if self._publisher is None:
            raise RuntimeError(f"{self.name} has not started yet")
        return self._publisher

    def asyncapi(self) -> dict[str, Any]:
        """What the service consumes and emits, as an AsyncAPI 3.0 document."""
        return describe_service(
            self.name,
            self.package,
            consumes=self.handlers.payloads.values(),
            emits=self.emits,
        )

    @asynccontextmanager
    async def unit_of_work(self, origin: Origin) -> AsyncIterator[UnitOfWork]:
        """One transaction for something from outside; its events are published after the commit."""
        start = time.time_ns()
        publisher = self.publisher
        async with self.pool.acquire() as connection:
            await publisher.adopt(connection, overtaken=False)
            try:
                async with connection.transaction():
                    work = UnitOfWork(self.name, connection, self.clock.now())
                    yield work
                    row = await outbox.add(connection, work.records, [])
            except BaseException:
                publisher.doubt()
                raise
            crash_point("after_commit")
        if row is not None:
            publisher.enqueue(row, work.records)
        self.spans.record(
            f"create {work.records[0].topic}" if work.records else "create",
            traceparent=origin.traceparent,
            parent=origin.parent,
            start=start,
            end=time.time_ns(),
        )

    def run(self) -> None:
        """Run until SIGTERM or SIGINT; the process's main function."""
        configure_logging(self.name, level=self.settings.log_level, form=self.settings.log_format)
        self.spans = SpanRecorder.from_environment(
            self.name, group=self.settings.topic_prefix + self.name
        )
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        loop = asyncio.get_running_loop()
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(name, self.stopping.set)
        server = _Server(
            uvicorn.Config(
                self.asgi,
                host=self.settings.http_host,
                port=self.settings.http_port,
                log_config=None,
                access_log=False,
                lifespan="off",
                timeout_graceful_shutdown=5,
            )
        )
        serving = asyncio.create_task(server.serve())
        starting = asyncio.create_task(self.start())
        ended = asyncio.create_task(self.stopping.wait())
        failed = _failure_of(starting)
        await asyncio.wait((serving, ended, failed), return_when=asyncio.FIRST_COMPLETED)
        log.info("Stopping.")
        self.stopping.set()
        starting.cancel()
        server.should_exit = True
        await serving
        await self.stop()
        self.spans.close()
        with suppress(asyncio.CancelledError):
            await starting

    async def start(self) -> None:
        """Reach database and Kafka, in whatever order they come up, then consume."""
        await self.connect_database()
        publisher = Publisher(self.settings, client_id=self.name, metrics=self.metrics)
        await _until_it_works(publisher.start, "Kafka", self.settings.kafka_bootstrap)
        self._tasks.append(asyncio.create_task(publisher.run()))
        relay = Relay(
            connect=partial(self.pool.acquire, timeout=RELAY_WAIT_SECONDS),
            publisher=publisher,
            clock=self.clock,
            metrics=self.metrics,
            grace=timedelta(seconds=self.settings.relay_grace_seconds),
            inbox_retention=timedelta(days=self.settings.inbox_retention_days),
        )
        self._tasks.append(asyncio.create_task(keep_going("relay", relay.run)))
        await relay.caught_up.wait()
        self._publisher = publisher
        if self.handlers.by_type:
            self.consumer = Consumer(
                service=self.name,
                topics=self.handlers.topics,
                settings=self.settings,
                processor=self.create_processor(publisher),
            )
            await _until_it_works(self.consumer.start, "Kafka", self.settings.kafka_bootstrap)
        calm_garbage_collector()
        self._tasks += [
            asyncio.create_task(keep_going(work.__qualname__, partial(work, self)))
            for work in self._in_background
        ]
        log.info("Started.", topics=self.handlers.topics)

    async def connect_database(self) -> None:
        """Open the pool and run ``on_start``; waits for a database that is not there yet."""
        await _until_it_works(self._open_pool, "Postgres", "AIDATAOPS_DATABASE_URL")
        if self._on_start is not None:
            await self._on_start(self)

    def create_processor(self, publisher: Publisher) -> Processor:
        """The batch processor of this service, publishing through ``publisher``."""
        return Processor(
            service=self.name,
            handlers=self.handlers,
            settings=self.settings,
            pool=self.pool,
            publisher=publisher,
            clock=self.clock,
            metrics=self.metrics,
            spans=self.spans,
        )

    async def stop(self) -> None:
        """Take nothing new, finish the batch, publish what is committed, close."""
        if self.consumer is not None:
            await self.consumer.stop()
        if self._publisher is not None:
            await self._publisher.close(timeout=5)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._pool is not None:
            with suppress(TimeoutError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                async with asyncio.timeout(5):
                    await self._forget_published(self._pool)
                    await self._pool.close()

    async def _forget_published(self, pool: asyncpg.Pool) -> None:
        if self._publisher is not None:
            async with self._publisher.published() as rows, pool.acquire() as connection:
                await outbox.delete(connection, rows)

    async def _open_pool(self) -> None:
        if self._pool is None:
            self._pool = await create_pool(
                self.settings.database_url,
                schema=schema_of(self.name),
                size=self.settings.database_pool_size,
            )
        await self._pool.fetchval(_MIGRATED)


class _Server(uvicorn.Server):
    """Signals belong to the application, which stops consuming first."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def _until_it_works(attempt: Callable[[], Awaitable[None]], what: str, where: str) -> None:
    delay = 0.2
    while True:
        try:
            await attempt()
        except asyncpg.UndefinedTableError:
            log.warning("The service's tables are missing: run `aidataops migrate`.")
        except Exception as error:  # noqa: BLE001 - whatever it is, readiness tells and we go on
            log.warning("Waiting for something.", what=what, where=where, error=repr(error))
        else:
            return
        await asyncio.sleep(delay)
        delay = min(delay * 1.5, 5.0)


def _failure_of(task: asyncio.Task[None]) -> asyncio.Future[None]:
    """Done when the task has failed; never when it succeeds or is cancelled."""
    failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def note(done: asyncio.Task[None]) -> None:
        if not done.cancelled() and (error := done.exception()) and not failed.done():
            log.critical("The service cannot start.", error=repr(error))
            failed.set_result(None)

    task.add_done_callback(note)
    return failed


def calm_garbage_collector() -> None:
    """A batch allocates tens of thousands of objects that no cycle holds.

    With the defaults, walking what never changes took a third of the time of a batch.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 50, 100)


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop
