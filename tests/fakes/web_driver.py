"""The playground as the shared scenarios drive it: people who speak its JSON API, each with a cookie of their own."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from http import HTTPStatus
from typing import Any

import aiohttp

from tests.conftest import StartBot
from tests.fakes.driver import Seen, texts
from tests.fakes.web_browser import browser

Json = dict[str, Any]


class WebPerson:
    """One browser: a cookie jar, and what its page would show."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self.session = session
        self.shown: list[Seen] = []
        self.told: list[Json] = []
        """Every answer with words for people."""
        self._jobs: dict[str, Json] = {}
        self._lists: dict[str, Json] = {}

    async def say(self, text: str) -> None:
        """Send what was typed, and show the answer."""
        await self._take(await self.post("/api/commands", {"text": text}))

    def saved(self) -> Json:
        """Return what the browser keeps while it stays open, as JSON: cookies, and the jobs as they are shown."""
        return {"cookies": {cookie.key: cookie.value for cookie in self.session.cookie_jar}, "jobs": self._jobs}

    async def restore(self, jobs: Json) -> None:
        """Show jobs as they were shown before."""
        for name, job in jobs.items():
            self._jobs[name] = job
            self.shown.append(await self._seen(name, job["reply"], private=False))

    async def press(self, message: Seen, label: str, job: str = "") -> None:
        """Press a button, of the message or of an item in it; with `job` the one in a list that is about it."""
        labelled = (each for each in self._buttons(message.id) if each["label"] == label)
        button = next(each for each in labelled if job in {"", each["argument"]})
        if button["action"] == "page":
            await self.say(f"/history {button['argument']}")
        else:
            await self._take(await self.post(f"/api/jobs/{button['argument']}/{button['action']}", {}))

    async def edit(self, message: Seen, prompt: str) -> None:
        """Open the form of "Edit prompt", and send another prompt with it."""
        button = next(each for each in self._buttons(message.id) if each["action"] == "edit")
        opened = await self.post(f"/api/jobs/{button['argument']}/edit", {})
        assert opened["form"]["prompt"]
        await self._take(await self.post(f"/api/jobs/{opened['form']['job']}/again", {"prompt": prompt}))

    async def refresh(self) -> None:
        """Look at all jobs that are shown."""
        for seen in list(self.shown):
            if seen.id in self._jobs:
                async with self.session.get(f"/api/jobs/{seen.id}") as response:
                    job = await response.json()
                self.told.append(job)
                position = self.shown.index(seen)
                if response.status == HTTPStatus.NOT_FOUND:  # it was deleted
                    del self.shown[position], self._jobs[seen.id]
                    continue
                if job != self._jobs[seen.id]:
                    self._jobs[seen.id] = job
                    self.shown[position] = await self._seen(seen.id, job["reply"], private=False)

    async def post(self, path: str, body: Json) -> Json:
        """Post JSON, get JSON."""
        async with self.session.post(path, json=body) as response:
            answer: Json = await response.json()
        self.told.append(answer)
        return answer

    async def _take(self, answer: Json) -> None:
        name = answer.get("job") or f"answer-{len(self.shown)}"
        if "job" in answer:
            self._jobs.setdefault(name, {})
            if any(seen.id == name for seen in self.shown):
                return
        reply = answer.get("reply") or {"text": answer["error"], "images": [], "buttons": [], "entries": []}
        self._lists[name] = reply
        self.shown.append(await self._seen(name, reply, private="job" not in answer))

    def _buttons(self, name: str) -> list[Json]:
        reply = self._jobs[name]["reply"] if self._jobs.get(name) else self._lists[name]
        return [*reply["buttons"], *(button for entry in reply["entries"] for button in entry["buttons"])]

    async def _seen(self, name: str, reply: Json, *, private: bool) -> Seen:
        entries = reply["entries"]
        images = [*reply["images"], *(image for entry in entries for image in entry["images"])]
        buttons = [*reply["buttons"], *(button for entry in entries for button in entry["buttons"])]
        texts = [reply["text"], *(_text(entry["lines"]) for entry in entries)]
        return Seen(
            id=name,
            text="\n".join(texts),
            images=[await self._bytes(image["url"]) for image in images],
            alts=[image["alt"] for image in images],
            buttons=[button["label"] for button in buttons],
            private=private,
        )

    async def _bytes(self, url: str) -> bytes:
        async with self.session.get(url) as response:
            return await response.read()


class WebDriver:
    """People on the playground, by name. `address` is the printed one, with the key; it may be known only later."""

    def __init__(self, address: str | Callable[[], str], stack: AsyncExitStack, *, locale: str = "en-US") -> None:
        self._address, self._stack, self._locale = address, stack, locale
        self._people: dict[str, WebPerson] = {}

    def saved(self) -> Json:
        """Return what outlives a bot, as JSON: everybody's browser."""
        return {name: person.saved() for name, person in self._people.items()}

    async def restore(self, saved: Json) -> None:
        """Take over what was saved."""
        for name, kept in saved.items():
            await (await self.person(name, kept["cookies"])).restore(kept["jobs"])

    async def person(self, name: str, cookies: Mapping[str, str] | None = None) -> WebPerson:
        """Return somebody's browser; the page is opened in a new one, which may bring cookies along."""
        if name not in self._people:
            address = self._address if isinstance(self._address, str) else self._address()
            session = await self._stack.enter_async_context(browser(address, cookies, self._locale))
            self._people[name] = WebPerson(session)
        return self._people[name]

    async def imagine(self, text: str, *, user: str = "ada") -> None:
        await (await self.person(user)).say(f"/imagine {text}")

    async def press(self, message: Seen, label: str, *, user: str = "ada", job: str = "") -> None:
        await (await self.person(user)).press(message, label, job)

    async def edit(self, message: Seen, prompt: str, *, user: str = "ada") -> None:
        await (await self.person(user)).edit(message, prompt)

    async def delete(self, message: Seen, *, user: str = "ada") -> None:
        await self.press(message, "Delete", user=user)

    async def quota(self, *, user: str = "ada") -> None:
        await (await self.person(user)).say("/quota")

    async def history(self, *, user: str = "ada") -> None:
        await (await self.person(user)).say("/history")

    async def show(self, image: str, *, user: str = "ada") -> None:
        await (await self.person(user)).say(f"/show {image}")

    def seen(self, *, user: str = "ada") -> list[Seen]:
        return list(self._people[user].shown) if user in self._people else []

    def told(self) -> Iterable[str]:
        return texts([answer for person in self._people.values() for answer in person.told])

    async def wait_for(self, predicate: Callable[[Seen], bool], *, user: str = "ada", seconds: float = 60) -> Seen:
        person = await self.person(user)
        try:
            async with asyncio.timeout(seconds):
                while True:
                    await person.refresh()
                    for seen in reversed(person.shown):
                        if predicate(seen):
                            return seen
                    await asyncio.sleep(0.1)
        except TimeoutError:
            raise AssertionError(f"not seen by {user}; they see {person.shown}") from None


def _text(lines: list[list[Json]]) -> str:
    return "\n".join("".join(span["text"] for span in line) for line in lines)


@asynccontextmanager
async def web_platform(start_bot: StartBot, *, locale: str = "en-US", **settings: object) -> AsyncIterator[WebDriver]:
    """Run the whole bot with the playground, and give people to use it, whose browsers ask for this locale."""
    async with start_bot(playground=True, **settings) as running, AsyncExitStack() as stack:
        yield WebDriver(running.opened_at["web"], stack, locale=locale)
