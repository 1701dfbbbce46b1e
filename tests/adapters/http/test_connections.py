"""The HTTP server's connections: those that say nothing end, and a new one always has room."""

import asyncio
import contextlib
import gzip
import select
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from adapters.http.connections import Connections, Times
from adapters.http.server import HttpServer
from bot.core.health import Health

Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]
POST = b"POST %b HTTP/1.1\r\nHost: localhost\r\n%b\r\n\r\n"
HEAD = b"GET %b HTTP/1.1\r\nHost: localhost\r\n\r\n"
SOON = 60.0
LARGE = 16 * 1024 * 1024
"""Bytes of an answer: more than the system takes before its reader does."""


class Visits:
    """A server with few places, at which people stay connected."""

    def __init__(self, server: HttpServer) -> None:
        self._server = server
        self._open: list[asyncio.StreamWriter] = []
        self.held, self.arrived = asyncio.Event(), asyncio.Semaphore(0)

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
        async with asyncio.timeout(SOON):
            await self.arrived.acquire()
        return stream

    async def leave(self) -> None:
        for writer in self._open:
            writer.close()


@asynccontextmanager
async def visits(*, most: int = 3, more: Sequence[web.RouteDef] = (), **times: float) -> AsyncIterator[Visits]:
    """Serve; a time that isn't in `times` is a minute."""
    patience = Times(**{"header": 60, "body": 60, "keep_alive": 60, "answer": 60, **times})
    health, connections = Health(), Connections(most, patience)
    server = HttpServer(
        host="127.0.0.1", port=0, readiness=health.readiness, figures=health.figures, connections=connections
    )
    async with server:
        people = Visits(server)

        async def held(_: web.Request) -> web.Response:
            people.arrived.release()
            await people.held.wait()
            return web.Response()

        async def large(_: web.Request) -> web.Response:
            return web.Response(body=b"x" * LARGE)

        async def echo(request: web.Request) -> web.Response:
            return web.Response(body=await request.read())

        await server.mount([web.get("/held", held), web.get("/large", large), web.post("/echo", echo), *more])
        yield people
        people.held.set()
        await people.leave()


async def is_over(stream: Stream) -> bool:
    """Wait for the end, with any answers before it."""
    try:
        async with asyncio.timeout(SOON):
            await stream[0].read()
    except ConnectionError:
        pass
    return True


@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\nHo", (HEAD % b"/healthz")[:-2]])
async def test_a_connection_whose_first_request_does_not_come_is_ended(sent: bytes) -> None:
    async with visits(header=0.05) as people:
        assert await is_over(await people.connect(sent))


@pytest.mark.parametrize("begun", [b"G", (HEAD % b"/healthz")[:-1], HEAD % b"/healthz" + b"GET"])
async def test_a_later_request_whose_header_does_not_come_is_ended(begun: bytes) -> None:
    async with visits(header=0.5) as people:
        asking = await people.connect()
        assert await people.ask(asking) == b"200"
        asking[1].write(begun)
        assert await is_over(asking)


@pytest.mark.parametrize("first", [b"", HEAD % b"/healthz"])
async def test_a_header_that_comes_byte_by_byte_has_no_more_time(first: bytes) -> None:
    async with visits(header=0.2) as people:
        dribbling = await people.connect(first)
        if first:
            assert await people.status(dribbling) == b"200"
        with contextlib.suppress(ConnectionError):
            for byte in (HEAD % (b"/" + b"x" * 1000))[:-1]:
                dribbling[1].write(bytes([byte]))
                await asyncio.sleep(0.02)
                if dribbling[0].at_eof():
                    break
        assert await is_over(dribbling)


@pytest.mark.parametrize("body", [b"", b"x" * 99, b"x" * 10_000])
@pytest.mark.parametrize("path", [b"/echo", b"/healthz", b"/nowhere"])
async def test_a_body_that_does_not_come_to_its_end_is_ended(path: bytes, body: bytes) -> None:
    async with visits(body=0.1) as people:
        assert await is_over(await people.connect(POST % (path, b"Content-Length: 10001") + body))


async def test_so_is_one_that_comes_in_pieces_without_end() -> None:
    async with visits(body=0.1) as people:
        asking = await people.connect(POST % (b"/echo", b"Transfer-Encoding: chunked"))
        with contextlib.suppress(ConnectionError):
            while not (asking[0].at_eof() or asking[0].exception()):
                asking[1].write(b"1\r\nx\r\n")
                await asyncio.sleep(0.01)
        assert await is_over(asking)


@pytest.mark.parametrize("header", [b"Content-Length: 3", b"Transfer-Encoding: chunked"])
async def test_a_body_that_came_leaves_the_connection_open(header: bytes) -> None:
    body = b"abc" if b"Length" in header else b"3\r\nabc\r\n0\r\n\r\n"
    async with visits(header=2, body=2) as people:
        asking = await people.connect(POST % (b"/echo", header))
        await asyncio.sleep(0.03)
        asking[1].write(body)
        assert await people.status(asking) == b"200"
        await asyncio.sleep(2.1)
        assert await people.ask(asking) == b"200"


async def test_a_connection_that_asks_nothing_more_is_ended_and_one_that_asks_in_time_goes_on() -> None:
    async with visits(keep_alive=2) as people:
        asking = await people.connect()
        for _ in range(3):
            assert await people.ask(asking) == b"200"
            await asyncio.sleep(0.7)
        assert await is_over(asking)


async def test_an_answer_of_which_nothing_is_taken_is_given_up() -> None:
    async with visits(answer=0.1) as people:
        _, writer = await people.connect(HEAD % b"/large")
        ended = select.poll()
        ended.register(writer.get_extra_info("socket").fileno(), 0)  # of all that may happen, only an end
        async with asyncio.timeout(SOON):
            while not ended.poll(0):
                await asyncio.sleep(0.02)


async def test_an_answer_that_is_taken_slowly_comes_whole() -> None:
    async with visits(answer=2) as people:
        reader, _ = await people.connect(HEAD % b"/large")
        taken = 0
        while taken < LARGE:
            taken += len(await reader.readexactly(min(1024 * 1024, LARGE - taken)))
            await asyncio.sleep(0.14)


@pytest.mark.parametrize(
    "sent",
    [
        b"GET / HTTP/1.1\r\n" + (b"X: " + b"y" * 8000 + b"\r\n") * 3,
        b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 100,
        HEAD.replace(b"\r\n\r\n", b"\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n") % b"/held" + b"x" * 30_000,
    ],
    ids=["long lines", "many lines", "another protocol"],
)
async def test_a_flood_of_headers_is_ended(sent: bytes) -> None:
    async with visits() as people:
        assert await is_over(await people.connect(sent))


async def test_nothing_is_unpacked() -> None:
    packed = gzip.compress(b"x" * 1000)
    async with visits() as people:
        header = b"Content-Encoding: gzip\r\nContent-Length: %d" % len(packed)
        reader, _ = await people.connect(POST % (b"/echo", header) + packed)
        async with asyncio.timeout(SOON):
            await reader.readuntil(b"\r\n\r\n")
            assert await reader.readexactly(len(packed)) == packed


async def test_requests_may_come_ahead_of_their_answers() -> None:
    async with visits(header=2) as people:
        asking = await people.connect(HEAD % b"/held" + 2 * HEAD % (b"/healthz", b"/healthz"))
        await people.arrived.acquire()
        asking[1].write(HEAD % b"/nowhere")
        people.held.set()
        assert [await people.status(asking) for _ in range(4)] == [b"200", b"200", b"200", b"404"]
        assert await is_over(asking)


async def test_between_two_requests_a_connection_may_be_silent_for_longer() -> None:
    async with visits(header=0.5) as people:
        asking = await people.connect()
        assert await people.ask(asking) == b"200"
        await asyncio.sleep(0.6)
        assert await people.ask(asking) == b"200"


async def test_a_request_may_take_longer() -> None:
    async with visits(header=0.5) as people:
        waiting = await people.hold()
        await asyncio.sleep(0.6)
        people.held.set()
        assert await people.status(waiting) == b"200"


async def test_a_new_connection_takes_the_place_of_the_oldest_without_a_whole_request(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with visits() as people:
        first, second, third = [await people.connect() for _ in range(3)]
        assert await people.ask(first) == b"200"
        assert await people.ask(await people.connect()) == b"200"
        assert await is_over(second)
        assert await people.ask(first) == await people.ask(third) == b"200"
    assert [record.getMessage() for record in caplog.records] == [
        "3 connections are open, as many as may be: the oldest without a whole request make room"
    ]


async def test_an_unfinished_body_makes_room_and_what_works_or_waits_for_its_next_request_stays() -> None:
    async with visits(most=4) as people:
        working, waiting = await people.hold(), await people.connect()
        assert await people.ask(waiting) == b"200"
        half = [await people.connect(POST % (b"/echo", b"Content-Length: 99") + b"x") for _ in range(2)]
        await asyncio.sleep(0.05)
        assert await people.ask(await people.connect()) == b"200"
        assert await is_over(half[0])
        assert await people.ask(waiting) == b"200"
        half[1][1].write(b"x" * 98)
        assert await people.status(half[1]) == b"200"
        people.held.set()
        assert await people.status(working) == b"200"


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
