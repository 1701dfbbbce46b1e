"""What strangers send to the HTTP port is counted in the log: a line a minute, and none of their bytes."""

import asyncio
import logging
import random

import pytest
from aiohttp import web
from aiohttp.http_exceptions import BadHttpMessage

from adapters.http.noise import Noise
from tests.adapters.http.test_connections import HEAD, POST, Visits, is_over, visits

MOST_BYTES = 1000
JUNK = [
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"x" * 400,
    b"SSH-2.0-OpenSSH_9.6\r\n",
    b"GET / HTTP/1.1\r\nHost localhost\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nX: \x1b[31m\x00\r\n\r\n",
    b"GET /\n\xffforged HTTP/9.9\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: " + b"y" * 9000 + b"\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 100 + b"\r\n",
    b"GET http://[ HTTP/1.1\r\nHost: a\r\n\r\n",
    b"CONNECT a HTTP/1.1\r\nHost: a\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx",
    POST % (b"/echo", b"Transfer-Encoding: chunked") + b"zz\r\n",
    POST % (b"/nowhere", b"Transfer-Encoding: chunked") + b"1\r\nxy\r\n",
    b"GET /nowhere HTTP/1.1\r\nHost: a\r\nExpect: \xff\r\n\r\n",
    HEAD % b"/healthz" + b"\xff\xfe\r\n\r\n",
]


async def send(people: Visits, junk: bytes) -> None:
    stream = await people.connect(junk)
    await asyncio.sleep(0.01)
    stream[1].write_eof()
    await is_over(stream)


async def test_a_strangers_junk_is_one_line_and_no_traceback(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with visits() as people:
        for junk in JUNK:
            await send(people, junk)
        seed = random.Random(16)
        for _ in range(50):
            await send(people, seed.randbytes(110))
    said = [record for record in caplog.records if record.name.startswith(("aiohttp", "adapters"))]
    assert 1 <= len(said) <= 2  # the first at once, the rest in the end
    for record in said:
        assert (record.exc_info, record.levelno) == (None, logging.INFO)
        line = record.getMessage()
        assert line.isprintable()
        assert len(line) < MOST_BYTES
    counted = sum(int(record.getMessage().split(": ")[1].split()[0]) for record in said)
    assert counted >= 50


async def test_a_minute_has_one_line_with_the_number_of_the_rest(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    noise = Noise(seconds=0.05)
    for number in range(3):
        noise.exception("Error from %s", number, exc_info=BadHttpMessage("junk"))
    await asyncio.sleep(0.1)
    noise.close()
    assert [record.getMessage() for record in caplog.records] == [
        "requests that could not be read: 1 (the latest: BadHttpMessage)",
        "requests that could not be read: 2 (the latest: BadHttpMessage)",
    ]


async def test_a_fault_of_our_own_is_written_with_its_traceback(caplog: pytest.LogCaptureFixture) -> None:
    async def broken(_: web.Request) -> web.Response:
        raise KeyError("ours")

    async with visits(more=[web.get("/broken", broken)]) as people:
        assert await people.ask(await people.connect(), b"/broken") == b"500"
    (record,) = caplog.records
    assert record.exc_info
    assert isinstance(record.exc_info[1], KeyError)
