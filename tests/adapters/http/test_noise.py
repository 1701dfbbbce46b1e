"""Junk that strangers send to the HTTP port is counted in the log: a line a minute, without their bytes."""

import asyncio
import contextlib
import io
import logging
import random
from collections.abc import Iterator

import pytest
from aiohttp import web

from bot.cli.logs import TextFormatter
from bot.cli.repeats import SparingHandler
from tests.adapters.http.test_connections import HEAD, POST, Visits, is_over, visits

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


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> Iterator[io.StringIO]:
    """Return what the log has of it, as `imagine-bot run` writes it."""
    stream = io.StringIO()
    handler = SparingHandler(stream)
    handler.setFormatter(TextFormatter())
    caplog.set_level(logging.INFO)
    caplog.set_level(logging.INFO, "adapters")
    monkeypatch.setattr(logging.getLogger(), "handlers", [handler])
    yield stream
    handler.close()


async def send(people: Visits, junk: bytes) -> None:
    stream = await people.connect(junk)
    await asyncio.sleep(0.01)
    with contextlib.suppress(OSError):  # it may have been ended
        stream[1].write_eof()
    await is_over(stream)


async def test_a_strangers_junk_is_one_line_and_no_traceback(written: io.StringIO) -> None:
    async with visits() as people:
        for junk in JUNK:
            await send(people, junk)
        seed = random.Random(16)
        for _ in range(50):
            await send(people, seed.randbytes(110))
    logging.getLogger().handlers[0].close()
    first, rest = written.getvalue().splitlines()
    line = "INFO    adapters.http.noise: a request could not be read"
    assert first.endswith(line)
    assert int(rest.partition(f"{line} (and ")[2].removesuffix(" more)")) >= 50


async def test_a_fault_of_our_own_is_written_with_its_traceback(caplog: pytest.LogCaptureFixture) -> None:
    async def broken(_: web.Request) -> web.Response:
        raise KeyError("ours")

    async with visits(more=[web.get("/broken", broken)]) as people:
        assert await people.ask(await people.connect(), b"/broken") == b"500"
    (record,) = caplog.records
    assert record.exc_info
    assert isinstance(record.exc_info[1], KeyError)
