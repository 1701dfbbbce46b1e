"""What the bot posts by itself is posted once, even though an answer of Discord's was lost."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from adapters.discord.address import DiscordAddress
from bot.core.errors import DeliveryError
from bot.core.model import Fault as Failure
from bot.core.model import Job, Status
from bot.core.replies import Reply
from tests.fakes.discord_driver import displayed
from tests.fakes.discord_faults import Fault
from tests.fakes.discord_world import Interaction, Message
from tests.support.discord_stage import Stage, place_of
from tests.support.one_job import OneJob

DELETED = "The message was deleted here, so only you see this."


def drawn(job: Job) -> Job:
    return job


def failed(job: Job) -> Job:
    return replace(job, status=Status.FAILED, fault=Failure.BUSY, images=())


async def posted_but_unheard(stage: Stage, ended: Callable[[Job], Job] = drawn) -> tuple[OneJob, Interaction, Message]:
    """Let an outcome be posted in the place of a message that can't be edited, twice. The answer to that is lost."""
    asked: list[Interaction] = []
    ledger, drawing = await stage.drawing("ada", asked.append)
    ledger.job = ended(ledger.job)
    (sent,) = asked
    stage.discord.fail(Fault(where="PATCH", status=403, code=50005, times=4))
    stage.discord.fail(Fault(where=f"POST /api/v10/channels/{sent.channel}", cut=True, processed=True))
    await stage.delivery(ledger).outcome(ledger.job)
    (posted,) = (each for each in stage.discord.world.messages.values() if each.id != drawing.id)
    assert not ledger.told
    return ledger, sent, posted


async def test_where_nothing_may_be_posted_any_more_the_image_is_sent_directly(stage: Stage) -> None:
    ledger, sent, _ = await posted_but_unheard(stage)
    stage.discord.world.channels[sent.channel].refuses = 50013
    await stage.delivery(ledger).outcome(ledger.job)
    direct, place = stage.discord.world.direct_channel(sent.user).id, DiscordAddress.of(ledger.job.origin.address)
    shown = stage.discord.world.messages[place.message]
    assert (ledger.told, place.channel, shown.channel, len(shown.attachments)) == (True, direct, direct, 1)


@pytest.mark.parametrize("ended", [drawn, failed])
async def test_what_people_deleted_meanwhile_is_for_the_asker_alone(stage: Stage, ended: Callable[[Job], Job]) -> None:
    ledger, sent, posted = await posted_but_unheard(stage, ended)
    stage.discord.world.delete(posted.id)
    await stage.delivery(ledger).outcome(ledger.job)
    (shown,) = stage.discord.world.messages.values()
    assert (ledger.told, shown.only_for, shown.channel) == (True, sent.user, sent.channel)
    assert displayed(shown.content).startswith(DELETED)
    assert len(shown.attachments) == len(ledger.job.images)


async def test_other_words_at_the_next_try_post_no_second_message(stage: Stage) -> None:
    """Words can change with a new release, or with a language that the bot knows meanwhile."""
    ledger, sent, posted = await posted_but_unheard(stage, failed)
    ledger.job = replace(ledger.job, origin=replace(ledger.job.origin, locale="ja"))
    await stage.delivery(ledger).outcome(ledger.job)
    assert (ledger.told, DiscordAddress.of(ledger.job.origin.address).message) == (True, posted.id)
    assert [each.id for each in stage.discord.world.messages.values() if each.channel == sent.channel] == [posted.id]


@pytest.mark.parametrize(
    "fault", [Fault(where="", status=502, processed=True), Fault(where="", cut=True, processed=True)]
)
async def test_an_asker_is_mentioned_once_also_by_the_token(stage: Stage, fault: Fault) -> None:
    sent = await stage.asked("ada")
    stage.discord.world.channels[sent.channel].bot_is_member = False
    stage.discord.fail(replace(fault, where="POST /api/v10/webhooks"))
    with pytest.raises(DeliveryError):
        await stage.messenger.notify(place_of(sent).envelope, Reply(lines=(("Your image is ready.",),)))
    pinged = [each for each in stage.discord.world.messages.values() if each.pinged]
    assert [each.pinged for each in pinged] == [{sent.user}]
