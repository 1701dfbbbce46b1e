"""The registered commands are the same whatever the gateway offers: all that depends on it is offered while typing."""

from collections.abc import Collection

from bot.sandbox.protocol import catalogue
from tests.conftest import StartBot
from tests.fakes.cometapi import FakeCometAPI, Says
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_driver import settings
from tests.fakes.discord_faults import Fault

PUT_COMMANDS = "PUT /applications/900000000000000001/commands"


def live_list(names: Collection[str]) -> Says:
    """Make a live list of these models alone."""
    whole = catalogue()
    data = whole["data"]
    assert isinstance(data, list)
    return Says(body={**whole, "data": [record for record in data if record["id"] in names]})


async def test_three_live_lists_make_one_registration(
    discord: FakeDiscord, gateway: FakeCometAPI, start_bot: StartBot
) -> None:
    for number, offered in enumerate((["dall-e-3"], ["gpt-image-2", "qwen-image"], ["gpt-image-1-mini"])):
        gateway.catalogue = live_list(offered)
        if number == 1:
            # The first login fails, so that the live list is known at the second.
            discord.fail(Fault(where="/users/@me", cut=True, times=2))
        async with start_bot(**settings(discord)):
            while await discord.complete("model", "") != offered:
                pass
    assert discord.rest.requests.count(PUT_COMMANDS) == 1


async def test_what_depends_on_the_model_is_never_a_list(discord: FakeDiscord, start_bot: StartBot) -> None:
    async with start_bot(**settings(discord)):
        commands = {command["name"]: command for command in discord.world.commands}
    options = {option["name"]: option for option in commands["imagine"]["options"]}
    assert list(options) == ["prompt", "model", "size", "ar", "n", "quality", "style", "background", "output_format"]
    completed = {name for name, option in options.items() if option.get("autocomplete")}
    assert completed == {"model", "size", "quality", "style", "background", "output_format"}
    ratios = [(choice["name"], choice["value"]) for choice in options["ar"]["choices"]]
    assert ratios == [(each, each) for each in ("1:1", "3:2", "2:3", "4:3", "3:4", "16:9", "9:16")]
