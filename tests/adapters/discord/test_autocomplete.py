"""The values that are offered while an option is typed: those of the chosen model, each with the known facts."""

import pytest

from adapters.discord.autocomplete import choices
from tests.conftest import StartBot
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_driver import DiscordDriver, settings

MODEL_DEPENDENT = ("size", "quality", "style", "background", "output_format")


@pytest.mark.usefixtures("bot")
async def test_each_option_offers_what_the_chosen_model_takes(discord: FakeDiscord) -> None:
    offered = {
        model: {option: await discord.complete(option, "", {"model": model}) for option in MODEL_DEPENDENT[1:]}
        for model in ("dall-e-3", "gpt-image-1", "qwen-image", "gpt_image 1")
    }
    transparent, formats = ["auto", "transparent", "opaque"], ["png", "jpeg", "webp"]
    gpt = {
        "quality": ["auto", "low", "medium", "high"],
        "style": [],
        "background": transparent,
        "output_format": formats,
    }
    nothing: list[str] = []
    assert offered == {
        "dall-e-3": {
            "quality": ["standard", "hd"],
            "style": ["vivid", "natural"],
            "background": nothing,
            "output_format": nothing,
        },
        "gpt-image-1": gpt,
        "qwen-image": dict.fromkeys(MODEL_DEPENDENT[1:], nothing),
        "gpt_image 1": gpt,
    }


@pytest.mark.usefixtures("bot")
@pytest.mark.parametrize("typed", ["no such model", "dall-e", "🦊" * 50, "gpt-image-1 or 2", "[]"])
async def test_nothing_is_offered_for_a_model_that_there_is_not(discord: FakeDiscord, typed: str) -> None:
    for option in MODEL_DEPENDENT:
        assert await discord.complete(option, "", {"model": typed}) == []


@pytest.mark.usefixtures("bot")
async def test_a_size_is_offered_with_the_pixels_that_it_stands_for(discord: FakeDiscord) -> None:
    assert await discord.offered("size", "16:9", {"model": "dall-e-3"}) == {"16:9": "16:9 · 1792x1024"}
    sizes = await discord.offered("size", "", {"model": "gpt-image-2"})
    assert sizes["16:9"] == "16:9 · 1280x720"
    assert sizes["4:3"] == "4:3 · 1024x768"
    assert sizes["landscape"] == "landscape · 1536x1024"
    assert sizes["2048x2048"] == "2048x2048"
    assert sizes["auto"] == "auto"
    typed = await discord.complete("size", "1024x1", {"model": "dall-e-3"})
    assert typed[:3] == ["1024x1024", "1024x1792", "square"]


@pytest.mark.usefixtures("bot")
async def test_what_is_offered_without_a_model_is_what_the_default_takes(discord: FakeDiscord) -> None:
    assert await discord.complete("quality", "") == ["standard", "hd"]
    assert "512x512" not in await discord.complete("size", "")
    assert "transparent" in await discord.complete("background", "")


async def test_a_model_is_offered_with_what_to_choose_it_for_and_how_long_it_takes(
    people: DiscordDriver, discord: FakeDiscord, start_bot: StartBot
) -> None:
    async with start_bot(shutdown_grace=5, **settings(discord)):
        shown = await discord.offered("model", "")
        assert shown["dall-e-3"] == "dall-e-3 · vivid or natural style, standard or HD quality"
        assert await discord.complete("model", "cheap") == ["gpt-image-1-mini"]
        await people.imagine("a boat")
        await people.wait_for(lambda seen: bool(seen.images))
    async with start_bot(**settings(discord)):
        shown = await discord.offered("model", "")
    assert shown["dall-e-3"] == "dall-e-3 · vivid or natural style, standard or HD quality · about 5 seconds"
    assert "about" not in shown["gpt-image-1"]


@pytest.mark.alone
async def test_three_hundred_who_type_at_once_are_answered_in_time(discord: FakeDiscord, start_bot: StartBot) -> None:
    """Discord, and this one too, refuses an answer that comes after three seconds."""
    async with start_bot(**settings(discord)):
        typing = [await discord.type("model", "", person=f"person {number}") for number in range(300)]
        await discord.until(lambda: all(each.response for each in typing))
    assert all(len(each.response["data"]["choices"]) > 15 for each in typing if each.response)


def test_a_label_is_cut_where_it_says_most() -> None:
    name = "doubao-seedream-4-0-250828"
    (choice,) = choices(
        {name: ("images 🎨🎨 of up to 4096 pixels, also as 2K or 4K, and a few words more", "about 20 seconds")}, ""
    )
    assert choice.value == name
    assert choice.name == f"{name} · images 🎨🎨 of up to 4096 pixels, also as 2K or 4K,… · about 20 seconds"


@pytest.mark.parametrize("long", ["x" * 101, "🦊" * 51])
def test_a_value_that_no_choice_can_be_is_not_offered(long: str) -> None:
    assert [choice.value for choice in choices({long: (), "short": ()}, "")] == ["short"]


def test_no_more_than_discord_takes_are_offered_those_that_begin_as_typed_first() -> None:
    offered = choices({**{f"a{number}": ("b",) for number in range(30)}, "b": ()}, "B")
    assert (len(offered), offered[0].value) == (25, "b")


async def test_show_completes_ones_own_prompts_by_words_and_by_number(start_bot: StartBot) -> None:
    async with FakeDiscord() as discord, start_bot(**settings(discord)):
        people = DiscordDriver(discord)
        for prompt in ("a red fox in snow", "an owl"):
            await people.imagine(prompt)
            await people.wait_for(lambda seen, prompt=prompt: bool(seen.images) and prompt in seen.text)  # type: ignore[misc]

        async def offered(typed: str, person: str = "ada") -> list[str]:
            found = await discord.offered("image", typed, command="show", person=person)
            assert all(len(value) == 26 and name[1:9].lower() == value[-8:] for value, name in found.items())
            return [name[12:] for name in found.values()]

        assert await offered("") == ["an owl", "a red fox in snow"]
        assert await offered("SNOW fox") == ["a red fox in snow"]
        (number,) = [name[:9] for name in (await discord.offered("image", "owl", command="show")).values()]
        assert await offered(number) == ["an owl"]
        assert await offered("zebra") == []
        assert await offered("", "grace") == []
        assert await offered(number, "grace") == []
