"""Discord: the token, who may add the bot, and the server where it is tried."""

from collections.abc import Callable

import pytest

from tests.bot.cli.setup.conftest import TOKEN, Desk
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_faults import Fault
from tests.fakes.discord_world import APPLICATION, GUILD
from tests.support.console import Does

PORTAL = "https://discord.com/developers/applications"
INVITE = f"https://discord.com/oauth2/authorize?client_id={APPLICATION}&scope=bot+applications.commands&permissions="
NOTHING = Does(lambda: None)


def joins(discord: FakeDiscord, *guilds: str) -> Does:
    return Does(lambda: discord.world.bots_guilds.update(guilds or {GUILD}))


def made_private(discord: FakeDiscord) -> Does:
    return Does(lambda: setattr(discord.world, "bot_is_public", False))


async def test_a_private_bot_for_one_server(desk: Desk, discord: FakeDiscord) -> None:
    console = await desk.answer("discord", TOKEN, "", NOTHING, made_private(discord), NOTHING, joins(discord))
    assert console.ticks == [
        'Discord knows it: "Imagine"',
        "private",
        'it is in "Studio"',
        f"Only its members may draw: DISCORD_SERVERS={GUILD}",
    ]
    assert not console.refusals
    assert desk.kept == {"DISCORD_TOKEN": TOKEN, "DISCORD_SERVERS": GUILD}
    said = console.shown
    # Discord makes no private bot of one that has a default link: who may add it is asked before any link is shown.
    assert said.index("Who may add this bot to a server?") < said.index("/installation") < said.index(INVITE)
    assert f"{PORTAL}?new_application=true" in said
    assert [url.partition("?")[0].rpartition("/")[2] for url in desk.browsed] == [
        "applications",
        "installation",
        "authorize",
    ]
    assert desk.places is not None
    assert desk.places["Discord"].url == f"https://discord.com/channels/{GUILD}"


async def test_a_bot_that_anybody_may_add(desk: Desk, discord: FakeDiscord) -> None:
    console = await desk.answer("discord", TOKEN, "2", joins(discord))
    assert console.ticks[1:] == ['it is in "Studio"']
    assert desk.kept == {"DISCORD_TOKEN": TOKEN}
    assert "Install Link" not in console.shown


async def test_one_that_is_private_already_is_not_asked_about(desk: Desk, discord: FakeDiscord) -> None:
    discord.world.bot_is_public = False
    console = await desk.answer("discord", TOKEN, joins(discord))
    assert "Who may add" not in console.shown
    assert desk.kept["DISCORD_SERVERS"] == GUILD


async def test_both_waits_can_be_skipped(desk: Desk, discord: FakeDiscord) -> None:
    console = await desk.answer("discord", TOKEN, "1", NOTHING, "s", "s")
    assert console.refusals == [
        "It stays public: anybody may add it to a server of their own.",
        "It isn't in any server yet: nobody can use it until it is added to one.",
    ]
    assert desk.kept == {"DISCORD_TOKEN": TOKEN}


async def test_a_code_grant_would_make_the_invitation_fail_so_it_comes_first(desk: Desk, discord: FakeDiscord) -> None:
    discord.world.bot_asks_for_code = True
    switched = Does(lambda: setattr(discord.world, "bot_asks_for_code", False))
    console = await desk.answer("discord", TOKEN, "2", NOTHING, switched, joins(discord))
    assert console.shown.index("Requires OAuth2 Code Grant is on") < console.shown.index(INVITE)


async def test_an_endpoint_would_get_the_commands(desk: Desk, discord: FakeDiscord) -> None:
    discord.world.interactions_endpoint = "https://example.com/discord"
    console = await desk.answer("discord", TOKEN, "2", joins(discord))
    assert "Clear Interactions Endpoint URL" in console.refusals[0]


async def test_the_second_time_nothing_is_asked_and_the_invitation_is_shown(desk: Desk, discord: FakeDiscord) -> None:
    await desk.answer("discord", TOKEN, "2", joins(discord))
    desk.file.write_text(desk.file.read_text() + "COMETAPI_KEY=sandbox\n")
    console = await desk.answer(None)
    assert console.asked == 0
    assert 'Discord: set (…9-_), checked. Discord knows it: "Imagine"'.replace("…9-_", "…89-_") in console.ticks[1]
    assert INVITE in console.shown
    assert "Slack isn't set up: `imagine-bot setup slack` adds it." in console.shown


async def test_other_servers_than_those_that_are_set_are_pointed_out(desk: Desk, discord: FakeDiscord) -> None:
    desk.file.write_text("DISCORD_SERVERS=1\n")
    discord.world.bot_is_public = False
    console = await desk.answer("discord", TOKEN, joins(discord))
    assert console.refusals == ["DISCORD_SERVERS names other servers, whose members alone may draw there."]
    assert desk.kept["DISCORD_SERVERS"] == "1"


async def test_several_servers_are_all_named(desk: Desk, discord: FakeDiscord) -> None:
    console = await desk.answer("discord", TOKEN, "", made_private(discord), joins(discord, "11", "12"))
    assert console.ticks[2] == 'it is in "Studio", "Studio"'
    assert console.ticks[3] == "Only their members may draw: DISCORD_SERVERS=11,12"
    assert desk.kept["DISCORD_SERVERS"] == "11,12"


_WHERE = "The token is under Bot → Reset Token."
_EARLY = "This ends too early: a bot token has three parts with dots between them. Press Copy once more."


@pytest.mark.parametrize(
    ("pasted", "said"),
    [
        (APPLICATION, f"That is the Application ID (only digits). {_WHERE}"),
        ("0123456789abcdef" * 4, f"That is the Public Key. {_WHERE}"),
        ("aB3-" * 8, f"That is the Client Secret. {_WHERE}"),
        ("https://discord.com/developers/applications", f"That is an address. {_WHERE}"),
        (TOKEN[:-20], _EARLY),
        (TOKEN[:30], _EARLY),
        (TOKEN.rpartition(".")[0], _EARLY),
        ("xoxb-1-2-abc", _EARLY),
    ],
)
async def test_what_is_no_token_is_said_before_discord_is_asked(
    desk: Desk, discord: FakeDiscord, pasted: str, said: str
) -> None:
    discord.world.bots_guilds.add(GUILD)
    console = await desk.answer("discord", pasted, TOKEN)
    assert console.refusals == [said]
    assert discord.rest.requests == ["GET /applications/@me", "GET /users/@me/guilds"]


@pytest.mark.parametrize(
    "around", ["Bot {}", "DISCORD_TOKEN={}", '"{}"', "export DISCORD_TOKEN='{}'", "\u200b{}\u200b"]
)
async def test_what_was_copied_around_it_is_left_out(desk: Desk, discord: FakeDiscord, around: str) -> None:
    discord.world.bots_guilds.add(GUILD)
    await desk.answer("discord", around.format(TOKEN))
    assert desk.kept == {"DISCORD_TOKEN": TOKEN}


async def test_a_refused_token_is_asked_for_again(desk: Desk, discord: FakeDiscord) -> None:
    discord.world.bots_guilds.add(GUILD)
    console = await desk.answer("discord", TOKEN[:-1] + "x", TOKEN)
    assert console.refusals == ["Discord refuses it. Press Reset Token again: only the newest token works."]


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (lambda: Fault(where="/applications/@me", status=500), "Discord answered 500. Try again later."),
        (lambda: Fault(where="/applications/@me", status=429, retry_after=30), "Discord answered 429."),
        (lambda: Fault(where="/applications/@me", cut=True, times=2), "Discord can't be reached at"),
        (lambda: Fault(where="/applications/@me", status=200, page="<html>Log in</html>"), "is not Discord"),
    ],
)
async def test_a_discord_that_does_not_say_is_asked_again(
    desk: Desk, discord: FakeDiscord, fault: Callable[[], Fault], said: str
) -> None:
    discord.world.bots_guilds.add(GUILD)
    discord.fail(fault())
    console = await desk.answer("discord", TOKEN, "")
    assert said in console.refusals[0]
    assert console.ticks[0] == 'Discord knows it: "Imagine"'


async def test_one_that_takes_too_long_has_timed_out(desk: Desk, discord: FakeDiscord) -> None:
    discord.world.bots_guilds.add(GUILD)
    discord.fail(Fault(where="/applications/@me", delay=0.3))
    desk.seconds = 0.05
    console = await desk.answer("discord", TOKEN, "2")
    assert console.refusals == ["Discord can't be reached (timed out)."]
    assert desk.kept == {"DISCORD_TOKEN": TOKEN}


async def test_or_it_is_gone_on_without_a_check(desk: Desk, discord: FakeDiscord) -> None:
    discord.fail(Fault(where="/applications/@me", cut=True, times=2))
    await desk.answer("discord", TOKEN, "2")
    assert desk.kept == {"DISCORD_TOKEN": TOKEN}
    assert set(discord.rest.requests) == {"GET /applications/@me"}


async def test_trouble_while_it_waits_is_said_once_and_waited_out(desk: Desk, discord: FakeDiscord) -> None:
    discord.fail(Fault(where="/users/@me/guilds", status=500, times=3))
    console = await desk.answer("discord", TOKEN, "2", NOTHING, NOTHING, joins(discord))
    assert console.refusals == ["Discord answered 500. Try again later. I go on trying."]
    assert console.ticks[-1] == 'it is in "Studio"'
