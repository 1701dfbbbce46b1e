"""The HTTP server's connections: those that say nothing end, and a new one always has room."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from adapters.http.connections import Connections
from adapters.http.server import HttpServer
from bot.core.health import Health

Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]
HEAD = b"GET %b HTTP/1.1\r\nHost: localhost\r\n\r\n"
SOON = 5.0


class Visits:
    """A server with few places, at which people stay connected."""

    def __init__(self, server: HttpServer) -> None:
        self._server = server
        self._open: list[asyncio.StreamWriter] = []
        self.held = asyncio.Event()

    async def connect(self, sent: bytes = b"") -> Stream:
        host, port = self._server.url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        self._open.append(writer)
        writer.write(sent)
        return reader, writer

    async def ask(self, stream: Stream, path: bytes = b"/healthz") -> bytes:
        stream[1].write(HEAD % path)
        return await self.status(stream)

    async def status(self, stream: Stream) -> bytes:
        """Return the status of the next answer; empty if the connection ends without one."""
        async with asyncio.timeout(SOON):
            line = await stream[0].readline()
            head = await stream[0].readuntil(b"\r\n\r\n") if line else b""
            length = next((int(each.split(b":")[1]) for each in head.splitlines() if b"Content-Length" in each), 0)
            await stream[0].readexactly(length)
        return line[9:12]

    async def hold(self) -> Stream:
        """Connect with a request that is answered only when `held` is set."""
        stream = await self.connect(HEAD % b"/held")
        await asyncio.sleep(0.05)
        return stream

    async def leave(self) -> None:
        for writer in self._open:
            writer.close()


@asynccontextmanager
async def visits(*, most: int = 3, first_request: float = 60) -> AsyncIterator[Visits]:
    health, connections = Health(), Connections(most, first_request)
    server = HttpServer(
        host="127.0.0.1", port=0, readiness=health.readiness, figures=health.figures, connections=connections
    )
    async with server:
        people = Visits(server)

        async def held(_: web.Request) -> web.Response:
            await people.held.wait()
            return web.Response()

        await server.mount([web.get("/held", held)])
        yield people
        people.held.set()
        await people.leave()


async def is_over(stream: Stream) -> bool:
    try:
        async with asyncio.timeout(SOON):
            return await stream[0].read() == b""
    except ConnectionError:
        return True


@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\nHo", (HEAD % b"/healthz")[:-2]])
async def test_a_connection_whose_first_request_does_not_come_is_ended(sent: bytes) -> None:
    async with visits(first_request=0.05) as people:
        assert await is_over(await people.connect(sent))


async def test_between_two_requests_a_connection_may_be_silent_for_longer() -> None:
    async with visits(first_request=0.05) as people:
        asking = await people.connect()
        assert await people.ask(asking) == b"200"
        await asyncio.sleep(0.1)
        assert await people.ask(asking) == b"200"


async def test_a_request_may_take_longer() -> None:
    async with visits(first_request=0.05) as people:
        waiting = await people.hold()
        await asyncio.sleep(0.1)
        people.held.set()
        assert await people.status(waiting) == b"200"


async def test_a_new_connection_takes_the_place_of_the_one_that_was_silent_longest(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with visits() as people:
        first, second, third = [await people.connect() for _ in range(3)]
        assert await people.ask(first) == b"200"
        assert await people.ask(await people.connect()) == b"200"
        assert await is_over(second)
        assert await people.ask(first) == await people.ask(third) == b"200"
    assert [record.getMessage() for record in caplog.records] == [
        "3 connections are open, as many as may be: the one that was silent longest is ended"
    ]


async def test_what_is_being_answered_is_ended_last_and_the_oldest_first() -> None:
    async with visits() as people:
        silent = await people.connect()
        oldest, other = await people.hold(), await people.hold()
        assert await people.ask(await people.connect()) == b"200"
        assert await is_over(silent)
        newer = await people.hold()
        assert await people.ask(await people.connect()) == b"200"
        assert await is_over(oldest)
        people.held.set()
        assert await people.status(other) == await people.status(newer) == b"200"
