"""`/history`: a page with pictures, for the asker alone, that is turned in place."""

from pathlib import Path

import pytest

from tests.fakes.cometapi import FakeCometAPI
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_driver import DiscordDriver
from tests.fakes.discord_faults import Fault
from tests.support.pictures import stored

pytestmark = pytest.mark.usefixtures("bot")


async def draw(people: DiscordDriver, *prompts: str) -> None:
    for prompt in prompts:
        await people.imagine(prompt)
        await people.wait_for(lambda seen, prompt=prompt: bool(seen.images) and prompt in seen.text)  # type: ignore[misc]


async def test_nothing_drawn_yet(people: DiscordDriver) -> None:
    await people.history()
    assert "Nothing has been drawn for you yet" in (await people.wait_for(lambda seen: seen.private)).text


async def test_pages_are_turned_in_place(people: DiscordDriver) -> None:
    await draw(people, "boat one", "boat two", "boat three", "boat four", "boat five", "boat six")
    await people.history()
    page = await people.wait_for(lambda seen: seen.private and bool(seen.images))
    assert "boat six" in page.text
    assert "boat one" not in page.text
    assert page.alts[0] == "AI-generated: image by dall-e-3: boat six"
    assert len(page.images) == 4
    await people.press(page, "Older")
    older = await people.wait_for(lambda seen: seen.private and "boat one" in seen.text)
    assert older.id == page.id
    assert len(older.images) == 2
    await people.press(older, "Newer")
    assert (await people.wait_for(lambda seen: seen.private and "boat six" in seen.text)).id == page.id
    assert not any(seen.private for seen in people.seen(user="grace"))


async def test_show_and_again(people: DiscordDriver, gateway: FakeCometAPI) -> None:
    await draw(people, "a boat")
    await people.history()
    page = await people.wait_for(lambda seen: seen.private and bool(seen.images))
    assert page.buttons == ["1 · Show here", "1 · Again", "1 · Delete"]
    people.as_before(page)
    await people.press(page, "1 · Show images")
    shown = await people.wait_for(lambda seen: seen.private and bool(seen.images) and seen.id != page.id)
    assert shown.buttons == ["Again", "Edit prompt", "Delete"]
    public = len(people.seen(user="grace"))
    await people.press(page, "1 · Again")
    await people.wait_for(lambda seen: bool(seen.images) and not seen.private, user="grace")
    assert len(people.seen(user="grace")) == public + 1
    await people.wait_for(lambda _: len(gateway.requests) == 2)


async def test_an_upload_that_is_cut_is_repeated(people: DiscordDriver, discord: FakeDiscord) -> None:
    await draw(people, "a boat")
    discord.fail(Fault(where="PATCH", cut=True))
    await people.history()
    listed = await people.wait_for(lambda seen: seen.private and bool(seen.images))
    assert "couldn't show the images" not in listed.text


async def test_a_list_whose_pictures_are_refused_is_shown_without_them(
    people: DiscordDriver, discord: FakeDiscord
) -> None:
    await draw(people, "a boat")
    discord.fail(Fault(where="PATCH", status=400, code=20009))
    await people.history()
    listed = await people.wait_for(lambda seen: seen.private and "newest first" in seen.text)
    assert "a boat" in listed.text
    assert "couldn't show the images" in listed.text


async def test_pictures_that_are_deleted_by_now_are_left_out(people: DiscordDriver, tmp_path: Path) -> None:
    await draw(people, "boat one")
    first = stored(tmp_path)
    await draw(people, "boat two")
    for file in first:
        file.unlink()
    await people.history()
    page = await people.wait_for(lambda seen: seen.private and bool(seen.images))
    assert page.alts == ["AI-generated: image by dall-e-3: boat two"]
    assert "no longer stored" in page.text
    assert "boat one" in page.text
