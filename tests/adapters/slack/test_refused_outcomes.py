"""However Slack refuses an outcome, it ends in the image, a sentence or a direct message, and in no button *Stop*."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from adapters.slack.address import SlackAddress
from adapters.slack.client import connected
from adapters.slack.commands import SlackCommands
from adapters.slack.messenger import SlackMessenger
from adapters.slack.refusals import meaning_of
from bot.core.chat import Meaning
from bot.core.clock import SystemClock
from bot.core.images.library import ImageLibrary
from bot.core.jobs.delivery import Delivery
from bot.core.jobs.job_reply import job_reply
from bot.core.model import ImageRequest, Job, Status, StoredImage
from bot.core.origin import Address, Origin, User
from bot.core.retry import Retry
from storage.images import ObjectImageStore
from tests.fakes.cometapi import png
from tests.fakes.driver import Seen
from tests.fakes.slack import BOT, BOT_TOKEN, FakeSlack
from tests.fakes.slack_driver import SlackDriver
from tests.fakes.slack_faults import DOCUMENTED
from tests.support.builders import MOMENT

FILES = ("files.getUploadURLExternal", "files.completeUploadExternal", "files.info")
DELIVERY = ("chat.postMessage", "chat.update", "conversations.open", *FILES)
PAIRS = [(method, code) for method in DELIVERY for code in DOCUMENTED[method]]
PASSING = {Meaning.NOT_NOW, Meaning.UNAUTHORIZED}
FOR_EVER = 12


@dataclass(slots=True)
class Ledger:
    """Keeps one job, and whether its asker was told the outcome."""

    job: Job
    told: bool = False
    waits: list[datetime] = field(default_factory=list)

    async def advance(
        self, job: Job, status: Status, *, address: Address | None = None, announced: bool = False
    ) -> Job:
        self.job = replace(job.at(address) if address else job, status=status)
        self.told = status is Status.DELIVERED
        return self.job

    async def mark_notified(self, job: Job, address: Address, *, announced: bool = False) -> Job:
        self.job, self.told = job.at(address), True
        return self.job

    async def update_address(self, job: Job, address: Address) -> Job:
        self.job = job.at(address)
        return self.job

    async def defer(self, job: Job, until: datetime, *, tried: bool) -> None:
        self.job = job
        self.waits.append(until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A Slack, a messenger that is connected to it, and an image to show."""

    slack: FakeSlack
    messenger: SlackMessenger
    image: StoredImage

    async def outcome(self, name: str, fail: Callable[[str, str], None], status: Status = Status.DELIVERING) -> "Ended":
        """Show that a job is drawn, with a button *Stop*; then let Slack fail, and show how the job ended."""
        slack, clock = self.slack, SystemClock()
        asker, channel = slack.person(name), slack.channel(f"channel-{name}")
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
        request = ImageRequest(model="dall-e-3", prompt=f"a boat ({name})", n=1)
        job = Job(
            id=name, origin=origin, request=request, status=Status.GENERATING, created_at=clock.now(), not_before=MOMENT
        )
        job = job.at(await self.messenger.show(place.envelope, job_reply(job)))
        fail(channel.id, asker.id)
        ledger = Ledger(replace(job, status=status, images=(self.image,)))
        queue: Any = ledger
        delivery = Delivery(
            admission=queue, work=queue, messengers={"slack": self.messenger}, clock=clock, retry=Retry()
        )
        for _ in range(4):
            if not ledger.told:
                await delivery.outcome(ledger.job)
        return Ended(ledger=ledger, seen=SlackDriver(slack).seen(user=name))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How it ended: what the ledger keeps, and what the asker sees."""

    ledger: Ledger
    seen: list[Seen]

    @property
    def well(self) -> bool:
        """Whether the asker sees the image or a sentence about it, and no button of a job that is being drawn."""
        buttons = {button for seen in self.seen for button in seen.buttons}
        return self.ledger.told and "Stop" not in buttons and any(seen.images or _tells(seen) for seen in self.seen)


def _tells(seen: Seen) -> bool:
    return "Find them with /history" in seen.text


@pytest.fixture
async def stage(slack: FakeSlack, tmp_path: Path) -> AsyncIterator[Stage]:
    slack.world.processing_seconds = slack.world.showable_seconds = 0
    library = ImageLibrary(ObjectImageStore.open(str(tmp_path / "images")))
    messenger = SlackMessenger(library, clock=SystemClock(), commands=SlackCommands())
    async with connected(BOT_TOKEN, slack.api_url) as client:
        messenger.attach(client)
        yield Stage(slack=slack, messenger=messenger, image=await library.keep("ada", 0, png(1, (8, 8))))


async def test_every_documented_refusal_of_an_outcome_ends_in_an_image_a_sentence_or_a_direct_message(
    stage: Stage,
) -> None:
    ended = await asyncio.gather(*(_refused(stage, method, code) for method, code in PAIRS))
    well = [each.well for each in ended]
    badly = [(*pair, each.seen, each.ledger.waits) for pair, each in zip(PAIRS, ended, strict=True) if not each.well]
    assert badly == []
    assert (sum(well), len(PAIRS)) == (281, 281)


async def _refused(stage: Stage, method: str, code: str, status: Status = Status.DELIVERING) -> Ended:
    """Let Slack refuse this for ever, where it isn't passing, and whatever must be refused before it comes to that."""
    name, slack = f"{method}-{code}".lower(), stage.slack
    times = 2 if meaning_of(method, code) in PASSING else FOR_EVER

    def fail(channel: str, asker: str) -> None:
        match method:
            case "chat.postMessage":
                slack.world.messages[:] = [each for each in slack.world.messages if each.channel != channel]
                about = channel
            case "chat.update":
                about = channel
            case "conversations.open":
                slack.fail("chat.update", error="posting_to_channel_denied", about=channel, times=FOR_EVER)
                about = asker
            case _:
                about = f"({name})"
        slack.fail(method, error=code, about=about, times=times)

    return await stage.outcome(name, fail, status)


@pytest.mark.parametrize("method", FILES)
async def test_images_of_a_stopped_job_that_are_refused_are_told_in_words(stage: Stage, method: str) -> None:
    ended = await _refused(stage, method, "no_permission", Status.STOPPED)
    assert ended.well
    assert ["Stopped" in seen.text and _tells(seen) for seen in ended.seen] == [True]


@pytest.mark.parametrize("code", ["invalid_blocks", "msg_too_long"])
async def test_where_slack_calls_every_message_wrong_a_text_alone_is_shown(stage: Stage, code: str) -> None:
    def fail(channel: str, asker: str) -> None:
        stage.slack.fail("chat.update", error=code, about='"blocks": [{', times=FOR_EVER)

    (seen,) = (await stage.outcome("ada", fail)).seen
    assert (seen.buttons, _tells(seen)) == ([], True)


async def test_what_slack_calls_wrong_twice_is_shown_whole(stage: Stage) -> None:
    def fail(channel: str, asker: str) -> None:
        stage.slack.fail("chat.update", error="invalid_blocks", about=channel, times=2)

    (seen,) = (await stage.outcome("ada", fail)).seen
    assert (len(seen.images), seen.buttons) == (1, ["Again", "Edit prompt"])
