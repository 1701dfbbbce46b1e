"""With COMETAPI_KEY=sandbox the bot draws by itself: marked as a test, asked of no gateway, counted for nobody."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.settings import COMETAPI
from tests.conftest import StartBot
from tests.fakes.cometapi import FakeCometAPI
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_driver import DiscordDriver, settings
from tests.fakes.driver import Seen
from tests.fakes.web_driver import web_platform
from tests.support.platforms import PLATFORMS
from tests.support.process import imagine_bot

OWN = {"cometapi_key": "sandbox", "cometapi_base_url": COMETAPI}


def shows(prompt: str) -> Callable[[Seen], bool]:
    return lambda seen: prompt in seen.text and bool(seen.images)


@pytest.mark.parametrize("platform", ["discord", "slack-socket"])
async def test_test_pictures_are_marked_and_uncharged_also_after_a_real_key_is_set(
    start_bot: StartBot, gateway: FakeCometAPI, platform: str
) -> None:
    async with PLATFORMS[platform](start_bot, **OWN, quota_images=1, budget_images=1) as people:
        await people.imagine("a paper boat")
        assert "Test picture" in (await people.wait_for(shows("a paper boat"))).text
        await people.quota()
        await people.wait_for(lambda seen: "1 of 1 images left" in seen.text)
    assert not gateway.requests
    async with PLATFORMS[platform](start_bot, quota_images=1, budget_images=1) as people:
        await people.imagine("a real boat")
        assert "Test picture" not in (await people.wait_for(shows("a real boat"))).text
        await people.imagine("another real boat")
        await people.wait_for(lambda seen: "quota" in seen.text)
    assert len(gateway.requests) == 1


async def test_a_test_picture_that_is_stopped_is_told_to_count_for_nobody(start_bot: StartBot) -> None:
    async with web_platform(start_bot, **OWN) as people:
        await people.imagine("a boat that is stopped")
        await people.press(await people.wait_for(lambda seen: "Stop" in seen.buttons), "Stop")
        told = await people.wait_for(lambda seen: "Stopped" in seen.text and seen.private)
        assert "quota" not in told.text


async def test_what_waits_while_the_key_is_changed_is_marked_by_the_key_that_draws_it(
    start_bot: StartBot, gateway: FakeCometAPI
) -> None:
    gateway.hold()
    async with FakeDiscord() as discord:
        people = DiscordDriver(discord)
        async with start_bot(**settings(discord), quota_images=2, max_concurrent_jobs=1):
            await people.imagine("a boat that is being drawn")
            await people.imagine("a boat that waits")
        gateway.release()
        async with start_bot(**settings(discord), quota_images=2, **OWN):
            seen = await people.wait_for(shows("a boat that waits"))
            assert "Test picture" in seen.text
            await people.quota()  # the other one's outcome is unknown, which is free
            await people.wait_for(lambda seen: "2 of 2 images left" in seen.text)


async def test_the_key_of_a_sandbox_elsewhere_is_sent_there(start_bot: StartBot, gateway: FakeCometAPI) -> None:
    async with PLATFORMS["discord"](start_bot, cometapi_key="sandbox") as people:
        await people.imagine("a paper boat")
        assert "Test picture" not in (await people.wait_for(shows("a paper boat"))).text
    assert len(gateway.requests) == 1


async def test_the_doctor_says_that_pictures_are_tests_and_asks_no_gateway(tmp_path: Path) -> None:
    _, out, _ = await imagine_bot(tmp_path, "doctor", cometapi_key="sandbox", playground=1)
    assert "the bot draws test pictures by itself" in out
    assert "gateway key" not in out
    assert "api.cometapi.com" not in out
