"""A message that shows what is over: a press heals it, and Show again brings images that could not be shown."""

import asyncio
import copy
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import StartBot
from tests.fakes.cometapi import FakeCometAPI
from tests.fakes.discord_driver import DiscordDriver, discord_platform
from tests.fakes.discord_faults import Fault
from tests.fakes.driver import Seen
from tests.fakes.slack_driver import SlackDriver, slack_platform, until
from tests.support.sqlite import until_all_are

PRESSES = [("ada", "Too late"), ("grace", "Only the person who asked")]


def drawn(seen: Seen) -> bool:
    return bool(seen.images)


def has(button: str) -> Callable[[Seen], bool]:
    return lambda seen: button in seen.buttons


def stuck_on_discord(driver: DiscordDriver, drawing: Seen) -> Callable[[], None]:
    world = driver.discord.world
    before = copy.deepcopy(world.messages[drawing.id])

    def stick() -> None:
        world.messages[drawing.id] = before

    return stick


def stuck_on_slack(driver: SlackDriver, drawing: Seen) -> Callable[[], None]:
    message = next(each for each in driver.slack.world.messages if each.ts == drawing.id)
    text, blocks = message.text, copy.deepcopy(message.blocks)

    def stick() -> None:
        message.text, message.blocks = text, blocks

    return stick


@pytest.mark.parametrize(("who", "told"), PRESSES)
async def test_a_press_brings_a_stuck_message_on_discord_up_to_date(
    start_bot: StartBot, gateway: FakeCometAPI, who: str, told: str, tmp_path: Path
) -> None:
    async with discord_platform(start_bot) as driver:
        gateway.hold()
        await driver.imagine("a boat")
        drawing = await driver.wait_for(has("Stop"))
        stick = stuck_on_discord(driver, drawing)
        gateway.release()
        await driver.wait_for(drawn)
        await until_all_are(tmp_path / "imagine.db", "delivered")
        stick()
        await driver.press(await driver.wait_for(has("Stop")), "Stop", user=who)
        assert (await driver.wait_for(lambda seen: told in seen.text, user=who)).private
        healed = await driver.wait_for(drawn)
        assert (healed.id, healed.buttons) == (drawing.id, ["Again", "Edit prompt", "Delete"])
    assert len(gateway.requests) == 1


@pytest.mark.parametrize(("who", "told"), PRESSES)
async def test_a_press_brings_a_stuck_message_on_slack_up_to_date_without_another_upload(
    start_bot: StartBot, gateway: FakeCometAPI, who: str, told: str, tmp_path: Path
) -> None:
    async with slack_platform(start_bot) as driver:
        gateway.hold()
        await driver.imagine("a boat")
        drawing = await driver.wait_for(has("Stop"))
        stick = stuck_on_slack(driver, drawing)
        gateway.release()
        await driver.wait_for(drawn)
        await until(lambda: len(driver.slack.called("files.completeUploadExternal")) == 1)
        await until_all_are(tmp_path / "imagine.db", "delivered")
        stick()
        await driver.press(await driver.wait_for(has("Stop")), "Stop", user=who)
        assert (await driver.wait_for(lambda seen: told in seen.text, user=who)).private
        healed = await driver.wait_for(drawn)
        assert (healed.id, healed.buttons) == (drawing.id, ["Again", "Edit prompt"])
        assert len(driver.slack.called("files.completeUploadExternal")) == 1
    assert len(gateway.requests) == 1


async def test_a_press_on_a_stray_lets_it_go_and_shows_nothing_twice(
    start_bot: StartBot, gateway: FakeCometAPI, tmp_path: Path
) -> None:
    async with slack_platform(start_bot) as driver:
        driver.slack.fail("chat.postMessage", lost=True)
        await driver.imagine("a boat")
        shown = await driver.wait_for(drawn)
        await until_all_are(tmp_path / "imagine.db", "delivered")
        stray = await driver.wait_for(has("Cancel"))
        await driver.press(stray, "Cancel", user="grace")
        told = await driver.wait_for(lambda seen: "Another message shows it." in seen.text, user="grace")
        assert (told.private, "Only the person who asked" in told.text) == (True, True)
        await until(lambda: not any(seen.id == stray.id for seen in driver.seen()))
        assert [seen.id for seen in driver.seen() if seen.images] == [shown.id]
    assert len(gateway.requests) == 1


@pytest.mark.parametrize("who", ["ada", "grace"])
async def test_show_again_delivers_what_is_stored_for_free_and_for_the_asker_alone(
    start_bot: StartBot, gateway: FakeCometAPI, who: str, tmp_path: Path
) -> None:
    async with slack_platform(start_bot) as driver:
        driver.slack.fail("files.getUploadURLExternal", times=5, error="file_uploads_disabled")
        await driver.imagine("a boat")
        told = await driver.wait_for(has("Show again"))
        assert told.buttons == ["Show again", "Again", "Edit prompt"]
        await until_all_are(tmp_path / "imagine.db", "undelivered")
        driver.slack.faults.clear()
        await driver.press(told, "Show again", user=who)
        if who == "grace":
            await driver.wait_for(lambda seen: "Only the person who asked" in seen.text, user="grace")
        else:
            shown = await driver.wait_for(drawn)
            assert (shown.id, shown.buttons) == (told.id, ["Again", "Edit prompt"])
            await driver.quota()
            await driver.wait_for(lambda seen: "(1 used)" in seen.text)
    assert len(gateway.requests) == 1


@pytest.mark.parametrize("presses", [1, 3])
async def test_show_again_on_discord(start_bot: StartBot, gateway: FakeCometAPI, presses: int, tmp_path: Path) -> None:
    async with discord_platform(start_bot) as driver:
        gateway.hold()
        await driver.imagine("a boat")
        await driver.wait_for(has("Stop"))
        for where, times in (("PATCH", 2), ("/channels/", 1), ("/users/@me/channels", 1)):
            driver.discord.fail(Fault(where=where, status=403, code=50013, times=times))
        gateway.release()
        told = await driver.wait_for(has("Show again"))
        assert "I couldn't show them here" in told.text
        await until_all_are(tmp_path / "imagine.db", "undelivered")
        driver.discord.fail(Fault(where="PATCH", delay=0.2))
        messages, before = len(driver.seen()), driver.discord.world.messages[told.id].edits
        await asyncio.gather(*(driver.press(told, "Show again", user="ada") for _ in range(presses)))
        shown = await driver.wait_for(drawn)
        assert (shown.id, shown.buttons) == (told.id, ["Again", "Edit prompt", "Delete"])
    assert (len(gateway.requests), driver.discord.world.messages[told.id].edits - before) == (1, 1)
    assert len(driver.seen()) == messages
