"""What is posted to the page is read within bounds, and what is none of its bodies is a refusal."""

import asyncio

import pytest
from aiohttp import web

from adapters.web.body import PageBodies
from adapters.web.parse import BadBody
from bot.core.body import Bodies
from bot.core.refusals import Busy
from tests.adapters.http.test_connections import POST, visits

END = b"\r\n\r\n"
CHUNKED = b"Transfer-Encoding: chunked"
MOST = 256 * 1024


@pytest.mark.parametrize(
    ("bodies", "sent", "refusal"),
    [
        (PageBodies(), POST % (b"/page", b"Content-Length: %d" % (MOST + 1)), "too_large"),
        (PageBodies(), POST % (b"/page", CHUNKED) + b"%x\r\n%b\r\n1\r\nx" % (MOST, b"x" * MOST), "too_large"),
        (PageBodies(Bodies(9, seconds=0.01)), POST % (b"/page", CHUNKED) + b"1\r\nx\r\nzz\r\n", "too_slow"),
        (PageBodies(Bodies(9, seconds=0.01)), POST % (b"/page", b"Content-Length: 9") + b"x", "too_slow"),
        (PageBodies(Bodies(9, in_all=8)), POST % (b"/page", b"Content-Length: 9") + b"x" * 9, "busy"),
        (PageBodies(Bodies(9)), POST % (b"/page", b"Content-Length: 9") + b"x" * 9, ""),
    ],
)
async def test_what_is_too_much_or_broken_is_refused(bodies: PageBodies, sent: bytes, refusal: str) -> None:
    async def page(request: web.Request) -> web.Response:
        began.set()
        try:
            await bodies.read(request)
        except BadBody as error:
            said.append(error.word)
        except Busy:
            said.append("busy")
        else:
            said.append("")
        return web.Response()

    said: list[str] = []
    began = asyncio.Event()
    async with visits(more=[web.post("/page", page)]) as people:
        header, body = sent.split(END, 1)
        stream = await people.connect(header + END)
        await began.wait()  # what is broken within one piece is no request for aiohttp
        stream[1].write(body)
        assert await people.status(stream) == b"200"
    assert said == [refusal]
