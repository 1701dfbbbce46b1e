"""Slack, as schedules use and abuse it, over Socket Mode or HTTP."""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from tests.chaos.schedule import Ask, Schedule
from tests.fakes.driver import Seen
from tests.fakes.slack import APP_TOKEN, BOT, BOT_TOKEN, SIGNING_SECRET, FakeSlack
from tests.fakes.slack_delivery import Delivery
from tests.fakes.slack_driver import SlackDriver, settings_for, shown_text

_POST, _UPDATE, _WHO, _HOOK = "chat.postMessage", "chat.update", "users.info", "response_url"
_FAULTS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "post limited": (_POST, {"retry_after": 1}),
    "post refused for long": (_POST, {"retry_after": 4}),
    "post cut": (_POST, {"cut": True}),
    "post lost": (_POST, {"lost": True}),
    "post late": (_POST, {"answered": lambda: asyncio.sleep(0.7)}),
    "post failed": (_POST, {"error": "fatal_error"}),
    "notice limited": (_POST, {"retry_after": 4}),
    "notice cut": (_POST, {"cut": True}),
    "notice lost": (_POST, {"lost": True}),
    "update limited": (_UPDATE, {"retry_after": 1}),
    "update cut": (_UPDATE, {"cut": True}),
    "update lost": (_UPDATE, {"lost": True}),
    "update failed": (_UPDATE, {"status": 500}),
    "no upload address": ("files.getUploadURLExternal", {"error": "fatal_error"}),
    "upload cut": ("upload", {"cut": True}),
    "upload failed": ("upload", {"status": 500}),
    "complete cut": ("files.completeUploadExternal", {"cut": True}),
    "complete lost": ("files.completeUploadExternal", {"lost": True}),
    "info failed": ("files.info", {"status": 500}),
    "asker unknown": (_WHO, {"error": "user_not_visible"}),
    "asker limited": (_WHO, {"retry_after": 1}),
    "asker slow": (_WHO, {"delay": 2.0}),
    "asker cut": (_WHO, {"cut": True}),
    "response url gone": (_HOOK, {"status": 404}),
}


class SlackPlace:
    """One workspace; each schedule has a channel of its own."""

    def __init__(self, slack: FakeSlack, mode: str) -> None:
        self._slack, self._mode, self._driver = slack, mode, SlackDriver(slack)
        self._sent: dict[str, list[Delivery]] = {}

    @property
    def settings(self) -> Mapping[str, object]:
        return settings_for(self._slack, self._mode)

    @property
    def secrets(self) -> Collection[str]:
        return {BOT_TOKEN, APP_TOKEN, SIGNING_SECRET, *self._slack.triggers.hooks}

    def attach(self, url: str) -> None:
        self._slack.bot_url = url if self._mode == "http" else ""

    def prepare(self, schedules: Sequence[Schedule]) -> None:
        people = [self._slack.person(person).id for schedule in schedules for person in schedule.people]
        for schedule in schedules:
            self._slack.channel(schedule.channel).members.update(people)

    async def ask(self, ask: Ask, schedule: Schedule) -> None:
        for name in ask.chat:
            method, fault = _FAULTS[name]
            about = "" if method in {_WHO, _HOOK} else ask.tag
            if name.startswith("notice"):  # nothing else that is posted mentions its asker; an icon may be for them
                about = f'"type": "user", "user_id": "{self._slack.person(ask.person).id}"'
            self._slack.fail(method, **{**fault, "about": about})
        self._sent[ask.tag] = []
        try:
            sent = await self._slack.command("/imagine", ask.text, user=ask.person, channel=schedule.channel)
            self._sent[ask.tag].append(sent)
            for number in range(1, ask.copies):
                self._sent[ask.tag].append(await self._slack.deliver(sent.payload, retry=number))
        except ConnectionResetError:  # the bot went away just now; Slack tells the person so
            return

    async def press(self, message: Seen, label: str, person: str) -> None:
        try:
            found = next(each for each in self._slack.world.messages if each.ts == message.id)
            await self._slack.deliver(self._slack.pressed(found, label, user=person))
        except (StopIteration, ConnectionResetError):  # the button, or the bot, went away just now
            return

    async def delete(self, message: Seen) -> bool:
        return self._slack.world.delete(message.id)

    def strike(self, schedule: Schedule) -> None:
        channel = self._slack.channel(schedule.channel)
        if "closed" in schedule.channel_fault:
            for person in schedule.people:
                self._slack.world.direct(self._slack.person(person).id).refuses = "messages_tab_disabled"
        if "archived" in schedule.channel_fault:
            channel.refuses = "is_archived"
        if schedule.channel_fault == "removed":
            channel.members.discard(BOT)

    async def cut(self) -> None:
        self._slack.socket_mode.cut()

    async def seen(self, person: str) -> list[Seen]:
        return self._driver.seen(user=person)

    async def quota(self, person: str, schedule: Schedule) -> str:
        await self._slack.command("/quota", user=person, channel=schedule.channel)
        return shown_text(self._slack.seen(person)[-1])

    def failed_openly(self, ask: Ask) -> bool:
        return not any(delivery.acknowledged for delivery in self._sent.get(ask.tag, ()))


@asynccontextmanager
async def slack_place(mode: str) -> AsyncIterator[SlackPlace]:
    """Serve a Slack."""
    async with FakeSlack() as slack:
        yield SlackPlace(slack, mode)
