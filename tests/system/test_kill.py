"""`kill -9` at every step of the way: after a restart there is one visible outcome, and nothing was sent twice."""

import asyncio
import shutil
import sqlite3
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.core.language import speak
from tests.fakes.cometapi import FakeCometAPI
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_driver import DiscordDriver
from tests.fakes.discord_driver import settings as discord_settings
from tests.fakes.discord_faults import Fault
from tests.fakes.driver import Driver, Seen
from tests.fakes.interrupts import Interrupts, Phase, Planned
from tests.fakes.s3 import FakeS3
from tests.fakes.slack import BOT, FakeSlack
from tests.fakes.slack_driver import SlackDriver, settings_for, until
from tests.fakes.web_driver import WebDriver
from tests.support.pictures import stored
from tests.support.process import BotProcess, free_port
from tests.support.totals import wrong_in

PLACES, BUDGET = 3, 11
IMPATIENT = "tests.chaos.process"
"""The bot with shorter waiting times: people who waited for over half a second are told of the outcome."""
NOTICE_SECONDS = 0.7
ARRIVED, PROCESSED = Phase.ARRIVED, Phase.PROCESSED


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A chat, a gateway, and a bot between them that can be killed."""

    driver: Driver
    chat: Interrupts
    gateway: FakeCometAPI
    bot: BotProcess
    folder: Path
    attach: Callable[[], None] = lambda: None
    delete: Callable[[Seen], object] = lambda seen: None
    """Delete a message, as a moderator may."""
    refuse: Callable[[], None] = lambda: None
    """Let the chat answer "not now" when the images come, once."""

    def kill_at(self, step: "Step") -> None:
        """Kill the bot when it makes that request, of the chat or of the gateway."""
        interrupts = self.gateway.interrupts if step.where.startswith("gateway ") else self.chat
        where = step.where.removeprefix("gateway ")
        interrupts.plan(Planned(where=where, moment=step.moment, act=self.bot.kill, upload=step.upload, skip=step.skip))

    async def restart(self) -> None:
        """Wait for the death, and start another process on the same data."""
        assert await self.bot.ended() == -9
        assert await self.wrong_totals() == []
        await self.bot.start()
        self.attach()

    async def wrong_totals(self) -> list[str]:
        """Return which totals aren't the sums over the ledger, once the bot has ended."""
        return await wrong_in(f"sqlite:///{self.folder}/data/imagine.db")


@asynccontextmanager
async def discord_stage(folder: Path, gateway: FakeCometAPI, **more: object) -> AsyncIterator[Stage]:
    async with FakeDiscord() as discord:
        discord.world.acknowledgement_seconds = 60
        bot = BotProcess(folder, {**gateway_settings(gateway), **discord_settings(discord), **more}, module=IMPATIENT)

        def refuse() -> None:
            # The first edit says that it is being drawn.
            discord.fail(Fault(where=EDIT, delay=0))
            discord.fail(Fault(where=EDIT, status=503))

        def delete(seen: Seen) -> None:
            discord.world.delete(seen.id)

        driver = DiscordDriver(discord)
        yield Stage(
            driver=driver,
            chat=discord.interrupts,
            gateway=gateway,
            bot=bot,
            folder=folder,
            refuse=refuse,
            delete=delete,
        )


@asynccontextmanager
async def slack_stage(folder: Path, gateway: FakeCometAPI, mode: str) -> AsyncIterator[Stage]:
    async with FakeSlack() as slack:
        # The first message with images counts.
        slack.world.processing_seconds = slack.world.showable_seconds = 0
        bot = BotProcess(folder, {**gateway_settings(gateway), **settings_for(slack, mode)}, module=IMPATIENT)

        def attach() -> None:
            slack.bot_url = bot.url if mode == "http" else ""

        def refuse() -> None:
            slack.fail("files.getUploadURLExternal", status=503)

        def delete(seen: Seen) -> None:
            slack.world.delete(seen.id)

        yield Stage(
            driver=SlackDriver(slack),
            chat=slack.interrupts,
            gateway=gateway,
            bot=bot,
            folder=folder,
            attach=attach,
            refuse=refuse,
            delete=delete,
        )


@asynccontextmanager
async def playground_stage(folder: Path, gateway: FakeCometAPI) -> AsyncIterator[Stage]:
    port = free_port()
    limits = {"max_concurrent_jobs": PLACES, "budget_images": BUDGET}
    bot = BotProcess(folder, {**gateway_settings(gateway), **limits, "playground": 1, "playground_port": port})
    async with AsyncExitStack() as stack:
        driver = WebDriver(lambda: bot.page, stack)
        yield Stage(driver=driver, chat=Interrupts(), gateway=gateway, bot=bot, folder=folder)


STAGES: Mapping[str, Callable[[Path, FakeCometAPI], AbstractAsyncContextManager[Stage]]] = {
    "playground": playground_stage,
    "discord": discord_stage,
    "slack-socket": lambda folder, gateway: slack_stage(folder, gateway, "socket"),
    "slack-http": lambda folder, gateway: slack_stage(folder, gateway, "http"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """The request at which the bot is killed, and whether people have an image afterwards."""

    where: str
    moment: Phase
    upload: bool = False
    skip: int = 0
    drawn: bool = True


GENERATION, IMAGE = "gateway POST /v1/images/generations", "gateway GET /files/"
CALLBACK, EDIT = "POST /api/v10/interactions/", "PATCH /api/v10/webhooks/"
DRAWING = {
    "request sent": Step(where=GENERATION, moment=ARRIVED, drawn=False),
    "request processed": Step(where=GENERATION, moment=PROCESSED, drawn=False),
    "answer here, image not stored": Step(where=IMAGE, moment=ARRIVED, drawn=False),
}
STEPS = {
    "playground": DRAWING,
    "discord": {
        "persisted, not acknowledged": Step(where=CALLBACK, moment=ARRIVED),
        "acknowledged, not confirmed": Step(where=CALLBACK, moment=PROCESSED),
        **DRAWING,
        "stored, not uploaded": Step(where=EDIT, moment=ARRIVED, upload=True),
        "uploaded, not committed": Step(where=EDIT, moment=PROCESSED, upload=True),
    },
    "slack": {
        "persisted, placeholder not posted": Step(where="/api/chat.postMessage", moment=ARRIVED),
        **DRAWING,
        "stored, not uploaded": Step(where="/api/files.getUploadURLExternal", moment=ARRIVED),
        "during the upload": Step(where="/upload/", moment=ARRIVED),
        "bytes uploaded": Step(where="/upload/", moment=PROCESSED),
        "upload completed, not shown": Step(where="/api/files.completeUploadExternal", moment=PROCESSED),
        # The first update says that it is being drawn.
        "shown, not committed": Step(where="/api/chat.update", moment=PROCESSED, skip=1),
    },
}
CASES = [(stage, step) for stage in STAGES for step in STEPS[stage.split("-")[0]]]


@pytest.fixture
async def stage(
    request: pytest.FixtureRequest, tmp_path: Path, gateway: FakeCometAPI, migrated_file: Path
) -> AsyncIterator[Stage]:
    (tmp_path / "data").mkdir()
    shutil.copy(migrated_file, tmp_path / "data" / "imagine.db")
    async with AsyncExitStack() as stack:
        stage = await stack.enter_async_context(STAGES[request.param](tmp_path, gateway))
        await stage.bot.start()
        stage.attach()
        yield stage
        stage.bot.kill()
        await stage.bot.ended()
        assert await stage.wrong_totals() == []


def settled(seen: Seen) -> bool:
    return "a paper boat" in seen.text and not seen.private and "Again" in seen.buttons


@pytest.mark.parametrize(
    ("stage", "step"), CASES, indirect=["stage"], ids=[f"{where}: {step}" for where, step in CASES]
)
async def test_a_kill_loses_nothing_and_repeats_nothing(
    stage: Stage, step: str, request: pytest.FixtureRequest
) -> None:
    platform = request.node.callspec.params["stage"].split("-")[0]
    planned = STEPS[platform][step]
    stage.kill_at(planned)
    asking = asyncio.create_task(stage.driver.imagine("a paper boat"))
    await stage.restart()
    asking.cancel()  # the person who asked may never have got an acknowledgement
    await asyncio.wait({asking})
    outcome = await stage.driver.wait_for(settled)
    assert bool(outcome.images) is planned.drawn, outcome
    assert len(stage.gateway.requests) <= 1
    await stage.driver.quota()
    await stage.driver.wait_for(lambda seen: f"({int(planned.drawn)} used)" in seen.text)
    public = [seen for seen in stage.driver.seen() if "a paper boat" in seen.text and not seen.private]
    # Shown again, it may say that it took longer.
    assert [(seen.id, seen.images, seen.buttons) for seen in public] == [(outcome.id, outcome.images, outcome.buttons)]
    if not planned.drawn:
        assert "It doesn't count against your quota" in outcome.text
        assert "Nothing was charged" not in outcome.text  # nobody can say that


@pytest.mark.parametrize("stage", ["slack-socket"], indirect=True)
async def test_after_a_kill_a_job_goes_on_in_its_askers_language(stage: Stage) -> None:
    speaking(stage.driver, "ja")
    await stage.driver.quota()  # what Slack says of its asker is waited for, but not for long
    await until(lambda: is_kept(stage))
    stage.kill_at(STEPS["slack"]["stored, not uploaded"])
    asking = asyncio.create_task(stage.driver.imagine("a paper boat"))
    assert await stage.bot.ended() == -9
    speaking(stage.driver, "en-US")  # what people read now changes nothing of what they asked before
    await stage.restart()
    await asyncio.wait({asking})
    again, edit = (speak("ja").label(label) for label in ("Again", "Edit prompt"))
    boat = await stage.driver.wait_for(lambda seen: bool(seen.images))
    assert {again, edit} <= set(boat.buttons)


def is_kept(stage: Stage) -> bool:
    with closing(sqlite3.connect(stage.folder / "data" / "imagine.db")) as database:
        return bool(database.execute("SELECT 1 FROM people").fetchall())


def speaking(driver: Driver, locale: str) -> None:
    """Let everybody have chosen this language in Slack."""
    assert isinstance(driver, SlackDriver)
    for person in driver.slack.world.people.values():
        person.locale = locale


@pytest.mark.parametrize("stage", ["slack-socket"], indirect=True)
async def test_a_form_that_was_open_at_a_kill_and_sent_before_the_next_draws_once(stage: Stage) -> None:
    assert isinstance(stage.driver, SlackDriver)
    slack = stage.driver.slack
    await stage.driver.imagine("")
    await until(lambda: bool(slack.open_views()))
    stage.bot.kill()
    await stage.restart()
    stage.kill_at(STEPS["slack"]["persisted, placeholder not posted"])
    sending = asyncio.create_task(slack.submit(slack.open_views()[-1], {"prompt": "a paper boat"}))
    await stage.restart()
    await asyncio.wait({sending})
    outcome = await stage.driver.wait_for(settled)
    assert outcome.images
    assert len(stage.gateway.requests) == 1
    assert [seen for seen in stage.driver.seen() if "a paper boat" in seen.text and not seen.private] == [outcome]


@pytest.mark.parametrize(
    ("stage", "where"),
    [("discord", "POST /api/v10/channels/"), ("slack-socket", "/api/chat.postMessage")],
    indirect=["stage"],
)
@pytest.mark.parametrize("moment", [ARRIVED, PROCESSED])
async def test_a_kill_while_the_asker_is_notified_notifies_nobody_twice(
    stage: Stage, where: str, moment: Phase
) -> None:
    placeholder = 1 if where.endswith("chat.postMessage") else 0
    stage.kill_at(Step(where=where, moment=moment, skip=placeholder))
    stage.gateway.hold()
    await stage.driver.imagine("a paper boat")
    await asyncio.sleep(NOTICE_SECONDS)
    stage.gateway.release()
    await stage.restart()
    outcome = await stage.driver.wait_for(settled)
    assert outcome.images
    await stage.driver.imagine("a kite", user="grace")  # everything due earlier is done before it
    await stage.driver.wait_for(lambda seen: "a kite" in seen.text and bool(seen.images), user="grace")
    assert sum("ada" in seen.pings for seen in stage.driver.seen()) == (moment is PROCESSED)
    assert [seen for seen in stage.driver.seen() if "a paper boat" in seen.text and not seen.private] == [outcome]


@pytest.mark.parametrize(
    ("stage", "again"),
    [
        ("discord", Step(where="PATCH /api/v10/webhooks/", moment=ARRIVED, upload=True, skip=1)),
        ("slack-socket", Step(where="/api/files.getUploadURLExternal", moment=ARRIVED, skip=1)),
    ],
    indirect=["stage"],
)
async def test_a_kill_between_two_tries_to_show_an_image_loses_nothing(stage: Stage, again: Step) -> None:
    stage.refuse()
    stage.kill_at(again)
    await stage.driver.imagine("a paper boat")
    await stage.restart()
    outcome = await stage.driver.wait_for(settled)
    assert outcome.images
    assert len(stage.gateway.requests) == 1
    assert [seen for seen in stage.driver.seen() if "a paper boat" in seen.text and not seen.private] == [outcome]


async def test_an_image_is_stored_once_and_read_from_the_store_only_after_a_restart(
    tmp_path: Path, gateway: FakeCometAPI
) -> None:
    def done() -> list[str]:
        return [asked.partition(" ")[0] for asked in s3.asked if asked.endswith("/0.png")]

    async with (
        FakeS3() as s3,
        discord_stage(tmp_path, gateway, image_store="s3://bucket", **s3.settings()) as stage,
        stage.bot,
    ):
        await stage.driver.imagine("a kite")
        await stage.driver.wait_for(lambda seen: bool(seen.images))
        assert done() == ["PUT"]
        stage.kill_at(STEPS["discord"]["stored, not uploaded"])
        await stage.driver.imagine("a paper boat")
        await stage.restart()
        await stage.driver.wait_for(lambda seen: "a paper boat" in seen.text and bool(seen.images))
        assert done() == ["PUT", "PUT", "GET"]


# The message was deleted while it was drawn, and these are the steps after that. What is begun may be left unfinished.
FOLLOW_UP, DIRECT = "POST /api/v10/webhooks/", "/api/chat.postMessage"
DELETED = {
    ("discord", "deleted, outcome not made"): Step(where=IMAGE, moment=ARRIVED, drawn=False),
    ("discord", "edit refused, nothing sent"): Step(where=EDIT, moment=PROCESSED, upload=True),
    ("discord", "noted, nothing sent"): Step(where=FOLLOW_UP, moment=ARRIVED),
    ("discord", "words sent, not committed"): Step(where=FOLLOW_UP, moment=PROCESSED),
    ("slack-socket", "deleted, outcome not made"): Step(where=IMAGE, moment=ARRIVED, drawn=False),
    ("slack-socket", "edit refused, nothing sent"): Step(where="/api/chat.update", moment=PROCESSED),
    ("slack-socket", "noted, nothing sent"): Step(where=DIRECT, moment=ARRIVED),
    ("slack-socket", "words sent, not committed"): Step(where=DIRECT, moment=PROCESSED),
}


@pytest.mark.parametrize(
    ("stage", "step"), DELETED, indirect=["stage"], ids=[f"{where}: {step}" for where, step in DELETED]
)
async def test_a_kill_brings_nothing_back_that_somebody_deleted(
    stage: Stage, step: str, request: pytest.FixtureRequest
) -> None:
    planned = DELETED[request.node.callspec.params["stage"], step]
    stage.gateway.hold()
    await stage.driver.imagine("a paper boat")
    stage.delete(await stage.driver.wait_for(lambda seen: "Stop" in seen.buttons))
    stage.kill_at(planned)
    stage.gateway.release()
    await stage.restart()
    outcome = await stage.driver.wait_for(
        lambda seen: "a paper boat" in seen.text and seen.private and "Again" in seen.buttons
    )
    assert ("deleted" in outcome.text, bool(outcome.images)) == (True, planned.drawn)
    await stage.driver.quota()  # everything due earlier is done before it
    await stage.driver.wait_for(lambda seen: f"({int(planned.drawn)} used)" in seen.text)
    told = [seen.buttons for seen in stage.driver.seen() if "a paper boat" in seen.text]
    assert told == [*([[]] if "words sent" in step else []), outcome.buttons]
    assert len(stage.gateway.requests) == 1
    assert not any("a paper boat" in seen.text for seen in stage.driver.seen(user="grace"))


def has_files(stage: Stage) -> bool:
    """Return whether Slack still has a file of the bot's."""
    driver = stage.driver
    return isinstance(driver, SlackDriver) and not all(file.deleted for file in driver.slack.world.files.values())


GONE = {
    ("discord", "meant, not marked"): Step(where=CALLBACK, moment=PROCESSED, skip=2),
    ("discord", "marked, message not deleted"): Step(where="DELETE /api/v10/webhooks/", moment=ARRIVED),
    ("slack-socket", "marked, message not deleted"): Step(where="/api/chat.delete", moment=ARRIVED),
    ("slack-socket", "message deleted, files not"): Step(where="/api/chat.delete", moment=PROCESSED),
    ("slack-socket", "files deleted, not committed"): Step(where="/api/files.delete", moment=PROCESSED),
    ("discord", "message deleted, not committed"): Step(where="DELETE /api/v10/webhooks/", moment=PROCESSED),
}


@pytest.mark.parametrize(("stage", "step"), GONE, indirect=["stage"], ids=[f"{where}: {step}" for where, step in GONE])
async def test_a_kill_leaves_nothing_of_what_was_deleted(
    stage: Stage, step: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    stage.kill_at(GONE[request.node.callspec.params["stage"], step])
    await stage.driver.imagine("a paper boat")
    shown = await stage.driver.wait_for(settled)
    assert isinstance(stage.driver, DiscordDriver | SlackDriver)
    assert stored(tmp_path)
    await stage.driver.delete(shown)
    await stage.restart()
    if step == "meant, not marked":  # nothing was written, and nothing vanished: it has to be said again
        await stage.driver.delete(shown)
    async with asyncio.timeout(60):
        while stored(tmp_path) or has_files(stage) or any("a paper boat" in each.text for each in stage.driver.seen()):
            await asyncio.sleep(0.05)
    await stage.driver.quota()
    await stage.driver.wait_for(lambda seen: "(1 used)" in seen.text)
    await stage.driver.history()
    await stage.driver.wait_for(lambda seen: "Nothing has been drawn for you yet" in seen.text)
    assert len(stage.gateway.requests) == 1


@pytest.mark.parametrize(
    ("stage", "connected"), [("playground", False), ("discord", True)], indirect=["stage"], ids=["commit", "connection"]
)
async def test_a_kill_between_the_commit_and_the_first_byte_leaves_doubt_and_sends_nothing(
    stage: Stage, connected: bool
) -> None:
    async with stage.gateway.unreachable(stage.bot.kill if connected else None):
        asking = asyncio.create_task(stage.driver.imagine("a paper boat --model dall-e-2"))
        if not connected:
            await asking
            await stage.driver.wait_for(lambda seen: "Stop" in seen.buttons)
            stage.bot.kill()
        assert await stage.bot.ended() == -9
        asking.cancel()
        await asyncio.wait({asking})
    await stage.bot.start()
    stage.attach()
    outcome = await stage.driver.wait_for(settled)
    assert "I can't tell whether" in outcome.text
    await stage.driver.quota()
    await stage.driver.wait_for(lambda seen: "(0 used)" in seen.text)
    assert not stage.gateway.requests


@pytest.mark.parametrize("stage", ["playground"], indirect=True)
async def test_a_kill_with_three_requests_unanswered_leaves_three_images_in_doubt(stage: Stage) -> None:
    stage.gateway.hold()
    await stage.driver.imagine("a fleet --n 10")
    await stage.gateway.arrived(PLACES)
    stage.bot.kill()
    await stage.restart()
    outcome = await stage.driver.wait_for(lambda seen: "a fleet" in seen.text and "Again" in seen.buttons)
    assert "I can't tell whether" in outcome.text
    await stage.driver.quota()
    await stage.driver.wait_for(lambda seen: "(0 used)" in seen.text)
    stage.gateway.release()
    await stage.driver.imagine(f"too many --n {BUDGET - PLACES + 1}")
    await stage.driver.wait_for(lambda seen: "shared budget" in seen.text)
    await stage.driver.imagine(f"as many --n {BUDGET - PLACES}")
    await stage.driver.wait_for(lambda seen: "as many" in seen.text and len(seen.images) == BUDGET - PLACES)
    assert len(stage.gateway.requests) == BUDGET


def gateway_settings(gateway: FakeCometAPI) -> Mapping[str, object]:
    return {"cometapi_key": "sk-test", "cometapi_base_url": gateway.base_url, "shutdown_grace": 0}


@pytest.mark.parametrize("stage", ["slack-socket"], indirect=True)
async def test_a_placeholder_that_nobody_remembers_is_all_that_a_kill_leaves_on_slack(stage: Stage) -> None:
    """Slack tells a message's name only in its answer, and without a scope to read channels it can't be found again."""
    stage.kill_at(Step(where="/api/chat.postMessage", moment=PROCESSED))
    asking = asyncio.create_task(stage.driver.imagine("a paper boat"))
    await stage.restart()
    asking.cancel()
    await asyncio.wait({asking})
    outcome = await stage.driver.wait_for(settled)
    assert outcome.images
    assert len(stage.gateway.requests) == 1
    left = [seen for seen in stage.driver.seen() if "a paper boat" in seen.text and seen.id != outcome.id]
    assert [seen.buttons for seen in left if not seen.private] == [["Cancel"]]
    await stage.driver.press(left[0], "Cancel")
    await stage.driver.wait_for(lambda seen: "Too late" in seen.text and "Another message shows it." in seen.text)
    shown = [seen.id for seen in stage.driver.seen() if "a paper boat" in seen.text and not seen.private]
    assert shown == [outcome.id]


@pytest.mark.parametrize("stage", ["slack-socket"], indirect=True)
async def test_an_outcome_is_shown_again_where_its_channel_was_closed_before_anyone_knew_that_it_was_there(
    stage: Stage,
) -> None:
    """The change was made, and its answer died with the process: now people have to be told where they still see it."""
    assert isinstance(stage.driver, SlackDriver)
    stage.kill_at(STEPS["slack"]["shown, not committed"])
    asking = asyncio.create_task(stage.driver.imagine("a paper boat"))
    assert await stage.bot.ended() == -9
    asking.cancel()
    await asyncio.wait({asking})
    stage.driver.slack.channel(stage.driver.channel).refuses = "is_archived"
    await stage.bot.start()
    again = await stage.driver.wait_for(lambda seen: seen.private and bool(seen.images))
    (before,) = (seen for seen in stage.driver.seen() if seen.images and not seen.private)
    assert again.images == before.images
    assert len(stage.gateway.requests) == 1


# A message to the bot is sent again until it is acknowledged, and once more if its acknowledgement died with the bot.
SAID = {
    ("slack-http", "asked who it is, nothing kept"): Step(where="/api/users.info", moment=ARRIVED),
    ("slack-socket", "kept, nothing posted"): Step(where="/api/chat.postMessage", moment=ARRIVED),
    ("slack-http", "request sent"): DRAWING["request sent"],
}


@pytest.mark.parametrize(("stage", "step"), SAID, indirect=["stage"], ids=[f"{where}: {step}" for where, step in SAID])
async def test_a_message_that_comes_again_after_a_kill_has_one_outcome_in_its_thread(
    stage: Stage, step: str, request: pytest.FixtureRequest
) -> None:
    planned = SAID[request.node.callspec.params["stage"], step]
    assert isinstance(stage.driver, SlackDriver)
    slack = stage.driver.slack
    said = slack.world.say(slack.channel("design").id, f"<@{BOT}> a paper boat", user=slack.person("ada").id)
    event = slack.told_of(said, "app_mention")
    stage.kill_at(planned)
    first = asyncio.create_task(slack.deliver(event, retry=0))
    await stage.restart()
    assert not (await first).acknowledged or "nothing kept" not in step
    for retry in (1, 2):
        assert (await slack.deliver(event, retry=retry)).acknowledged
    outcome = await stage.driver.wait_for(settled)
    assert bool(outcome.images) is planned.drawn
    assert len(stage.gateway.requests) <= 1
    assert [seen for seen in stage.driver.seen() if "a paper boat" in seen.text] == [outcome]
    # Beside it there may be the notice that it is ready.
    assert {message.thread for message in slack.world.messages if message.author == BOT} == {said.ts}
