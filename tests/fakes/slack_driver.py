"""A Slack workspace as the shared scenarios drive it, over Socket Mode or HTTP."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any

from tests.conftest import StartBot
from tests.fakes.driver import Seen, texts
from tests.fakes.slack import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET, FakeSlack, Message

Json = dict[str, Any]


class SlackDriver:
    """People in one channel. Flags are typed as they are: Slack's commands have no options of their own."""

    def __init__(self, slack: FakeSlack, *, channel: str = "design") -> None:
        self.slack, self.channel = slack, channel

    async def imagine(self, text: str, *, user: str = "ada") -> None:
        await self.slack.command("/imagine", text, user=user, channel=self.channel)

    async def press(self, message: Seen, label: str, *, user: str = "ada", job: str = "") -> None:
        await self.slack.press(self._message(message), label, user=user, job=job)

    async def edit(self, message: Seen, prompt: str, *, user: str = "ada") -> None:
        buttons = _elements(self._message(message), "actions")
        label = next(each["text"]["text"] for each in buttons if each["action_id"].startswith("imagine:edit:"))
        await self.press(message, label, user=user)
        await until(lambda: bool(self.slack.open_views(user)))
        await self.slack.submit(self.slack.open_views(user)[-1], {"prompt": prompt}, user=user)

    async def delete(self, message: Seen, *, user: str = "ada") -> None:
        await self.press(message, "Delete", user=user)

    def as_before(self, page: Seen) -> None:
        """Let a list have the buttons of earlier releases, which sent the images to the presser alone."""
        for button in _elements(self._message(page), "actions"):
            button["action_id"] = button["action_id"].replace(":here:", ":show:")
            button["text"]["text"] = button["text"]["text"].replace("Show here", "Show images")

    async def quota(self, *, user: str = "ada") -> None:
        await self.slack.command("/quota", user=user, channel=self.channel)

    async def history(self, *, user: str = "ada") -> None:
        await self.slack.command("/history", user=user, channel=self.channel)

    async def show(self, image: str, *, user: str = "ada") -> None:
        await self.slack.command("/imagine", f"show {image}", user=user, channel=self.channel)

    def seen(self, *, user: str = "ada") -> list[Seen]:
        people = self.slack.world.people
        return [self._seen(message) for message in self.slack.seen(user) if message.author not in people]

    async def wait_for(self, predicate: Callable[[Seen], bool], *, user: str = "ada", seconds: float = 60) -> Seen:
        found: list[Seen] = []

        def look() -> bool:
            found[:] = [seen for seen in self.seen(user=user) if predicate(seen)]
            return bool(found)

        try:
            await until(look, seconds=seconds)
        except TimeoutError:
            raise AssertionError(f"not seen by {user}; they see {self.seen(user=user)}") from None
        return found[-1]

    def told(self) -> Iterable[str]:
        called = [parsed(arguments) for _, arguments in self.slack.calls]
        posted = [body for hook in self.slack.triggers.hooks.values() for body in hook.received]
        return texts([*called, *posted, *(delivery.answer for delivery in self.slack.deliveries)])

    def _message(self, seen: Seen) -> Message:
        return next(message for message in self.slack.world.messages if message.ts == seen.id)

    def _seen(self, message: Message) -> Seen:
        files = self.slack.world.files
        images = [block for block in message.blocks if block["type"] == "image"]
        kind, people = self.slack.world.channels[message.channel].kind, self.slack.world.people
        return Seen(
            id=message.ts,
            text=shown_text(message),
            images=[files[block["slack_file"]["id"]].data for block in images],
            alts=[block["alt_text"] for block in images],
            buttons=[element["text"]["text"] for element in _elements(message, "actions")],
            private=message.ephemeral_to is not None or kind == "im",
            pings=frozenset(people[pinged].name for pinged in message.pinged),
        )


def shown_text(message: Message) -> str:
    """Return the text as people read it: the blocks', or the message's own where there are no blocks."""
    if not message.blocks:
        return message.text
    parts = [
        element.get("text") or element.get("fallback", "")
        for block in message.blocks
        if block["type"] in {"rich_text", "context"}
        for section in block["elements"]
        for element in [*section.get("elements", [section]), {"text": "\n"}]
    ]
    return "".join(parts).strip()


def parsed(arguments: Json) -> Json:
    """Return a call's arguments, with those that are JSON in a form as what they are."""
    nested = {"blocks", "view", "files"}
    return {
        name: json.loads(value) if name in nested and isinstance(value, str) else value
        for name, value in arguments.items()
    }


def _elements(message: Message, kind: str) -> list[Json]:
    return [element for block in message.blocks if block["type"] == kind for element in block["elements"]]


async def until(condition: Callable[[], bool], *, seconds: float = 60) -> None:
    """Wait until something is so. Raises TimeoutError."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.02)


def settings_for(slack: FakeSlack, mode: str) -> dict[str, object]:
    """Return the settings that lead a bot to the fake, by Socket Mode or by HTTP."""
    way = {"slack_app_token": APP_TOKEN} if mode == "socket" else {"slack_signing_secret": SIGNING_SECRET}
    return {"slack_bot_token": BOT_TOKEN, "slack_api_url": slack.api_url, **way}


@asynccontextmanager
async def slack_platform(
    start_bot: StartBot,
    *,
    mode: str = "socket",
    slack: FakeSlack | None = None,
    locale: str = "en-US",
    **settings: object,
) -> AsyncIterator[SlackDriver]:
    """Run the whole bot on a Slack of its own (or on `slack`), with the settings for the mode.

    The people of a Slack of its own have this locale.
    """
    if slack is None:
        async with FakeSlack() as own:
            for person in own.world.people.values():
                person.locale = locale
            async with slack_platform(start_bot, mode=mode, slack=own, locale=locale, **settings) as driver:
                yield driver
        return
    async with start_bot(**settings_for(slack, mode), **settings) as running:
        slack.bot_url = running.url if mode == "http" else ""
        yield SlackDriver(slack)
