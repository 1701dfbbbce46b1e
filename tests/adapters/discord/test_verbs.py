"""What the messenger does apart from showing: it deletes, notifies the asker alone, and publishes."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest

from adapters.discord.address import DiscordAddress
from adapters.discord.connection import Connection, configure
from adapters.discord.messenger import DiscordMessenger
from adapters.discord.seal import Seal
from bot.core.clock import SystemClock
from bot.core.errors import DeliveryError, MessageDeleted, NotConnected
from bot.core.images.library import ImageLibrary
from bot.core.model import Action
from bot.core.origin import Address
from bot.core.replies import Button, Picture, Reply, UserText
from storage.images import ObjectImageStore
from tests.fakes.cometapi import png
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_faults import Fault
from tests.fakes.discord_world import APPLICATION, CHANNEL, EPHEMERAL, GUILD, Interaction, Message

JOB = "0661315a4213cb1d8eb7a7c062"
READY = Reply(lines=(("Your images are ready. ", UserText("@everyone <@600000000000000002>")),))
Verb = Callable[[DiscordMessenger, Address], Awaitable[object]]
VERBS: dict[str, Verb] = {
    "delete": lambda messenger, address: messenger.delete(address),
    "notify": lambda messenger, address: messenger.notify(address, READY),
    "publish": lambda messenger, address: messenger.publish(address, READY),
}


@pytest.fixture
def library(tmp_path: Path) -> ImageLibrary:
    return ImageLibrary(ObjectImageStore.open(str(tmp_path / "images")))


@pytest.fixture
async def messenger(discord: FakeDiscord, library: ImageLibrary) -> AsyncIterator[DiscordMessenger]:
    """Return a messenger that is connected."""
    messenger = DiscordMessenger(library, clock=SystemClock(), seal=Seal(discord.token))
    configure(discord.api_url, discord.gateway_url)
    async with Connection(received=lambda _: None, unreadable=lambda _: None) as connection:
        await connection.login(discord.token)
        messenger.attach(connection)
        discord.rest.requests.clear()
        yield messenger


@pytest.fixture
async def drawn(library: ImageLibrary) -> Reply:
    """Return a reply with an image and a button."""
    picture = Picture(
        job=JOB, index=0, image=await library.keep(JOB, 0, png(1, (8, 8)), model="dall-e-3"), alt="a boat"
    )
    again = Button(action=Action.AGAIN, argument=JOB, label="Again")
    return Reply(lines=(("ada: a boat",),), pictures=(picture,), buttons=(again,))


async def asked(discord: FakeDiscord, *, private: bool = False, alive: bool = True) -> DiscordAddress:
    """Let ada ask, show her an answer, and return its address."""
    interaction = discord.world.interact(kind=2, person=discord.world.person("ada"), channel=CHANNEL, data={})
    data = {"content": "Drawing", "flags": EPHEMERAL if private else 0}
    url = f"{discord.api_url}/interactions/{interaction.id}/{interaction.token}/callback"
    async with aiohttp.ClientSession() as session, session.post(url, json={"type": 4, "data": data}) as answer:
        assert answer.ok
    discord.rest.requests.clear()
    return address_of(interaction, private=private, alive=alive)


def address_of(interaction: Interaction, *, private: bool, alive: bool) -> DiscordAddress:
    return DiscordAddress(
        application=APPLICATION,
        interaction=interaction.id,
        guild=GUILD,
        channel=interaction.channel,
        message=interaction.original or "",
        user=interaction.user,
        private=private,
        expires=datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=15 if alive else -1),
        token=interaction.token,
    )


def only_message(discord: FakeDiscord, person: str = "ada") -> Message:
    (message,) = discord.world.visible(discord.world.person(person))
    return message


@pytest.mark.parametrize("private", [False, True])
async def test_a_response_is_deleted_by_its_token(
    messenger: DiscordMessenger, discord: FakeDiscord, private: bool
) -> None:
    place = await asked(discord, private=private)
    discord.world.channels[CHANNEL].bot_is_member = False
    await messenger.delete(place.envelope)
    assert not discord.world.messages


@pytest.mark.parametrize("token", ["expired", "dead"])
async def test_without_a_token_the_bot_deletes_its_message(
    messenger: DiscordMessenger, discord: FakeDiscord, token: str
) -> None:
    place = await asked(discord, alive=token == "dead")
    discord.world.token_seconds = 0
    await messenger.delete(place.envelope)
    assert not discord.world.messages
    assert discord.rest.requests[-1] == f"DELETE /channels/{CHANNEL}/messages/{place.message}"


@pytest.mark.parametrize("alive", [True, False])
async def test_what_is_gone_already_is_deleted(messenger: DiscordMessenger, discord: FakeDiscord, alive: bool) -> None:
    place = await asked(discord, alive=alive)
    await messenger.delete(place.envelope)
    await messenger.delete(place.envelope)
    del discord.world.channels[CHANNEL]
    await messenger.delete(place.envelope)


@pytest.mark.parametrize("alive", [True, False])
async def test_only_what_somebody_deleted_is_deleted(
    messenger: DiscordMessenger, discord: FakeDiscord, drawn: Reply, alive: bool
) -> None:
    for code in (10003, 50005, 50021):  # the channel is gone, or the message can't be edited
        discord.fail(Fault(where="PATCH", status=403, code=code, times=1 + alive))
        place = await asked(discord, alive=alive)
        assert not DiscordAddress.of(await messenger.show(place.envelope, drawn)).deleted
    place = await asked(discord, alive=alive)
    discord.world.delete(place.message)
    progress = DiscordAddress.of(await messenger.show(place.envelope, replace(READY, final=False)))
    with pytest.raises(MessageDeleted) as known:
        await messenger.show(place.envelope, drawn)
    assert DiscordAddress.of(known.value.address) == progress == place.gone()
    requests = list(discord.rest.requests)
    assert await messenger.show(progress.envelope, replace(READY, final=False)) == progress.envelope
    assert discord.rest.requests == requests


class Killed(Exception):
    """The process is killed."""


@pytest.mark.parametrize(("stored", "direct"), [(1, True), (2, False), (9, False)])
async def test_a_kill_sends_no_second_message_to_the_asker_alone(
    messenger: DiscordMessenger, discord: FakeDiscord, drawn: Reply, stored: int, direct: bool
) -> None:
    place = await asked(discord)
    discord.world.delete(place.message)
    kept = [place.gone().envelope]

    async def keep(address: Address) -> None:
        kept.append(address)
        if len(kept) > stored:
            raise Killed

    with suppress(Killed):
        await messenger.show_alone(kept[0], drawn, keep)
    assert (sum("POST" in line for line in discord.rest.requests) == 0) == (stored == 1)
    await messenger.show_alone(kept[-1], drawn, keep)
    (seen,) = discord.world.visible(place.user)
    assert (len(seen.attachments), seen.only_for is None) == (1, direct)
    assert discord.world.visible(discord.world.person("grace")) == []


async def test_a_message_to_the_asker_alone_whose_answer_is_cut_is_followed_by_a_direct_one(
    messenger: DiscordMessenger, discord: FakeDiscord, drawn: Reply
) -> None:
    place = await asked(discord)
    discord.world.delete(place.message)
    kept = [place.gone().envelope]

    async def keep(address: Address) -> None:
        kept.append(address)

    discord.fail(Fault(where="POST", cut=True, processed=True))
    with pytest.raises(DeliveryError) as unclear:
        await messenger.show_alone(kept[-1], drawn, keep)
    assert not unclear.value.permanent
    for _ in range(2):
        await messenger.show_alone(kept[-1], drawn, keep)
    assert [len(message.attachments) for message in discord.world.visible(place.user)] == [0, 1]


async def test_a_notice_pings_the_asker_alone_in_answer_to_the_message(
    messenger: DiscordMessenger, discord: FakeDiscord
) -> None:
    discord.world.person("grace")
    place = await asked(discord)
    await messenger.notify(place.envelope, READY)
    shown, notice = discord.world.visible(place.user)
    assert notice.content.startswith(f"<@{place.user}> Your images are ready.")
    assert (notice.pinged, notice.answers) == ({place.user}, shown.id)
    assert len(discord.rest.requests) == 1


@pytest.mark.parametrize("member", [True, False])
async def test_a_notice_of_a_deleted_message_is_not_sent(
    messenger: DiscordMessenger, discord: FakeDiscord, member: bool
) -> None:
    place = await asked(discord)
    discord.world.channels[CHANNEL].bot_is_member = member
    discord.world.delete(place.message)
    with pytest.raises(DeliveryError) as refused:
        await messenger.notify(place.envelope, READY)
    assert (refused.value.permanent, discord.world.visible(place.user)) == (True, [])


async def test_where_the_bot_is_no_member_a_notice_follows_up(
    messenger: DiscordMessenger, discord: FakeDiscord
) -> None:
    place = await asked(discord)
    discord.world.channels[CHANNEL].bot_is_member = False
    await messenger.notify(place.envelope, READY)
    assert discord.world.visible(place.user)[-1].pinged == {place.user}
    for _ in range(4):
        await messenger.notify(place.envelope, READY)
    with pytest.raises(DeliveryError) as refused:
        await messenger.notify(place.envelope, READY)  # the sixth: https://docs.discord.com, Create Followup Message
    assert refused.value.permanent


async def test_a_long_notice_keeps_its_mention(messenger: DiscordMessenger, discord: FakeDiscord) -> None:
    place = await asked(discord)
    long = Reply(lines=tuple((UserText("x" * 1000),) for _ in range(30)))
    await messenger.notify(place.envelope, long)
    assert discord.world.visible(place.user)[-1].pinged == {place.user}


async def test_a_notice_whose_answer_is_cut_is_not_sent_again(
    messenger: DiscordMessenger, discord: FakeDiscord
) -> None:
    place = await asked(discord)
    discord.fail(Fault(where="POST", cut=True, processed=True))
    with pytest.raises(DeliveryError):
        await messenger.notify(place.envelope, READY)
    assert len(discord.rest.requests) == 1


async def test_a_notice_that_is_repeated_all_the_same_is_one_message(
    messenger: DiscordMessenger, discord: FakeDiscord
) -> None:
    place = await asked(discord)
    discord.fail(Fault(where="POST", status=502, processed=True))
    await messenger.notify(place.envelope, READY)  # discord.py repeats it after a 502
    await messenger.notify(place.envelope, READY)
    assert len(discord.rest.requests) == 3
    assert len(discord.world.visible(place.user)) == 2


@pytest.mark.parametrize("member", [True, False])
async def test_what_was_private_is_published_with_its_images(
    messenger: DiscordMessenger, discord: FakeDiscord, drawn: Reply, member: bool
) -> None:
    place = await asked(discord, private=True)
    discord.world.channels[CHANNEL].bot_is_member = member
    published = DiscordAddress.of(await messenger.publish(place.envelope, drawn))
    message = only_message(discord, "grace")
    assert (message.id, published.private, published.token) == (published.message, False, "")
    assert [file.description for file in message.attachments] == ["a boat"]
    assert [button["label"] for button in message.buttons()] == ["Again"]
    assert message.pinged == set()


async def test_what_is_published_can_be_changed_and_deleted(
    messenger: DiscordMessenger, discord: FakeDiscord, drawn: Reply
) -> None:
    place = await asked(discord, private=True)
    published = await messenger.publish(place.envelope, drawn)
    assert await messenger.show(published, READY) == published
    assert "ready" in only_message(discord, "grace").content
    await messenger.delete(published)
    assert [message.id for message in discord.world.visible(place.user)] == [place.message]


async def test_publishing_twice_makes_one_message_but_never_takes_one_that_was_shown(
    messenger: DiscordMessenger, discord: FakeDiscord, drawn: Reply
) -> None:
    place = await asked(discord, alive=False)
    discord.fail(Fault(where="PATCH", status=403, code=50005))
    shown = await messenger.show(place.envelope, drawn)
    first, second = [await messenger.publish(place.envelope, drawn) for _ in range(2)]
    assert first == second != shown
    assert len(discord.world.visible(place.user)) == 2


async def test_where_only_the_asker_may_see_it_nothing_is_published(
    messenger: DiscordMessenger, discord: FakeDiscord, drawn: Reply
) -> None:
    discord.world.forced_ephemeral = True
    place = await asked(discord, private=True)
    discord.world.channels[CHANNEL].bot_is_member = False
    with pytest.raises(DeliveryError) as refused:
        await messenger.publish(place.envelope, drawn)
    assert refused.value.permanent
    assert [message.id for message in discord.world.visible(place.user)] == [place.message]


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize(
    ("status", "code"), [(403, 50001), (403, 50013), (404, 10015), (400, 50035), (401, 50027), (403, 240000)]
)
async def test_a_refusal_in_every_way_is_for_good(
    messenger: DiscordMessenger, discord: FakeDiscord, verb: str, status: int, code: int
) -> None:
    place = await asked(discord)
    discord.fail(Fault(where="/api/v10/", status=status, code=code, times=9))
    with pytest.raises(DeliveryError) as refused:
        await VERBS[verb](messenger, place.envelope)
    assert refused.value.permanent
    assert only_message(discord).id == place.message


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize(
    "fault", [Fault(where="/channels", status=503), Fault(where="/channels", status=429, via=False)]
)
async def test_a_discord_that_is_busy_may_be_asked_again(
    messenger: DiscordMessenger, discord: FakeDiscord, verb: str, fault: Fault
) -> None:
    place = await asked(discord, alive=False)
    discord.fail(replace(fault))
    with pytest.raises(DeliveryError) as refused:
        await VERBS[verb](messenger, place.envelope)
    assert not refused.value.permanent
    assert len(discord.rest.requests) == 1


@pytest.mark.parametrize("verb", VERBS)
async def test_without_a_connection_an_interactions_token_still_works(
    messenger: DiscordMessenger, discord: FakeDiscord, verb: str
) -> None:
    place = await asked(discord)
    messenger.attach(None)
    await VERBS[verb](messenger, place.envelope)
    assert {"/webhooks/" in line for line in discord.rest.requests} == {True}


@pytest.mark.parametrize("verb", VERBS)
async def test_without_a_connection_and_a_token_it_is_put_off(
    messenger: DiscordMessenger, discord: FakeDiscord, verb: str
) -> None:
    place = await asked(discord, alive=False)
    messenger.attach(None)
    with pytest.raises(NotConnected):
        await VERBS[verb](messenger, place.envelope)


async def test_without_a_connection_a_message_with_images_and_buttons_is_shown(
    messenger: DiscordMessenger, discord: FakeDiscord, drawn: Reply
) -> None:
    place = await asked(discord)
    messenger.attach(None)
    await messenger.show(place.envelope, drawn)
    shown = only_message(discord)
    assert (len(shown.attachments), [button["label"] for button in shown.buttons()]) == (1, ["Again"])
