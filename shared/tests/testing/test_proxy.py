"""The TCP proxy's faults, seen from a client of an echo server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import pytest_asyncio

from aidataops.testing.proxy import TcpProxy

DEADLINE_S = 5.0
SILENCE_S = 0.1


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


@pytest_asyncio.fixture
async def proxy() -> AsyncIterator[TcpProxy]:
    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with asyncio.timeout(DEADLINE_S), server, TcpProxy("127.0.0.1", port) as proxy:
        yield proxy


class Client:
    """One connection through the proxy."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def ask(self, data: bytes) -> bytes:
        """Send and wait for the same number of bytes."""
        self.writer.write(data)
        return await self.reader.readexactly(len(data))


Connect = Callable[[TcpProxy], Awaitable[Client]]


@pytest_asyncio.fixture
async def connect() -> AsyncIterator[Connect]:
    clients: list[Client] = []

    async def open_one(proxy: TcpProxy) -> Client:
        client = Client(*await asyncio.open_connection("127.0.0.1", proxy.port))
        clients.append(client)
        return client

    yield open_one
    for client in clients:
        client.writer.close()


async def test_bytes_pass_unchanged_in_order_and_both_ways_close(
    proxy: TcpProxy, connect: Connect
) -> None:
    client = await connect(proxy)
    payload = bytes(range(256)) * 4096
    assert await client.ask(payload) == payload
    client.writer.write_eof()
    assert await client.reader.read() == b""


async def test_reset_breaks_open_connections_and_welcomes_new_ones(
    proxy: TcpProxy, connect: Connect
) -> None:
    client = await connect(proxy)
    assert await client.ask(b"1") == b"1"
    proxy.reset_all()
    with pytest.raises(ConnectionResetError):
        await client.reader.read()
    assert await (await connect(proxy)).ask(b"2") == b"2"


async def test_blackhole_keeps_connections_open_and_delivers_after_healing(
    proxy: TcpProxy, connect: Connect
) -> None:
    old = await connect(proxy)
    assert await old.ask(b"1") == b"1"
    proxy.blackhole()
    new = await connect(proxy)
    answers = [asyncio.create_task(client.ask(b"2")) for client in (old, new)]
    done, _ = await asyncio.wait(answers, timeout=SILENCE_S)
    assert not done
    proxy.heal()
    assert await asyncio.gather(*answers) == [b"2", b"2"]


async def test_latency_delays_each_direction_and_heals(proxy: TcpProxy, connect: Connect) -> None:
    clock = asyncio.get_running_loop().time
    client = await connect(proxy)
    proxy.latency = 0.1
    started = clock()
    assert await client.ask(b"1") == b"1"
    assert clock() - started >= 0.2
    proxy.heal()
    started = clock()
    assert await client.ask(b"2") == b"2"
    assert clock() - started < 0.1


async def test_target_that_is_down_closes_the_connection(connect: Connect) -> None:
    async with TcpProxy("127.0.0.1", 1) as proxy:
        client = await connect(proxy)
        assert await asyncio.wait_for(client.reader.read(), DEADLINE_S) == b""
