"""Bodies that are posted to the page are read within bounds, and anything that isn't one of its bodies is refused."""

import asyncio

from aiohttp import web

from adapters.web.body import PageBodies
from adapters.web.parse import BadBody
from bot.core.body import Bodies
from bot.core.refusals import Busy
from tests.adapters.http.test_connections import POST, visits

CHUNKED = b"Transfer-Encoding: chunked"
NINE = b"Content-Length: 9"
MOST = 256 * 1024
CASES = [
    (PageBodies(), b"Content-Length: %d" % (MOST + 1), b"", "too_large"),
    (PageBodies(), CHUNKED, b"%x\r\n%b\r\n1\r\nx" % (MOST, b"x" * MOST), "too_large"),
    (PageBodies(Bodies(9, seconds=0.01)), CHUNKED, b"1\r\nx\r\nzz\r\n", "too_slow"),
    (PageBodies(Bodies(9, seconds=0.01)), NINE, b"x", "too_slow"),
    (PageBodies(Bodies(9, in_all=8)), NINE, b"x" * 9, "busy"),
    (PageBodies(Bodies(9)), NINE, b"x" * 9, ""),
]


async def test_what_is_too_much_or_broken_is_refused() -> None:
    began = asyncio.Event()

    async def page(request: web.Request) -> web.Response:
        began.set()
        try:
            await CASES[int(request.match_info["case"])][0].read(request)
        except BadBody as error:
            return web.Response(status=400, reason=error.word)
        except Busy:
            return web.Response(status=400, reason="busy")
        return web.Response(status=200, reason="")

    async with visits(most=10, more=[web.post("/page/{case}", page)]) as people:
        for number, (_, header, body, refusal) in enumerate(CASES):
            began.clear()
            reader, writer = await people.connect(POST % (b"/page/%d" % number, header))
            await began.wait()  # what is broken within one piece isn't a request for aiohttp
            writer.write(body)
            assert (await reader.readline()).decode().strip().split(" ", 2)[2:] == ([refusal] if refusal else [])
