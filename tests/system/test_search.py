"""History by words on each platform, what each of its items offers, and what runs beside the quota."""

from collections.abc import AsyncIterator, Callable

import pytest

from tests.conftest import StartBot
from tests.fakes.cometapi import FakeCometAPI
from tests.fakes.discord_driver import DiscordDriver
from tests.fakes.driver import Driver, Seen
from tests.fakes.slack_driver import SlackDriver
from tests.fakes.web_driver import WebDriver
from tests.support.platforms import CHATS, PLATFORMS


@pytest.fixture(params=CHATS)
async def people(request: pytest.FixtureRequest, start_bot: StartBot) -> AsyncIterator[Driver]:
    async with PLATFORMS[request.param](start_bot) as driver:
        yield driver


def drawn(prompt: str) -> Callable[[Seen], bool]:
    return lambda seen: bool(seen.images) and prompt in seen.text


async def search(people: Driver, words: str, user: str = "ada") -> Seen:
    """Return what somebody sees after they searched their history."""
    before = {seen.id for seen in people.seen(user=user)}
    match people:
        case DiscordDriver(discord=discord):
            await discord.answered(await discord.command("history", {"search": words}, person=user))
        case SlackDriver(slack=slack):
            await slack.command("/history", words, user=user, channel=people.channel)
        case WebDriver():
            await (await people.person(user)).say(f"/history {words}")
        case _:
            raise AssertionError(people)
    return await people.wait_for(lambda seen: seen.id not in before and bool(seen.text), user=user)


async def test_ones_own_images_are_found_by_words_page_by_page(people: Driver) -> None:
    prompts = [f"a red fox, number {number}" for number in range(6)]
    for prompt in ("an owl", *prompts):
        await people.imagine(prompt)
        await people.wait_for(drawn(prompt))
    page = await search(people, "FOX red")
    assert "an owl" not in page.text
    assert [prompt for prompt in prompts if prompt in page.text] == prompts[2:]
    labels = ["Show here", "Again", "Delete"]
    assert sorted(label.split(" · ")[-1] for label in page.buttons) == sorted(labels * 4 + ["Older"])
    await people.press(page, "Older")
    rest = await people.wait_for(lambda seen: prompts[0] in seen.text and "Newer" in seen.buttons)
    assert [prompt for prompt in ("an owl", *prompts) if prompt in rest.text] == prompts[:2]

    assert "None of your images" in (await search(people, "zebra")).text
    assert "None of your images" in (await search(people, "fox", "grace")).text


async def test_of_a_long_text_the_beginning_is_looked_for(start_bot: StartBot) -> None:
    """Discord lets people type more words than a query of the database may have."""
    async with PLATFORMS["discord"](start_bot) as people:
        assert isinstance(people, DiscordDriver)
        await people.imagine("an owl")
        await people.wait_for(drawn("an owl"))
        (offered,) = (await people.discord.offered("image", "owl" + 2000 * " a", command="show")).values()
        assert offered.endswith("an owl")


async def test_each_button_of_an_item_says_aloud_what_it_is_about(people: Driver) -> None:
    if isinstance(people, DiscordDriver):  # it has no such labels
        return
    prompt = "a red fox in snow"
    await people.imagine(f"{prompt} {'and more of it ' * 9}")
    await people.wait_for(drawn(prompt))
    page = await search(people, "fox")
    if isinstance(people, SlackDriver):
        message = next(each for each in people.slack.world.messages if each.ts == page.id)
        elements = [each for block in message.blocks if block["type"] == "actions" for each in block["elements"]]
        spoken = [each["accessibility_label"] for each in elements]
        assert all(len(each) <= 75 for each in spoken)
    else:
        assert isinstance(people, WebDriver)
        told = (await people.person("ada")).told
        entry = next(entry for answer in reversed(told) for entry in answer["reply"]["entries"])
        spoken = [button["spoken"] for button in entry["buttons"]]
    assert [each[: each.index("fox")] for each in spoken][:2] == ["Show here: a red ", "Again: a red "]


async def test_what_runs_is_beside_the_quota_with_what_ends_it(people: Driver, gateway: FakeCometAPI) -> None:
    gateway.hold()
    await people.imagine("a boat that takes long")
    await people.wait_for(lambda seen: "Stop" in seen.buttons)
    before = {seen.id for seen in people.seen()}
    await people.quota()
    quota = await people.wait_for(lambda seen: seen.id not in before)
    assert "a boat that takes long" in quota.text
    (stop,) = quota.buttons
    await people.press(quota, stop)
    await people.wait_for(lambda seen: "a boat that takes long" in seen.text and "Stopped." in seen.text)
    gateway.release()
