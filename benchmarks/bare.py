"""The floor: a bare aiohttp script that makes the same HTTP calls as the bot, without a database and without checks.

`python -m benchmarks.bare PLATFORM PORT` reads lines with a number of jobs, and how many of them at a time, and prints
how long each run took, and how much processor time. As a playground it prints its address, and serves.
"""

import asyncio
import base64
import io
import json
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress

import aiohttp
from aiohttp import web

AT_A_TIME = 8
_MESSAGE = {
    "content": "a boat, of some length, as a message has it",
    "components": [],
    "allowed_mentions": {"parse": []},
}


class Bare:
    """Keeps one session open for the chat, and opens a new connection for each generation, as the bot does."""

    def __init__(self, base: str, chat: aiohttp.ClientSession, gateway: aiohttp.ClientSession) -> None:
        self._base, self._chat, self._gateway = base, chat, gateway

    async def draw(self) -> bytes:
        """Request an image from the gateway, and return its bytes."""
        body = {"model": "dall-e-3", "prompt": "a boat", "size": "1024x1024"}
        async with self._gateway.post(f"{self._base}/v1/images/generations", json=body) as response:
            answer = json.loads(await response.read())
        return base64.b64decode(answer["data"][0]["b64_json"])

    async def discord(self, number: int) -> None:
        """Acknowledge, edit the message, generate, upload."""
        api, token = f"{self._base}/api/v10", f"token-{number}"
        await self._send("POST", f"{api}/interactions/{number}/{token}/callback", json={"type": 4, "data": _MESSAGE})
        edit = f"{api}/webhooks/1/{token}/messages/@original"
        await self._send("PATCH", edit, json=_MESSAGE)
        image = await self.draw()
        form = aiohttp.FormData()
        form.add_field("payload_json", json.dumps({**_MESSAGE, "attachments": [{"id": 0}]}))
        form.add_field("files[0]", io.BytesIO(image), filename="image.png", content_type="application/octet-stream")
        await self._send("PATCH", edit, data=form)

    async def slack(self, number: int) -> None:
        """Post, edit the message, generate, upload, show the image."""
        api, words = f"{self._base}/slack", {"channel": "C1", "text": "a boat", "blocks": "[]"}
        await self._send("POST", f"{api}/chat.postMessage", data=words)
        await self._send("POST", f"{api}/chat.update", data=words)
        image = await self.draw()
        place = json.loads(await self._send("POST", f"{api}/files.getUploadURLExternal", data={"length": len(image)}))
        await self._send("POST", place["upload_url"], data=image)
        await self._send("POST", f"{api}/files.completeUploadExternal", data={"files": "[]"})
        await self._send("POST", f"{api}/chat.update", data={**words, "blocks": '[{"slack_file": {"id": "F1"}}]'})

    async def _send(self, method: str, url: str, **given: object) -> bytes:
        async with self._chat.request(method, url, **given) as response:  # type: ignore[arg-type]
            return await response.read()


class BarePlayground:
    """A server with the playground's routes, which keeps images in a dictionary."""

    def __init__(self, bare: Bare) -> None:
        self._bare, self._images = bare, dict[str, bytes]()
        self._free = asyncio.Semaphore(AT_A_TIME)
        self._news: asyncio.Queue[str] = asyncio.Queue()
        self._tasks: set[asyncio.Task[None]] = set()

    def application(self) -> web.Application:
        """Return the application with its routes."""
        app = web.Application()
        app.router.add_get("/api/options", self._options)
        app.router.add_post("/api/commands", self._command)
        app.router.add_get("/api/events", self._events)
        app.router.add_get("/api/jobs/{job}", self._job)
        app.router.add_get("/api/jobs/{job}/images/0", self._image)
        return app

    async def _options(self, _: web.Request) -> web.Response:
        return web.json_response({})

    async def _command(self, request: web.Request) -> web.Response:
        await request.json()
        job = str(len(self._tasks) + len(self._images))
        self._news.put_nowait(job)
        self._tasks.add(asyncio.create_task(self._run(job)))
        return web.json_response({"job": job}, status=202)

    async def _run(self, job: str) -> None:
        async with self._free:
            self._news.put_nowait(job)
            self._images[job] = await self._bare.draw()
            self._news.put_nowait(job)

    async def _events(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        with suppress(ConnectionError):  # the page has gone
            while True:
                await response.write(f"event: job\ndata: {json.dumps({'job': await self._news.get()})}\n\n".encode())
        return response

    async def _job(self, request: web.Request) -> web.Response:
        return web.json_response({"reply": {"images": [0] if request.match_info["job"] in self._images else []}})

    async def _image(self, request: web.Request) -> web.Response:
        return web.Response(body=self._images[request.match_info["job"]], content_type="image/png")


async def _all(job: Callable[[int], Awaitable[None]], jobs: int, at_a_time: int) -> None:
    numbers = iter(range(jobs))

    async def work() -> None:
        for number in numbers:
            await job(number)

    await asyncio.gather(*(work() for _ in range(at_a_time)))


async def _serve(bare: Bare) -> None:
    runner = web.AppRunner(BarePlayground(bare).application(), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
    print(f"http://127.0.0.1:{runner.addresses[0][1]}", flush=True)
    await asyncio.Event().wait()


async def _obey(job: Callable[[int], Awaitable[None]]) -> None:
    print("ready", flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        began, processor = time.monotonic(), time.process_time()
        await _all(job, *map(int, line.split()))
        print(json.dumps({"seconds": time.monotonic() - began, "cpu": time.process_time() - processor}), flush=True)


async def main(platform: str, port: str) -> None:
    """Run jobs, or serve as a playground."""
    fresh = aiohttp.TCPConnector(force_close=True, limit=0)
    async with aiohttp.ClientSession() as chat, aiohttp.ClientSession(connector=fresh) as gateway:
        bare = Bare(f"http://127.0.0.1:{port}", chat, gateway)
        await (_serve(bare) if platform == "playground" else _obey(getattr(bare, platform)))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
