"""What an event says of the asker and the place: it comes from the interaction, and for a thread from its channel."""

from collections.abc import AsyncIterator

import pytest

from bot.core.events import Event
from bot.core.origin import Facts, Origin
from bot.core.replies import Answer, Placement, Reply
from tests.adapters.discord.alone import adapter_on, run, until
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_faults import Fault
from tests.fakes.discord_payloads import ADMINISTRATOR, MANAGE_MESSAGES, MANAGE_SERVER
from tests.fakes.discord_world import CHANNEL, GROUP, GUILD, THREAD, Channel

ARTIST, CRITIC = "500000000000000001", "500000000000000002"


class Recorder:
    """A bot that answers everything alike, and knows what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Origin] = []

    async def dispatch(self, event: Event) -> Answer:
        self.asked.append(event.origin)
        return Answer(reply=Reply(lines=(("Heard.",),)), placement=Placement.PRIVATE)


@pytest.fixture
async def bot(discord: FakeDiscord) -> AsyncIterator[Recorder]:
    bot = Recorder()
    adapter = adapter_on(discord, bot=bot)
    async with run(adapter):
        await until(lambda: not adapter.unready)
        yield bot


async def asks(discord: FakeDiscord, bot: Recorder, channel: str = CHANNEL) -> Origin:
    sent = await discord.command("imagine", {"prompt": "a boat"}, channel=channel)
    await discord.answered(sent)
    return bot.asked[-1]


def thread(discord: FakeDiscord, *, nsfw: bool, bot_is_member: bool = True) -> str:
    world = discord.world
    above = Channel(id=world.snowflake(), name="late", nsfw=nsfw, bot_is_member=bot_is_member)
    below = Channel(id=world.snowflake(), name="night", kind=THREAD, parent=above.id, bot_is_member=bot_is_member)
    world.channels |= {each.id: each for each in (above, below)}
    return below.id


async def test_a_command_in_a_server(discord: FakeDiscord, bot: Recorder) -> None:
    discord.world.roles[discord.world.person("ada")] = [ARTIST, CRITIC]
    discord.world.locale_of_servers = "ja"
    discord.world.channels[CHANNEL].nsfw = True
    origin = await asks(discord, bot)
    assert (origin.community, origin.conversation.channel) == (f"discord:{GUILD}", f"discord:{CHANNEL}")
    assert origin.facts == Facts(
        moderator=False,
        roles=frozenset({f"discord:{ARTIST}", f"discord:{CRITIC}"}),
        age_restricted=True,
        installed_by=frozenset({f"discord:{GUILD}"}),
        community_locale="ja",
    )


async def test_a_command_among_friends(discord: FakeDiscord, bot: Recorder) -> None:
    friends = Channel(id=discord.world.snowflake(), name="friends", kind=GROUP, bot_is_member=False)
    discord.world.channels[friends.id] = friends
    origin = await asks(discord, bot, friends.id)
    assert (origin.community, origin.conversation.channel) == ("", f"discord:{friends.id}")
    assert origin.facts == Facts(moderator=False, at_home=False, installed_by=frozenset({origin.user.id}))


@pytest.mark.parametrize(
    ("rights", "admin", "moderator"),
    [(0, False, False), (MANAGE_MESSAGES, False, True), (MANAGE_SERVER, True, False), (ADMINISTRATOR, True, False)],
)
async def test_rights_in_a_server(
    discord: FakeDiscord, bot: Recorder, rights: int, admin: bool, moderator: bool
) -> None:
    await asks(discord, bot)
    message = next(iter(discord.world.messages.values()))
    message.components = [{"type": 1, "components": [{"type": 2, "label": "Again", "custom_id": "again:x"}]}]
    await discord.answered(await discord.press(message, "Again", rights=rights))
    facts = bot.asked[-1].facts
    assert (facts.admin, facts.moderator) == (admin, moderator)


@pytest.mark.parametrize("nsfw", [True, False])
async def test_a_thread_is_for_adults_if_its_channel_is(discord: FakeDiscord, bot: Recorder, nsfw: bool) -> None:
    place = thread(discord, nsfw=nsfw)
    for _ in range(2):
        origin = await asks(discord, bot, place)
        assert origin.facts.age_restricted is nsfw
    parent = discord.world.channels[place].parent
    assert origin.conversation.parent_channel == f"discord:{parent}"
    assert discord.rest.requests.count(f"GET /channels/{parent}") == 1


@pytest.mark.parametrize("times", [0, 1])
async def test_a_channel_of_which_nothing_is_known_is_for_everybody(
    discord: FakeDiscord, bot: Recorder, times: int
) -> None:
    place = thread(discord, nsfw=True, bot_is_member=False)
    parent = discord.world.channels[place].parent
    if times:
        discord.fail(Fault(where=f"GET /api/v10/channels/{parent}", status=503, page="<html>"))
    for _ in range(3):
        assert not (await asks(discord, bot, place)).facts.age_restricted
    assert discord.rest.requests.count(f"GET /channels/{parent}") == 1 + times


async def test_other_facts_are_not_asked_for(discord: FakeDiscord, bot: Recorder) -> None:
    await discord.command("quota", channel=thread(discord, nsfw=True))
    await until(lambda: bool(bot.asked))
    assert not any(line.startswith("GET /channels/") for line in discord.rest.requests)
