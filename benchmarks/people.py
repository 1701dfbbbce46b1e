"""Users of the playground: they send commands, listen for changes, and fetch the image when it is ready."""

import asyncio
import json
from collections.abc import Coroutine
from typing import Any

import aiohttp
from yarl import URL

from benchmarks.score import Score
from tests.fakes.web_browser import come_in


class WebPeople:
    """One browser that sends all commands; `bot` is the playground's address."""

    def __init__(self, score: Score, bot: str) -> None:
        self._score, self._bot = score, bot
        jar = aiohttp.CookieJar(unsafe=True)  # the host is an IP address
        origin, connector = URL(bot).origin(), aiohttp.TCPConnector(limit=0)
        self._session = aiohttp.ClientSession(origin, connector=connector, cookie_jar=jar)
        self._tasks: set[asyncio.Task[None]] = set()
        self._here = asyncio.Event()
        self._seen: set[str] = set()

    async def come(self) -> None:
        """Open the page, and the event stream."""
        self._score.called()
        if "key" in URL(self._bot).query:  # the bare script doesn't ask for one
            await come_in(self._session, self._bot)
        async with self._session.get("/api/options") as response:
            await response.read()
        self._spawn(self._listen())
        await self._here.wait()

    async def leave(self) -> None:
        """Close everything."""
        for task in list(self._tasks):
            task.cancel()
        await self._session.close()

    async def ask(self, number: int) -> None:
        """Send `/imagine`."""
        self._spawn(self._ask(str(number)))

    async def _ask(self, name: str) -> None:
        self._score.asked(name)
        self._score.called()
        async with self._session.post("/api/commands", json={"text": "/imagine a boat"}) as response:
            await response.read()
        self._score.answered(name)

    async def _listen(self) -> None:
        self._score.called()
        async with self._session.get("/api/events", timeout=aiohttp.ClientTimeout(total=None)) as response:
            self._here.set()
            async for line in response.content:
                if line.startswith(b"data: ") and (job := json.loads(line[6:]).get("job")):
                    self._spawn(self._look(job))

    async def _look(self, job: str) -> None:
        self._score.called()
        async with self._session.get(f"/api/jobs/{job}") as response:
            shown = await response.json()
        if job in self._seen or not shown["reply"]["images"]:
            return
        self._seen.add(job)
        self._score.called()
        async with self._session.get(f"/api/jobs/{job}/images/0") as response:
            await response.read()
        self._score.done()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
