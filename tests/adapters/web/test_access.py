"""People get only events and answers about their own jobs."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import aiohttp

from tests.adapters.web.speak import Json, ask, get, printed, until
from tests.conftest import StartBot
from tests.fakes.web_browser import come_in, stranger


async def events(response: aiohttp.ClientResponse) -> AsyncIterator[tuple[str, Json]]:
    name = ""
    async for line in response.content:
        if line.startswith(b"event: "):
            name = line[7:].decode().strip()
        if line.startswith(b"data: "):
            yield name, json.loads(line[6:])


async def test_changes_of_ones_own_jobs_are_told(ada: aiohttp.ClientSession, grace: aiohttp.ClientSession) -> None:
    async with asyncio.timeout(60), ada.get("/api/events") as stream:
        assert stream.headers["Content-Type"].startswith("text/event-stream")
        notified = events(stream)
        assert (await anext(notified))[0] == "ready"
        _, others = await ask(grace, "a red kite")
        await until(grace, others["job"], "delivered")
        _, accepted = await ask(ada, "a paper boat")
        job: Json = {}
        while not job.get("reply", {}).get("images"):
            assert await anext(notified) == ("job", {"job": accepted["job"]})
            _, job = await get(ada, f"/api/jobs/{accepted['job']}")


async def test_a_fifth_stream_of_a_person_ends_the_first(ada: aiohttp.ClientSession) -> None:
    async with asyncio.timeout(60), AsyncExitStack() as stack:
        streams = [await stack.enter_async_context(ada.get("/api/events")) for _ in range(5)]
        assert (await streams[0].text()).endswith("event: replaced\ndata: {}\n\n")
        _, asked = await ask(ada, "a paper boat")
        for stream in streams[1:]:
            notified = events(stream)
            assert await anext(notified) == ("ready", {})
            assert await anext(notified) == ("job", {"job": asked["job"]})


async def test_an_open_stream_is_ended_and_not_cut_at_shutdown(start_bot: StartBot) -> None:
    async with asyncio.timeout(60):
        async with start_bot(playground=True) as running:
            session = stranger(printed(running))
            await come_in(session, printed(running))
            stream = await session.get("/api/events")
            await stream.content.readline()
        async with session:
            # The server cuts a handler that does not end by itself, and reading what it cut would raise.
            assert b"event: ready" in await stream.read()
