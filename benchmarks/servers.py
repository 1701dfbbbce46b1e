"""The local servers, in their own process: a gateway, a Discord and a Slack that only answer.

They are lean on purpose: the measured program must be the bottleneck. `python -m benchmarks.servers` prints its port,
and is controlled over HTTP: `/control/run` makes users ask for images, and answers with the measurements.
"""

import asyncio
import json
import time
from itertools import count
from typing import Any

from aiohttp import web

from benchmarks.discord_server import DiscordServer
from benchmarks.people import WebPeople
from benchmarks.picture import USUAL, answer
from benchmarks.score import Score
from benchmarks.slack_server import SlackServer

Json = dict[str, Any]
_REFUSAL = {"error": {"message": "Your request was rejected.", "code": "moderation_blocked"}}


class Servers:
    """All servers, on one port."""

    def __init__(self) -> None:
        self._score = Score()
        self._discord, self._slack = DiscordServer(self._score), SlackServer(self._score)
        self._answer, self._numbers = answer(), count(1)
        self._delay = self._drew = 0.0
        self._refused_of = self._people = 0

    def application(self) -> web.Application:
        """Return the application with its routes."""
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.add_routes(
            [
                web.post("/v1/images/generations", self._generate),
                web.get("/api/models", self._models),
                web.post("/control/run", self._run),
                web.post("/control/drawing", self._drawing),
                *self._discord.routes(),
                *self._slack.routes(),
            ]
        )
        return app

    async def _generate(self, request: web.Request) -> web.Response:
        await request.read()
        began = time.monotonic()
        self._score.called()
        await asyncio.sleep(self._delay)
        number = next(self._numbers)
        if self._refused_of and number % self._refused_of == 0:
            self._score.done()
            return web.json_response(_REFUSAL, status=400)
        self._drew += time.monotonic() - began
        headers = {"X-Cometapi-Request-Id": str(number)}  # the bot keeps it with the job
        return web.Response(body=self._answer, content_type="application/json", headers=headers)

    async def _models(self, _: web.Request) -> web.Response:
        return web.json_response({"data": []})

    async def _drawing(self, request: web.Request) -> web.Response:
        """Let each image take `delay` seconds. Answer with how long all took since this was last set."""
        drew, self._drew = self._drew, 0.0
        self._delay = float((await request.json())["delay"])
        return web.json_response({"seconds": drew})

    async def _run(self, request: web.Request) -> web.Response:
        """Send `jobs` commands, `rate` per second or all at once, and wait for the end of the run.

        The gateway takes `delay` seconds for each image, which has `side` pixels on each side. One `refused_of` so many
        is refused. Each command is of a person who never asked before, unless the `same_people` ask in each run.
        """
        asked: Json = await request.json()
        jobs, rate = int(asked["jobs"]), asked.get("rate")
        self._delay, self._drew = float(asked.get("delay", 0)), 0.0
        self._refused_of = int(asked.get("refused_of", 0))
        self._answer = answer(int(asked.get("side", USUAL)))
        platform = asked["platform"]
        people = WebPeople(self._score, asked["bot"]) if platform == "playground" else None
        source: Any = people or {"discord": self._discord, "slack": self._slack}[platform]
        if people:
            await people.come()
        self._score.begin(jobs, acknowledgements=jobs if asked.get("only_acknowledgements") else 0)
        first = 0 if asked.get("same_people") else self._people
        self._people = max(self._people, first + jobs)
        for number in range(jobs):
            if rate:
                await asyncio.sleep(self._score.began + number / rate - time.monotonic())
            await source.ask(first + number)
        seconds = await self._score.over(float(asked.get("within", 60)))
        if people:
            await people.leave()
        measured = {
            "seconds": seconds,
            "waits": self._score.waits(),
            "refused": self._score.refusals,
            "calls": self._score.calls / jobs,
        }
        return web.json_response({**measured, "drew": self._drew, "done": self._score.done_jobs})


async def _serve() -> None:
    servers = Servers()
    runner = web.AppRunner(servers.application(), access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
    print(json.dumps({"port": runner.addresses[0][1]}), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve())
