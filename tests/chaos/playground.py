"""The playground, as schedules use it: browsers that break off, and come back to see."""

import asyncio
import json
import re
import secrets
from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any

import aiohttp
from yarl import URL

from tests.chaos.schedule import Ask, Schedule
from tests.fakes.driver import Seen
from tests.fakes.web_browser import come_in

Json = dict[str, Any]
_BROKEN = (aiohttp.ClientError, OSError, TimeoutError)


class WebPlace:
    """One page; each person has a browser of their own."""

    def __init__(self, stack: AsyncExitStack) -> None:
        self._stack, self._printed, self._url = stack, "", ""
        self._browsers: dict[str, aiohttp.ClientSession] = {}
        self._answers: dict[str, list[Json]] = {}
        """The answers to each person's commands and presses."""
        self._buttons: dict[str, dict[str, str]] = {}
        self._heard: set[str] = set()
        self._opening: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._met: dict[str, dict[str, None]] = defaultdict(dict)
        """The jobs that each person has come across. Cancelled ones are in no history."""

    @property
    def settings(self) -> Mapping[str, object]:
        return {"playground": True}

    @property
    def secrets(self) -> Collection[str]:
        jars = (browser.cookie_jar for browser in self._browsers.values())
        cookies = {cookie.value for jar in jars for cookie in jar}
        tokens = {browser.headers["Authorization"].split()[-1] for browser in filter(_is_open, self._browsers.values())}
        keys = {URL(self._printed).query["key"]} if self._printed else set()
        return cookies | tokens | keys

    def attach(self, url: str) -> None:
        self._printed, self._url = url, str(URL(url).origin())

    def prepare(self, schedules: Sequence[Schedule]) -> None:
        for person in (person for schedule in schedules for person in schedule.people):
            # Browsers keep cookies of addresses too; aiohttp's jar has to be told to.
            jar = aiohttp.CookieJar(unsafe=True)
            session = aiohttp.ClientSession(cookie_jar=jar, timeout=aiohttp.ClientTimeout(total=10))
            self._stack.push_async_callback(session.close)
            self._browsers[person], self._answers[person] = session, []

    async def ask(self, ask: Ask, schedule: Schedule) -> None:
        command = {"text": f"/imagine {ask.text}", "key": secrets.token_hex(8)}
        await self._open_page(ask.person)
        for _ in range(ask.copies):
            with suppress(*_BROKEN):
                if "gone away" in ask.chat:
                    await self._post_and_leave(ask.person, "/api/commands", command)
                else:
                    await self._post(ask.person, "/api/commands", command)
                    self._heard.add(ask.tag)

    async def _open_page(self, person: str) -> None:
        """Get a cookie that identifies the person, and a token. Wait for the bot if it is away."""
        async with self._opening[person]:
            while not _is_open(self._browsers[person]):
                with suppress(*_BROKEN):
                    await come_in(self._browsers[person], self._printed)
                await asyncio.sleep(0.01)

    async def press(self, message: Seen, label: str, person: str) -> None:
        with suppress(*_BROKEN):
            await self._post(person, f"/api/jobs/{message.id}/{self._buttons[message.id][label]}", {})

    async def delete(self, message: Seen) -> bool:
        return False  # nobody can

    def strike(self, schedule: Schedule) -> None:
        """Do nothing: a page has no place that could be lost."""

    async def cut(self) -> None:
        """Every request has a connection of its own."""

    async def seen(self, person: str) -> list[Seen]:
        if not _is_open(self._browsers[person]):
            return []  # no one is there yet
        answers = self._answers[person]
        jobs = self._met[person]
        jobs |= {answer["job"]: None for answer in answers if "job" in answer}
        with suppress(*_BROKEN):
            jobs |= dict.fromkeys(await self._history(person))
            shown = [await self._job(person, job) for job in list(jobs)]
            notified = [answer for answer in answers if "job" not in answer]
            return [*shown, *(_private(number, answer) for number, answer in enumerate(notified))]
        return []

    async def quota(self, person: str, schedule: Schedule) -> str:
        await self._open_page(person)
        return str((await self._get(person, "/api/quota"))["reply"]["text"])

    def failed_openly(self, ask: Ask) -> bool:
        return ask.tag not in self._heard

    async def _history(self, person: str) -> list[str]:
        found: list[str] = []
        page: Json = await self._get(person, "/api/jobs")
        while True:
            found += [job["job"] for job in page["jobs"]]
            if not page["older"]:
                return found
            page = await self._get(person, f"/api/jobs?cursor={page['older']}")

    async def _job(self, person: str, job: str) -> Seen:
        reply = (await self._get(person, f"/api/jobs/{job}"))["reply"]
        buttons = {button["label"]: button["action"] for button in reply["buttons"]}
        # A person who presses a button may have seen it before the job moved on.
        self._buttons[job] = self._buttons.get(job, {}) | buttons
        return Seen(
            id=job,
            text=reply["text"],
            images=[await self._bytes(person, image["url"]) for image in reply["images"]],
            alts=[image["alt"] for image in reply["images"]],
            buttons=list(buttons),
            private=False,
        )

    async def _get(self, person: str, path: str) -> Json:
        async with self._browsers[person].get(f"{self._url}{path}") as response:
            if response.status != 200:
                raise aiohttp.ClientError(f"status {response.status}")
            found: Json = await response.json()
            return found

    async def _bytes(self, person: str, url: str) -> bytes:
        async with self._browsers[person].get(f"{self._url}{re.sub('^https?://[^/]+', '', url)}") as response:
            return await response.read()

    async def _post(self, person: str, path: str, body: Json) -> None:
        async with self._browsers[person].post(f"{self._url}{path}", json=body) as response:
            self._answers[person].append(await response.json())

    async def _post_and_leave(self, person: str, path: str, body: Json) -> None:
        """Close the connection as soon as everything is sent, as a closed tab does."""
        url, content = URL(self._url), json.dumps(body).encode()
        browser = self._browsers[person]
        cookies = "; ".join(f"{cookie.key}={cookie.value}" for cookie in browser.cookie_jar)
        head = (
            f"POST {path} HTTP/1.1\r\nHost: {url.authority}\r\nContent-Type: application/json\r\nCookie: {cookies}\r\n"
            f"Authorization: {browser.headers['Authorization']}\r\n"
        )
        _, writer = await asyncio.open_connection(url.host, url.port)
        writer.write(f"{head}Content-Length: {len(content)}\r\n\r\n".encode() + content)
        await writer.drain()
        await asyncio.sleep(0.02)
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


def _is_open(browser: aiohttp.ClientSession) -> bool:
    """Whether its page is open, so that it has a token."""
    return "Authorization" in browser.headers


def _private(number: int, answer: Json) -> Seen:
    text = answer["reply"]["text"] if answer.get("reply") else str(answer.get("error", ""))
    return Seen(id=f"answer-{number}", text=text, images=[], alts=[], buttons=[], private=True)


@asynccontextmanager
async def web_place() -> AsyncIterator[WebPlace]:
    """Open a browser for each person."""
    async with AsyncExitStack() as stack:
        yield WebPlace(stack)
