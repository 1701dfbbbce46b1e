"""What a platform can't do at an address: it says so by value, and refuses it for good if it is asked all the same."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import gettempdir

import pytest
from hypothesis import given

from adapters.discord.address import DiscordAddress
from adapters.discord.messenger import DiscordMessenger
from adapters.discord.seal import Seal
from adapters.slack.address import SlackAddress
from adapters.slack.commands import SlackCommands
from adapters.slack.messenger import SlackMessenger
from adapters.web.address import WebAddress
from adapters.web.events import Changes
from adapters.web.messenger import WebMessenger
from bot.core.chat import Messenger, Verb
from bot.core.errors import DeliveryError
from bot.core.images.library import ImageLibrary
from bot.core.origin import Address
from bot.core.replies import Reply
from storage.images import ObjectImageStore
from tests.adapters.test_addresses import AnyAddress, addresses, remote_addresses
from tests.support.builders import MOMENT, MovableClock


async def _nowhere(address: Address) -> None: ...


LIBRARY = ImageLibrary(ObjectImageStore.open(str(Path(gettempdir()))))
CLOCK = MovableClock()
MESSENGERS: dict[type[AnyAddress], Messenger] = {
    DiscordAddress: DiscordMessenger(LIBRARY, clock=CLOCK, seal=Seal("a-token")),
    SlackAddress: SlackMessenger(LIBRARY, clock=CLOCK, commands=SlackCommands()),
    WebAddress: WebMessenger(Changes()),
}
CALLS: dict[Verb, Callable[[Messenger, Address], Awaitable[object]]] = {
    Verb.SHOW: lambda messenger, address: messenger.show(address, Reply(lines=())),
    Verb.SHOW_ALONE: lambda messenger, address: messenger.show_alone(address, Reply(lines=()), _nowhere),
    Verb.DELETE: lambda messenger, address: messenger.delete(address),
    Verb.NOTIFY: lambda messenger, address: messenger.notify(address, Reply(lines=())),
    Verb.PUBLISH: lambda messenger, address: messenger.publish(address, Reply(lines=())),
}
LIVING = MOMENT.replace(microsecond=0) + timedelta(minutes=15)
DISCORD = DiscordAddress(application="1", channel="4", message="5", user="6", token="t", expires=LIVING)
PRIVATE, MOVED = replace(DISCORD, private=True), DISCORD.direct(message=5, channel=9)
SLACK = SlackAddress(channel="C1", user="U1", ts="1.0")
SHOW, ALONE, DELETE, NOTIFY, PUBLISH = Verb


@pytest.mark.parametrize(
    ("address", "verbs"),
    [
        (DISCORD, {SHOW, DELETE, NOTIFY, PUBLISH}),
        (DISCORD.without_token(), {SHOW, DELETE, NOTIFY, PUBLISH}),
        (replace(DISCORD.without_token(), message=""), {SHOW, NOTIFY, PUBLISH}),
        (PRIVATE, {SHOW, DELETE, PUBLISH}),
        (PRIVATE.without_token(), {SHOW, PUBLISH}),
        (replace(PRIVATE, expires=MOMENT), {SHOW, PUBLISH}),
        (MOVED, {SHOW, DELETE, NOTIFY}),
        (DISCORD.gone(), {SHOW, ALONE, PUBLISH}),
        (replace(DISCORD.gone(), private=True, message="7"), {SHOW, ALONE, DELETE, PUBLISH}),
        (DISCORD.gone().direct(message=5, channel=9), {SHOW, ALONE, DELETE, PUBLISH}),
        (DiscordAddress(), {SHOW}),
        (SLACK, {SHOW, DELETE, NOTIFY, PUBLISH}),
        (replace(SLACK, ts=""), {SHOW, NOTIFY, PUBLISH}),
        (replace(SLACK, moved=True), {SHOW, DELETE, NOTIFY}),
        (SLACK.gone(), {SHOW, ALONE, PUBLISH}),
        (replace(SLACK.gone().direct("D1"), moved=True, ts="2.0"), {SHOW, ALONE, DELETE, PUBLISH}),
        (replace(SLACK.gone(), moved=True), {SHOW, PUBLISH}),
        (SlackAddress(), {SHOW}),
        (WebAddress(person="web:ada", job="0a"), {SHOW, DELETE, NOTIFY}),
    ],
)
def test_what_can_be_done_where(address: AnyAddress, verbs: set[Verb]) -> None:
    assert MESSENGERS[type(address)].abilities(address.envelope).verbs == verbs


def test_a_larger_image_is_shown_where_the_server_is_boosted() -> None:
    messenger = MESSENGERS[DiscordAddress]
    boosted = messenger.abilities(replace(DISCORD, file_limit=20_000_000).envelope)
    assert (boosted.images.max_bytes, messenger.abilities(DISCORD.envelope).images.max_bytes) == (
        20_000_000,
        10 * 2**20,
    )


@given(addresses)
async def test_what_is_left_out_is_refused_for_good(address: AnyAddress) -> None:
    messenger, envelope = MESSENGERS[type(address)], address.envelope
    for verb in set(Verb) - messenger.abilities(envelope).verbs:
        with pytest.raises(DeliveryError) as refused:
            await CALLS[verb](messenger, envelope)
        assert refused.value.permanent


@given(remote_addresses)
async def test_what_can_be_done_waits_for_a_connection(address: AnyAddress) -> None:
    messenger, envelope = MESSENGERS[type(address)], address.envelope
    for verb in messenger.abilities(envelope).verbs:
        with pytest.raises(DeliveryError) as away:
            await CALLS[verb](messenger, envelope)
        assert not away.value.permanent
