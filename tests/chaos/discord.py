"""Discord, as schedules use and abuse it."""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

from tests.chaos.schedule import Ask, Schedule
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_driver import DiscordDriver, displayed, settings
from tests.fakes.discord_faults import Fault
from tests.fakes.discord_world import Channel, Interaction
from tests.fakes.driver import Seen

_CALLBACK, _EDIT, _POST = "/callback", "PATCH", "POST /api/v10/channels/"
_FAULTS: Mapping[str, Fault] = {
    "callback unknown": Fault(where=_CALLBACK, status=404, code=10062),
    "callback taken": Fault(where=_CALLBACK, status=400, code=40060),
    "callback cut": Fault(where=_CALLBACK, cut=True),
    "callback lost": Fault(where=_CALLBACK, cut=True, processed=True),
    "callback failed": Fault(where=_CALLBACK, status=502, processed=True),
    "callback away": Fault(where=_CALLBACK, status=503),
    "edit away": Fault(where=_EDIT, status=503, times=2),
    "edit limited": Fault(where=_EDIT, status=429, retry_after=0.3),
    "edit shielded": Fault(where=_EDIT, status=429, retry_after=0.3, via=False),
    "edit cut": Fault(where=_EDIT, cut=True),
    "edit lost": Fault(where=_EDIT, cut=True, processed=True, times=2),
    "token dead": Fault(where=_EDIT, status=401, code=50027, times=99),
    "late": Fault(where=_CALLBACK, delay=0.5),
}
# A notice is posted by the bot itself: its request is known by its channel alone.
_NOTICE: Mapping[str, Fault] = {
    "notice away": Fault(where=_POST, status=503),
    "notice cut": Fault(where=_POST, cut=True),
    "notice lost": Fault(where=_POST, cut=True, processed=True),
}


class DiscordPlace:
    """One server; each schedule has a channel of its own."""

    def __init__(self, discord: FakeDiscord) -> None:
        self._discord, self._driver = discord, DiscordDriver(discord)
        self._channels: dict[str, str] = {}
        self._sent: dict[str, Interaction] = {}

    @property
    def settings(self) -> Mapping[str, object]:
        return settings(self._discord)

    @property
    def secrets(self) -> Collection[str]:
        return {self._discord.token, *self._discord.world.interactions}

    def attach(self, url: str) -> None:
        """Interactions come by the gateway."""

    def prepare(self, schedules: Sequence[Schedule]) -> None:
        world = self._discord.world
        for schedule in schedules:
            channel = Channel(id=world.snowflake(), name=schedule.channel)
            world.channels[channel.id] = channel
            self._channels[schedule.channel] = channel.id

    async def ask(self, ask: Ask, schedule: Schedule) -> None:
        if self._channels[schedule.channel] not in self._discord.world.channels:
            return  # nobody can ask in a channel that is gone
        channel = self._channels[schedule.channel]
        for name in ask.chat:
            if name in _NOTICE:
                self._discord.fail(replace(_NOTICE[name], where=f"{_POST}{channel}/"))
        sent = await self._discord.command(
            "imagine",
            {"prompt": ask.text},
            person=ask.person,
            channel=channel,
            faults=[_FAULTS[name] for name in ask.chat if name in _FAULTS],
        )
        self._sent[ask.tag] = sent
        for _ in range(1, ask.copies):
            await self._discord.send(sent)

    async def press(self, message: Seen, label: str, person: str) -> None:
        found = self._discord.world.messages.get(message.id)
        if found and label in {button["label"] for button in found.buttons()}:  # it may have gone away just now
            await self._discord.press(found, label, person=person)

    async def delete(self, message: Seen) -> bool:
        if there := message.id in self._discord.world.messages:
            self._discord.world.delete(message.id)
        return there

    def strike(self, schedule: Schedule) -> None:
        world, channel = self._discord.world, self._channels[schedule.channel]
        if "closed" in schedule.channel_fault:
            world.closed_dms |= {world.person(person) for person in schedule.people}
        if "forbidden" in schedule.channel_fault:
            world.channels[channel].bot_is_member = False
        if schedule.channel_fault == "deleted":
            del world.channels[channel]
            for message in [each for each in world.messages.values() if each.channel == channel]:
                world.delete(message.id)
        if schedule.channel_fault == "messages fail":
            self._discord.fail(Fault(where=f"/channels/{channel}/messages", status=503, times=2))
            self._discord.fail(Fault(where=f"/channels/{channel}/messages", cut=True, processed=True))

    async def cut(self) -> None:
        await self._discord.gateway.cut()

    async def seen(self, person: str) -> list[Seen]:
        return self._driver.seen(user=person)

    async def quota(self, person: str, schedule: Schedule) -> str:
        asked = await self._discord.command("quota", person=person)
        await self._discord.answered(asked)
        return displayed(str((asked.response or {})["data"]["content"]))

    def failed_openly(self, ask: Ask) -> bool:
        sent = self._sent.get(ask.tag)
        return sent is None or sent.response is None  # "The application did not respond"


@asynccontextmanager
async def discord_place() -> AsyncIterator[DiscordPlace]:
    """Serve a Discord."""
    async with FakeDiscord() as discord:
        yield DiscordPlace(discord)
        await asyncio.sleep(0)
