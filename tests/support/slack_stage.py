"""Outcomes on Slack: the real delivery and messenger, between a Slack and a ledger of one job."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from adapters.slack.address import SlackAddress
from adapters.slack.client import SlackClient
from adapters.slack.commands import SlackCommands
from adapters.slack.messenger import SlackMessenger
from adapters.slack.pace import Pace
from bot.core.image import ImageRequest
from bot.core.images.library import ImageLibrary
from bot.core.jobs.delivery import Delivery
from bot.core.jobs.job_reply import job_reply
from bot.core.model import Job, Status
from bot.core.origin import Origin, User
from bot.core.precedence import Precedence
from bot.core.retry import Retry
from tests.fakes.cometapi import png
from tests.fakes.driver import Seen
from tests.fakes.slack import BOT, FakeSlack
from tests.fakes.slack_driver import SlackDriver
from tests.support.builders import MovableClock
from tests.support.one_job import OneJob

SMALL = png(1, (8, 8))


class Stage:
    """A Slack, and a messenger that is connected to it and waits on a clock of its own: no test waits."""

    def __init__(self, slack: FakeSlack, client: SlackClient, library: ImageLibrary) -> None:
        self.slack, self.client, self.library = slack, client, library
        self._some_at_a_time = asyncio.Semaphore(20)

    def clocked(self) -> MovableClock:
        """Return a clock by which Slack's files take their time."""
        clock = MovableClock()
        self.slack.world.seconds = lambda: clock.now().timestamp()
        return clock

    def messenger(self, clock: MovableClock) -> SlackMessenger:
        """Connect another messenger, which has nothing in its memory."""

        async def pause(seconds: float) -> None:
            clock.move(seconds)

        messenger = SlackMessenger(self.library, clock=clock, commands=SlackCommands(), pause=pause)
        messenger.attach(self.client)
        self.client.api.pace = Pace(clock.steady, pause)
        return messenger

    async def drawing(
        self, name: str, messenger: SlackMessenger, clock: MovableClock, *, n: int = 1, is_seen: bool = True
    ) -> Job:
        """Return a job of which people see, in a channel of its own, that it is drawn, with a button *Stop*.

        If it isn't seen, its first message was never posted.
        """
        asker, channel = self.slack.person(name), self.slack.channel(f"channel-{name}")
        channel.members = {asker.id, BOT}
        place = SlackAddress(team="T0WORKSPACE", user=asker.id, channel=channel.id, name=f"#{channel.name}")
        origin = Origin(
            user=User(id=f"slack:T0WORKSPACE:{asker.id}", name=name),
            community="slack:T0WORKSPACE",
            conversation=place.conversation,
            address=place.envelope,
            locale="en",
            key=name,
        )
        job = Job(
            id=name,
            origin=origin,
            request=ImageRequest(model="dall-e-3", prompt=f"a boat ({name})", n=n),
            status=Status.GENERATING,
            created_at=clock.now(),
            not_before=clock.now(),
        )
        return job.at(await messenger.show(place.envelope, job_reply(job))) if is_seen else job

    async def outcome(
        self,
        name: str,
        fail: Callable[[str, str], None],
        status: Status = Status.DELIVERING,
        *,
        images: Sequence[bytes] = (SMALL,),
        tries: int = 4,
        clock: MovableClock | None = None,
        restarts: bool = True,
        progress: bool = False,
        is_seen: bool = True,
    ) -> "Ended":
        """Show that a job is drawn; then let Slack fail, and show how the job ended.

        If it `restarts`, each try is made by a process that knows only what the ledger does. With `progress` Slack
        fails already while it is shown how far the job is.
        """
        async with self._some_at_a_time:
            clock = clock or MovableClock()
            messenger = self.messenger(clock)
            job = await self.drawing(name, messenger, clock, n=len(images), is_seen=is_seen)
            channel = SlackAddress.of(job.origin.address).channel
            fail(channel, self.slack.person(name).id)
            if progress:
                job = await self.delivery(OneJob(job, clock), messenger).show_state(job, job_reply(job))
            kept = [
                await self.library.keep(name, number, image, model="dall-e-3") for number, image in enumerate(images)
            ]
            ledger = OneJob(replace(job, status=status, images=tuple(kept)), clock)
            for _ in range(tries):
                if not ledger.told:
                    messenger = self.messenger(clock) if restarts else messenger
                    await self.delivery(ledger, messenger).outcome(ledger.job)
            return Ended(ledger=ledger, seen=SlackDriver(self.slack).seen(user=name))

    def delivery(self, ledger: OneJob, messenger: SlackMessenger) -> Delivery:
        queue: Any = ledger
        return Delivery(
            admission=queue,
            work=queue,
            messengers={"slack": messenger},
            library=self.library,
            clock=ledger.clock,
            retry=Retry(),
            precedence=Precedence(),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How it ended: what the ledger keeps, and what the asker sees."""

    ledger: OneJob
    seen: list[Seen]

    @property
    def well(self) -> bool:
        """Whether the asker sees the image or a sentence about it, and no button of a job that is being drawn."""
        buttons = {button for seen in self.seen for button in seen.buttons}
        return self.ledger.told and "Stop" not in buttons and any(seen.images or tells(seen) for seen in self.seen)


def tells(seen: Seen) -> bool:
    """Return whether this says that there are images, and what to do."""
    return "Find them with /history" in seen.text or "then press Show again." in seen.text
