"""Words that a filter doesn't let through cost nobody their answer, for every kind of answer."""

import pytest

from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_driver import DiscordDriver

pytestmark = pytest.mark.usefixtures("bot")

WORDS = "a boat"


async def test_a_list_is_shown_without_them(people: DiscordDriver, discord: FakeDiscord) -> None:
    await people.imagine(WORDS)
    drawn = await people.wait_for(lambda seen: bool(seen.images))
    discord.world.filtered = WORDS
    await discord.command("history")
    listed = await people.wait_for(lambda seen: bool(seen.images) and seen.id != drawn.id)
    assert (len(listed.images), listed.buttons) == (1, ["1 · Show here", "1 · Again", "1 · Delete"])
    assert "The words are left out" in listed.text
    assert WORDS not in " ".join((listed.text, *listed.alts))
    people.as_before(listed)
    await people.press(listed, "1 · Show images")
    shown = await people.wait_for(lambda seen: bool(seen.images) and seen.id not in {drawn.id, listed.id})
    assert "The words are left out" in shown.text


async def test_a_refusal_that_quotes_them_is_told_in_other_words(people: DiscordDriver, discord: FakeDiscord) -> None:
    discord.world.filtered = WORDS
    await discord.command("imagine", {"prompt": f"{WORDS} --v 6"})
    told = await people.wait_for(lambda seen: "(200000)" in seen.text)
    assert told.private
    assert "Nothing was charged" in told.text
