"""Requests that a proxy and the bot might read as different numbers of requests: one reading, or none."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from adapters.http.server import HttpServer
from bot.core.health import Health

INSIDE = b"GET /inside HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
AS_CHUNK = b"0\r\n\r\n" + INSIDE
MESSAGES = {
    "two ways of telling the length": b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n" + AS_CHUNK,
    "the same, the other way round": b"Transfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n" + AS_CHUNK,
    "two lengths": b"Content-Length: 0\r\nContent-Length: %d\r\n\r\n" % len(INSIDE) + INSIDE,
    "two lengths in one line": b"Content-Length: 0, %d\r\n\r\n" % len(INSIDE) + INSIDE,
    "a length with a sign": b"Content-Length: +0\r\n\r\n" + INSIDE,
    "a negative length": b"Content-Length: -1\r\n\r\n" + INSIDE,
    "a length in another base": b"Content-Length: 0x0\r\n\r\n" + INSIDE,
    "a length with an underscore": b"Content-Length: 0_0\r\n\r\n" + INSIDE,
    "a length in two lines": b"Content-Length: 0\r\n %d\r\n\r\n" % len(INSIDE) + INSIDE,
    "a space before the colon": b"Content-Length : %d\r\n\r\n" % len(INSIDE) + INSIDE,
    "a line that goes on": b"X: a\r\n Transfer-Encoding: chunked\r\n\r\n" + AS_CHUNK,
    "bare line feeds": b"X: a\nContent-Length: 0\n\n" + INSIDE,
    "a bare carriage return": b"X: a\rContent-Length: 0\r\n\r\n" + INSIDE,
    "a zero byte in a name": b"Content\x00-Length: 0\r\n\r\n" + INSIDE,
    "another encoding": b"Transfer-Encoding: xchunked\r\n\r\n" + AS_CHUNK,
    "an encoding that isn't the last": b"Transfer-Encoding: chunked, identity\r\n\r\n" + AS_CHUNK,
    "an encoding twice": b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n" + AS_CHUNK,
    "a chunk's length with a sign": b"Transfer-Encoding: chunked\r\n\r\n+0\r\n\r\n" + INSIDE,
    "a chunk's length in another base": b"Transfer-Encoding: chunked\r\n\r\n0x0\r\n\r\n" + INSIDE,
    "a chunk that ends elsewhere": b"Transfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n" + INSIDE,
    "a chunk's line feed": b"Transfer-Encoding: chunked\r\n\r\n0\n\n" + INSIDE,
    "two hosts": b"Host: elsewhere.example\r\nContent-Length: 0\r\n\r\n",
}
HARMLESS = {
    "a length": b"Content-Length: 4\r\n\r\nbody",
    "chunks": b"Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n",
}


class Target:
    """The HTTP server, and what reached its routes."""

    def __init__(self, server: HttpServer) -> None:
        self._server = server
        self.reached: list[str] = []

    async def handle(self, request: web.Request) -> web.Response:
        await request.read()
        self.reached.append(request.path)
        return web.Response()

    async def send(self, raw: bytes) -> list[bytes]:
        """Send all at once, and return the statuses of all answers until the server ends the connection."""
        host, port = self._server.url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(raw)
        async with asyncio.timeout(60):
            answers = await reader.read()
        writer.close()
        return [line[9:12] for line in answers.splitlines() if line.startswith(b"HTTP/1.")]


@pytest.fixture(scope="module")
async def target() -> AsyncIterator[Target]:
    health = Health()
    async with HttpServer(host="127.0.0.1", port=0, readiness=health.readiness, figures=health.figures) as server:
        target = Target(server)
        await server.mount([web.post("/outside", target.handle), web.get("/inside", target.handle)])
        yield target


def request(rest: bytes) -> bytes:
    return b"POST /outside HTTP/1.1\r\nHost: localhost\r\n" + rest


@pytest.mark.parametrize("why", MESSAGES)
async def test_what_can_be_read_in_two_ways_is_refused_with_all_that_follows(target: Target, why: str) -> None:
    target.reached.clear()
    assert await target.send(request(MESSAGES[why])) == [b"400"]
    assert target.reached == []


@pytest.mark.parametrize("why", HARMLESS)
async def test_what_can_be_read_in_one_way_is_served(target: Target, why: str) -> None:
    target.reached.clear()
    assert await target.send(request(HARMLESS[why]) + INSIDE) == [b"200", b"200"]
    assert target.reached == ["/outside", "/inside"]
