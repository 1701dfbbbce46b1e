"""Speaking the JSON API, as the page does."""

import asyncio
from typing import Any

import aiohttp

from bot.cli.assembly import Running

Json = dict[str, Any]


def printed(running: Running) -> str:
    """Return the printed address of the playground, which has its key."""
    return running.opened_at["web"]


async def get(session: aiohttp.ClientSession, path: str) -> tuple[int, Json]:
    async with session.get(path) as response:
        return response.status, await response.json()


async def post(session: aiohttp.ClientSession, path: str, body: object = None) -> tuple[int, Json]:
    async with session.post(path, json=body if body is not None else {}) as response:
        return response.status, await response.json()


async def ask(session: aiohttp.ClientSession, text: str, **more: object) -> tuple[int, Json]:
    return await post(session, "/api/commands", {"text": text, **more})


async def until(session: aiohttp.ClientSession, job: str, *statuses: str) -> Json:
    async with asyncio.timeout(60):
        while True:
            _, seen = await get(session, f"/api/jobs/{job}")
            if seen["status"] in statuses:
                return seen
            await asyncio.sleep(0.03)
