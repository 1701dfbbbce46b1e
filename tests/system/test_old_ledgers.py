"""This release on a ledger that an earlier one wrote: people go on with what they have before them."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest

from tests.conftest import StartBot
from tests.fakes.cometapi import FakeCometAPI
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_driver import DiscordDriver
from tests.fakes.discord_driver import settings as discord_settings
from tests.fakes.driver import Driver, Seen
from tests.fakes.slack import FakeSlack
from tests.fakes.slack_driver import SlackDriver, settings_for
from tests.fakes.web_driver import WebDriver
from tests.fixtures.ledgers import DATABASES, NUMBERS, Kind, OldJob, OldLedger, zone_at_noon
from tests.support.pictures import decoded, mark_of
from tests.support.totals import wrong_in

Jobs = Mapping[Kind, OldJob]
Step = Callable[[Driver, Jobs], Coroutine[None, None, None]]

ENDED = {
    Kind.DELIVERED: "shown",
    Kind.UNDELIVERED: "not shown yet",
    Kind.PRIVATE: "shown",
    Kind.SENT: "outcome unknown",
    Kind.PUT_OFF: "stopped",
    Kind.WAITING_TOO: "shown",
    Kind.WAITING_PRIVATELY: "shown",
}
"""What the history says in the end. What was cancelled isn't listed."""
SENT = {
    Kind.DELIVERED: 1,
    Kind.UNDELIVERED: 0,
    Kind.PRIVATE: 1,
    Kind.SENT: 1,
    Kind.PUT_OFF: 1,
    Kind.WAITING: 0,
    Kind.WAITING_TOO: 1,
    Kind.WAITING_PRIVATELY: 1,
}
"""How often the gateway is asked for what: what is asked for again, and what waited."""


@pytest.fixture(params=NUMBERS)
def number(request: pytest.FixtureRequest) -> int:
    """Return the number of a ledger."""
    chosen: int = request.param
    return chosen


@pytest.fixture(params=DATABASES)
def ledger(request: pytest.FixtureRequest, number: int) -> OldLedger:
    return OldLedger(number, request.param)


@pytest.fixture
def database_url(request: pytest.FixtureRequest, ledger: OldLedger, tmp_path: Path) -> str:
    """Return the address of an empty database of the ledger's kind."""
    url: str = f"sqlite:///{tmp_path}/old.db"
    return url if ledger.database == "sqlite" else request.getfixturevalue("postgres_url")


@asynccontextmanager
async def everybody(start_bot: StartBot, ledger: OldLedger, **settings: object) -> AsyncIterator[Mapping[str, Driver]]:
    """Run one bot on all platforms, among the people who were there."""
    async with FakeDiscord() as discord, FakeSlack() as slack, AsyncExitStack() as stack:
        discord.world.restore(ledger.chats["discord"])
        slack.world.restore(ledger.chats["slack"])
        slack.world.processing_seconds = slack.world.showable_seconds = 0
        chats = {"playground": True, **discord_settings(discord), **settings_for(slack, "socket")}
        bot = await stack.enter_async_context(start_bot(**chats, **settings))
        playground = WebDriver(bot.opened_at["web"], stack)
        await playground.restore(ledger.chats["playground"])
        yield {"playground": playground, "discord": DiscordDriver(discord), "slack": SlackDriver(slack)}


async def test_people_go_on_where_they_were(
    start_bot: StartBot, gateway: FakeCometAPI, ledger: OldLedger, database_url: str, tmp_path: Path
) -> None:
    now = datetime.now(UTC)
    await ledger.restore(database_url, tmp_path / "old-images", now)
    settings = {
        "database_url": database_url,
        "image_store": str(tmp_path / "old-images"),
        "quota_timezone": zone_at_noon(now).key,
        # One each: everybody has one that is drawn, and others that wait.
        "max_concurrent_jobs": len(ledger.jobs),
        "max_open_jobs_per_user": len(Kind),
    }
    gateway.hold()
    async with everybody(start_bot, ledger, **settings) as drivers:

        async def each(step: Step) -> None:
            async with asyncio.TaskGroup() as group:
                for platform, driver in drivers.items():
                    group.create_task(step(driver, ledger.jobs[platform]))

        await each(see_what_was_left_open)
        await each(cancel_and_stop)
        gateway.release()
        for step in (see_what_is_drawn_now, show_what_was_not_shown, ask_again, see_what_became_of_all):
            await each(step)
    assert await wrong_in(database_url) == []  # filled from what the earlier release wrote, and kept since
    prompts = [request.body["prompt"] for request in gateway.requests]
    for jobs in ledger.jobs.values():
        assert {kind: prompts.count(job.prompt) for kind, job in jobs.items()} == SENT


async def see_what_was_left_open(driver: Driver, jobs: Jobs) -> None:
    lost = await driver.wait_for(in_place(jobs[Kind.SENT], "restarted while"))
    assert "Again" in lost.buttons
    await driver.wait_for(lambda seen: seen.id == jobs[Kind.PUT_OFF].message and "Stop" in seen.buttons)
    await driver.quota()
    await driver.wait_for(lambda seen: "12 of 20" in seen.text and "(4 used, 4 on the way)" in seen.text)
    assert (await listed(driver, jobs)).keys() == set(Kind)


async def cancel_and_stop(driver: Driver, jobs: Jobs) -> None:
    waiting, drawing = jobs[Kind.WAITING], jobs[Kind.PUT_OFF]
    await driver.press(old(driver, waiting), "Cancel")
    await driver.wait_for(in_place(waiting, "Cancelled while waiting"))
    await driver.press(old(driver, drawing), "Stop")
    await driver.wait_for(in_place(drawing, "had already been sent"))


async def see_what_is_drawn_now(driver: Driver, jobs: Jobs) -> None:
    public, private = jobs[Kind.WAITING_TOO], jobs[Kind.WAITING_PRIVATELY]
    await driver.wait_for(lambda seen: seen.id == public.message and bool(seen.images))
    # On Discord nothing reaches an ephemeral message any more: it comes as a direct one.
    await driver.wait_for(lambda seen: private.prompt in seen.text and bool(seen.images) and not is_page(seen))
    await driver.history(user="grace")
    await driver.wait_for(lambda seen: "Nothing has been drawn" in seen.text, user="grace")
    for job in (private, jobs[Kind.PRIVATE]):
        assert not any(job.prompt in seen.text for seen in driver.seen(user="grace"))


async def show_what_was_not_shown(driver: Driver, jobs: Jobs) -> None:
    job = jobs[Kind.UNDELIVERED]
    async for page in pages(driver):
        if job.prompt in page.text:
            await driver.press(page, "Show here", job=job.id)
            shown = await driver.wait_for(
                lambda seen: job.prompt in seen.text and bool(seen.images) and not is_page(seen)
            )
            # They were stored without the mark that an image is sent with now.
            assert [decoded(image).tobytes() for image in shown.images] == [
                decoded(each).tobytes() for each in job.images
            ]
            assert all(mark_of(image) for image in shown.images)
            return
    raise AssertionError(f"{job.prompt} is not in the history")


async def ask_again(driver: Driver, jobs: Jobs) -> None:
    for kind in (Kind.DELIVERED, Kind.PRIVATE, Kind.SENT):
        await driver.press(old(driver, jobs[kind]), "Again")
    for kind in (Kind.DELIVERED, Kind.PRIVATE, Kind.SENT):
        await driver.wait_for(drawn_again(jobs[kind]))


async def see_what_became_of_all(driver: Driver, jobs: Jobs) -> None:
    await driver.quota()
    await driver.wait_for(lambda seen: "10 of 20" in seen.text and "(10 used)" in seen.text)
    assert await listed(driver, jobs) == ENDED


async def listed(driver: Driver, jobs: Jobs) -> Mapping[Kind, str]:
    """Return what the history says of each job's state; of several with one prompt, of the oldest."""
    said: dict[Kind, str] = {}
    async for page in pages(driver):
        lines = page.text.splitlines()
        for line, below in pairwise(lines):
            said |= {kind: below.rpartition(" · ")[2] for kind, job in jobs.items() if job.prompt in line}
    return said


async def pages(driver: Driver) -> AsyncGenerator[Seen]:
    """Turn the pages of the history, from the newest to the last."""
    before, earlier = ids(driver), {""}
    await driver.history()
    while True:
        page = await driver.wait_for(lambda seen: is_page(seen) and seen.id not in before and seen.text not in earlier)
        yield page
        if "Older" not in page.buttons:
            return
        earlier.add(page.text)
        await driver.press(page, "Older")


def is_page(seen: Seen) -> bool:
    return "newest first" in seen.text


def in_place(job: OldJob, words: str) -> Callable[[Seen], bool]:
    return lambda seen: seen.id == job.message and words in seen.text


def drawn_again(job: OldJob) -> Callable[[Seen], bool]:
    return lambda seen: seen.id != job.message and job.prompt in seen.text and bool(seen.images) and not is_page(seen)


def old(driver: Driver, job: OldJob) -> Seen:
    """Return the message that its asker still has before them."""
    return next(seen for seen in driver.seen() if seen.id == job.message)


def ids(driver: Driver) -> set[str]:
    return {seen.id for seen in driver.seen()}
