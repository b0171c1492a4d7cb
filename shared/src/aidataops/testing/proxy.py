"""A TCP proxy on loopback that breaks connections the way networks do."""

from __future__ import annotations

import asyncio
import socket
import struct
from dataclasses import dataclass
from typing import Self

HOST = "127.0.0.1"
CHUNK_BYTES = 65_536
QUEUED_CHUNKS = 64
RESET_ON_CLOSE = struct.pack("ii", 1, 0)


@dataclass(frozen=True)
class _Chunk:
    due: float
    data: bytes


class TcpProxy:
    """Forwards every connection to one target; faults apply to open and to new connections.

    For Kafka the broker must advertise the proxy's port, or clients go around it. It belongs to
    the event loop in which it was started.
    """

    def __init__(self, target_host: str, target_port: int, *, port: int = 0) -> None:
        """`port` 0 takes any free one at the start."""
        self.target_host = target_host
        self.target_port = target_port
        self.port = port
        self.latency = 0.0
        """Seconds by which each direction is delayed; order and throughput stay."""
        self._open = asyncio.Event()
        self._open.set()
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Listen; the target need not be up."""
        self._server = await asyncio.start_server(self._accept, HOST, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Close the port and every connection."""
        if self._server is None:
            return
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()
        self._server = None

    async def __aenter__(self) -> Self:
        """Start."""
        await self.start()
        return self

    async def __aexit__(self, *exception: object) -> None:
        """Stop."""
        await self.stop()

    @property
    def address(self) -> str:
        """`host:port` for clients."""
        return f"{HOST}:{self.port}"

    @property
    def connections(self) -> int:
        """How many clients are connected."""
        return len(self._tasks)

    def reset_all(self) -> None:
        """Break all open connections with a TCP reset, on both sides; new ones are welcome."""
        for writer in list(self._writers):
            connection: socket.socket = writer.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
            writer.transport.abort()
        for task in list(self._tasks):
            task.cancel()

    def blackhole(self) -> None:
        """Leave all connections open and forward nothing; new ones are accepted and stay silent.

        As in a network partition, what was sent arrives after `heal`, unless a side gave up.
        """
        self._open.clear()

    def heal(self) -> None:
        """No faults any more."""
        self.latency = 0.0
        self._open.set()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._writers.add(writer)
        try:
            await self._serve(reader, writer)
        except (OSError, asyncio.CancelledError):
            return
        finally:
            self._tasks.discard(task)
            self._drop(writer)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._open.wait()
        upstream, upstream_writer = await asyncio.open_connection(
            self.target_host, self.target_port
        )
        self._writers.add(upstream_writer)
        try:
            async with asyncio.TaskGroup() as directions:
                directions.create_task(self._forward(reader, upstream_writer))
                directions.create_task(self._forward(upstream, writer))
        except* OSError:
            pass  # one side is gone: nothing to forward any more
        finally:
            self._drop(upstream_writer)

    async def _forward(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        """Copy one direction; its end closes only the sending half of the other side."""
        queue: asyncio.Queue[_Chunk | None] = asyncio.Queue(QUEUED_CHUNKS)
        async with asyncio.TaskGroup() as ends:
            ends.create_task(self._receive(source, queue))
            ends.create_task(self._send(queue, sink))

    async def _receive(
        self, source: asyncio.StreamReader, queue: asyncio.Queue[_Chunk | None]
    ) -> None:
        clock = asyncio.get_running_loop().time
        while data := await source.read(CHUNK_BYTES):
            await queue.put(_Chunk(due=clock() + self.latency, data=data))
        await queue.put(None)

    async def _send(self, queue: asyncio.Queue[_Chunk | None], sink: asyncio.StreamWriter) -> None:
        clock = asyncio.get_running_loop().time
        while chunk := await queue.get():
            await asyncio.sleep(max(0.0, chunk.due - clock()))
            await self._open.wait()
            sink.write(chunk.data)
            await sink.drain()
        await self._open.wait()
        if sink.can_write_eof():
            sink.write_eof()

    def _drop(self, writer: asyncio.StreamWriter) -> None:
        self._writers.discard(writer)
        writer.close()
