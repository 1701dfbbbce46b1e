"""Outcomes on Discord: the real delivery and messenger, between a Discord and a ledger of one job."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp

from adapters.discord.address import DiscordAddress
from adapters.discord.connection import Connection, configure
from adapters.discord.messenger import DiscordMessenger
from adapters.discord.seal import Seal
from bot.core.image import ImageRequest, StoredImage
from bot.core.images.library import ImageLibrary
from bot.core.jobs.delivery import Delivery
from bot.core.jobs.job_reply import job_reply
from bot.core.model import Job, Status
from bot.core.origin import Origin, User
from bot.core.precedence import Precedence
from bot.core.retry import Retry
from storage.images import ObjectImageStore
from tests.fakes.cometapi import png
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_driver import displayed
from tests.fakes.discord_world import APPLICATION, GUILD, Channel, Interaction, Message
from tests.support.builders import MOMENT, MovableClock
from tests.support.one_job import OneJob


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A Discord, a messenger that is connected to it, an image to show, and a way to answer interactions."""

    discord: FakeDiscord
    messenger: DiscordMessenger
    library: ImageLibrary
    image: StoredImage
    session: aiohttp.ClientSession
    clock: MovableClock
    """The messenger's, by which it keeps to waits that it was asked for."""
    some_at_a_time: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(20))

    async def asked(self, name: str) -> Interaction:
        """Let a person ask in a channel of their own, and show them an answer."""
        world = self.discord.world
        channel = Channel(id=world.snowflake(), name=name)
        world.channels[channel.id] = channel
        sent = world.interact(kind=2, person=world.person(name), channel=channel.id, data={})
        url = f"{self.discord.api_url}/interactions/{sent.id}/{sent.token}/callback"
        async with self.session.post(url, json={"type": 4, "data": {"content": "Waiting"}}) as answer:
            assert answer.ok
        return sent

    def delivery(self, ledger: OneJob) -> Delivery:
        """Return what shows the job."""
        queue: Any = ledger
        return Delivery(
            admission=queue,
            work=queue,
            messengers={"discord": self.messenger},
            library=self.library,
            clock=ledger.clock,
            retry=Retry(),
            precedence=Precedence(),
        )

    async def drawing(self, name: str, first: Callable[[Interaction], None] = lambda _: None) -> tuple[OneJob, Message]:
        """Show that a job is drawn. Return it as it is once its image is made, and its message."""
        sent = await self.asked(name)
        job = _job(name, sent, datetime.now(UTC))
        first(sent)
        ledger = OneJob(job, MovableClock(datetime.now(UTC)))
        job = await self.delivery(ledger).show_state(job, job_reply(job))
        ledger.job = replace(job, status=Status.DELIVERING, images=(self.image,))
        return ledger, self.discord.world.messages[sent.original or ""]

    async def outcome(
        self, name: str, fail: Callable[[Interaction], None], *, first: Callable[[Interaction], None] = lambda _: None
    ) -> "Ended":
        """Show that a job is drawn, with a button *Stop*; then let Discord fail, and show how the job ended.

        With `first` it fails before that, too.
        """
        asked: list[Interaction] = []

        def begin(sent: Interaction) -> None:
            asked.append(sent)
            first(sent)

        async with self.some_at_a_time:
            ledger, _ = await self.drawing(name, begin)
            (sent,) = asked
            fail(sent)
            delivery = self.delivery(ledger)
            for _ in range(4):
                if not ledger.told:
                    await delivery.outcome(ledger.job)
            direct = self.discord.world.direct_channel(sent.user).id
            messages = self.discord.world.messages.values()
            return Ended(ledger=ledger, seen=[each for each in messages if each.channel in {sent.channel, direct}])


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How it ended: what the ledger keeps, and what the asker sees."""

    ledger: OneJob
    seen: list[Message]

    @property
    def well(self) -> bool:
        """Whether the asker sees the image or a sentence about it, and no button of a job that is being drawn."""
        buttons = {label for seen in self.seen for label in labels(seen)}
        told = any(seen.attachments or tells(seen) for seen in self.seen)
        return self.ledger.told and "Stop" not in buttons and told


def labels(seen: Message) -> list[str]:
    return [button["label"] for button in seen.buttons()]


def tells(seen: Message) -> bool:
    return "Find them with /history" in displayed(seen.content)


def place_of(sent: Interaction) -> DiscordAddress:
    """Return where the answer to an interaction is, which was sent just now."""
    return DiscordAddress(
        application=APPLICATION,
        interaction=sent.id,
        guild=GUILD,
        channel=sent.channel,
        message=sent.original or "",
        user=sent.user,
        expires=datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=15),
        token=sent.token,
    )


def _job(name: str, sent: Interaction, now: datetime) -> Job:
    place = place_of(sent)
    origin = Origin(
        user=User(id=f"discord:{sent.user}", name="ada"),
        community=f"discord:{GUILD}",
        conversation=place.conversation,
        address=place.envelope,
        locale="en",
        key=name,
    )
    request = ImageRequest(model="dall-e-3", prompt="a boat", n=1)
    return Job(id="job", origin=origin, request=request, status=Status.GENERATING, created_at=now, not_before=MOMENT)


@asynccontextmanager
async def staged(discord: FakeDiscord, images: Path) -> AsyncIterator[Stage]:
    """Connect a messenger that keeps its images there."""
    library, clock = ImageLibrary(ObjectImageStore.open(str(images))), MovableClock(datetime.now(UTC))
    messenger = DiscordMessenger(library, clock=clock, seal=Seal(discord.token))
    discord.world.acknowledgement_seconds = 60
    configure(discord.api_url, discord.gateway_url)
    async with (
        Connection(received=lambda _: None, unreadable=lambda _: None, wire=messenger.wire) as connection,
        aiohttp.ClientSession() as session,
    ):
        await connection.login(discord.token)
        messenger.attach(connection)
        image = await library.keep("job", 0, png(1, (8, 8)), model="dall-e-3")
        yield Stage(discord=discord, messenger=messenger, library=library, image=image, session=session, clock=clock)
