"""Show all: a long prompt's beginning is in its message, and the whole of it opens for everybody who sees that."""

from collections.abc import AsyncIterator

import pytest

from tests.conftest import StartBot
from tests.fakes.discord_driver import DiscordDriver, displayed
from tests.fakes.driver import Driver, Seen
from tests.fakes.slack_driver import SlackDriver, until
from tests.support.platforms import PLATFORMS

LONG = [
    " ".join(f"{word} {number} of a *long* prompt" for number in range(40 * times))
    for word, times in (("line", 1), ("row", 2))
]
SHORT = "x" * 400


@pytest.fixture(params=["discord", "slack-socket"])
async def people(request: pytest.FixtureRequest, start_bot: StartBot) -> AsyncIterator[Driver]:
    async with PLATFORMS[request.param](start_bot) as driver:
        yield driver


async def drawn(people: Driver, prompt: str) -> Seen:
    await people.imagine(f"{prompt} --model gpt-image-1")
    return await people.wait_for(lambda seen: bool(seen.images) and prompt[:30] in seen.text)


async def whole(people: Driver, message: Seen, user: str) -> str:
    """Press the button, and return what opens for that person alone."""
    match people:
        case DiscordDriver(discord=discord):
            pressed = await discord.press(discord.world.messages[message.id], "Show all", person=user)
            data = (await discord.answered(pressed))["data"]
            assert data["flags"] & 64
            if pressed.original and (files := discord.world.messages[pressed.original].attachments):
                return files[0].data.decode()
            return displayed(data["content"])
        case SlackDriver(slack=slack):
            await people.press(message, "Show all", user=user)
            await until(lambda: bool(slack.open_views(user)))
            view = slack.open_views(user)[-1]
            view.closed = True
            texts = [element["text"] for block in view.view["blocks"] for element in block["elements"][0]["elements"]]
            return "".join(texts)
        case _:
            raise AssertionError(people)


async def test_a_long_prompt_opens_whole_for_everybody_who_sees_its_beginning(people: Driver) -> None:
    assert "Show all" not in (await drawn(people, SHORT)).buttons
    for prompt in LONG:
        message = await drawn(people, prompt)
        assert prompt not in message.text
        assert await whole(people, message, "grace") == prompt
