"""What Slack says about people: asked once a day, kept for restarts and other processes, and never waited for long."""

import asyncio
import gc
import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest

import tests.fakes.slack as fake
from adapters.slack.address import SlackAddress
from adapters.slack.client import connected
from adapters.slack.interaction import Interaction
from adapters.slack.pace import Pace
from adapters.slack.people import People
from bot.core.origin import Address
from bot.core.tasks import Tasks
from tests.conftest import BotSettings, StartBot
from tests.fakes.cometapi import FakeCometAPI
from tests.fakes.driver import Seen
from tests.fakes.slack import FakeSlack
from tests.fakes.slack_driver import SlackDriver, slack_platform, until
from tests.support.builders import MovableClock

_SPECS = Path(fake.__file__).parent / "specs"
REFUSALS: list[str] = json.loads((_SPECS / "slack-errors.json").read_text())["users.info"]
IN_TIME = 1.5
"""Seconds. Slack allows 3, of which the ledger may take 2."""
FAULTS: dict[str, dict[str, Any]] = {
    "hangs": {"delay": 60},
    "is slow": {"delay": 1},
    "breaks": {"cut": True},
    "is down": {"status": 503},
    "asks for a second": {"retry_after": 1},
    "asks for a minute": {"retry_after": 60},
}
DAY, FIVE_MINUTES = 86_400, 300


def drawn(seen: Seen) -> bool:
    return bool(seen.images)


class Ledger:
    """The bot's database, as an operator sees it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def ask(self, question: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self._path)) as database:
            return database.execute(question).fetchall()

    def change(self, statement: str) -> None:
        with closing(sqlite3.connect(self._path)) as database, database:
            database.execute(statement)

    def let_pass(self, seconds: int) -> None:
        """Let every answer be older."""
        self.change(f"UPDATE people SET asked = asked - {seconds}000000")

    async def kept(self, count: int = 1) -> list[tuple[Any, ...]]:
        """Return names and locales, once there are as many as that."""
        async with asyncio.timeout(60):
            while len(rows := self.ask("SELECT name, locale FROM people ORDER BY name")) < count:
                await asyncio.sleep(0.02)
        return rows

    async def until(self, people: list[tuple[Any, ...]]) -> None:
        """Wait until these names and locales are kept."""
        async with asyncio.timeout(60):
            while await self.kept() != people:
                await asyncio.sleep(0.02)


@pytest.fixture
def ledger(bot_settings: BotSettings) -> Ledger:
    return Ledger(Path(bot_settings().database_url.removeprefix("sqlite:///")))


@pytest.fixture
def restarted(slack: FakeSlack, start_bot: StartBot) -> Any:
    @asynccontextmanager
    async def run(**settings: Any) -> AsyncIterator[SlackDriver]:
        async with slack_platform(start_bot, slack=slack, **settings) as driver:
            yield driver

    return run


def asked(slack: FakeSlack) -> int:
    return len(slack.called("users.info"))


async def test_a_job_has_its_askers_name_and_language(chat: SlackDriver, slack: FakeSlack, ledger: Ledger) -> None:
    ada = slack.person("ada")
    ada.display_name, ada.real_name, ada.locale = "", "Ada Lovelace", "ja-JP"
    await chat.imagine("a boat")
    assert "Ada Lovelace: a boat" in (await chat.wait_for(drawn)).text
    assert ledger.ask("SELECT user_name, locale FROM jobs") == [("Ada Lovelace", "ja-JP")]
    assert await ledger.kept() == [("Ada Lovelace", "ja-JP")]


async def test_a_name_pings_and_formats_nothing(socket_chat: SlackDriver, slack: FakeSlack, ledger: Ledger) -> None:
    grace = slack.person("grace").id
    slack.person("ada").display_name = name = f"<!channel> *<@{grace}>*"
    await socket_chat.imagine("a boat")
    assert (await socket_chat.wait_for(drawn, user="grace")).text.startswith(f"{name}: a boat")
    (message,) = slack.world.messages
    assert message.pinged == set()
    assert "<" not in message.text
    assert await ledger.kept() == [(name, "en-US")]


async def test_one_request_a_day_for_each_person(slack: FakeSlack, ledger: Ledger, restarted: Any) -> None:
    for round_number in range(2):
        async with restarted() as chat:
            for _ in range(2):
                await chat.quota()
                await chat.quota(user="grace")
            await ledger.kept(2)
        assert asked(slack) == 2, f"round {round_number}"
    ledger.let_pass(DAY)
    async with restarted() as chat:
        await chat.quota()
        await chat.quota()
        await until(lambda: asked(slack) == 3)


async def test_events_that_arrive_at_once_share_one_request(
    socket_chat: SlackDriver, slack: FakeSlack, ledger: Ledger
) -> None:
    slack.fail("users.info", delay=0.2)
    await asyncio.gather(*(socket_chat.quota() for _ in range(8)))
    assert all(delivery.acknowledged for delivery in slack.deliveries)
    await ledger.kept()
    assert asked(slack) == 1


async def test_a_name_that_changed_is_known_after_a_day_and_meanwhile_the_old_one_is_used_at_once(
    slack: FakeSlack, ledger: Ledger, restarted: Any
) -> None:
    async with restarted(slack_outsiders="everyone") as chat:
        await chat.imagine("a boat")
        await chat.wait_for(drawn)
        await ledger.kept()
    ada = slack.person("ada")
    ada.display_name, ada.locale = "countess", "ja-JP"
    ledger.let_pass(DAY)
    async with restarted(slack_outsiders="everyone") as chat:
        answered = asyncio.Event()
        slack.fail("users.info", answered=answered.wait)
        await chat.imagine("a kite")
        assert (await chat.wait_for(lambda seen: "a kite" in seen.text)).text.startswith("ada: ")
        await until(lambda: asked(slack) == 2)
        answered.set()
        await ledger.until([("countess", "ja-JP")])
        await chat.imagine("a tree")
        assert (await chat.wait_for(lambda seen: "a tree" in seen.text)).text.startswith("countess: ")


@pytest.mark.parametrize("fault", FAULTS)
async def test_the_acknowledgement_is_in_time_while_slack_does_not_say_who_asks(
    chat: SlackDriver, slack: FakeSlack, ledger: Ledger, gateway: FakeCometAPI, fault: str
) -> None:
    slack.fail("users.info", times=3, **FAULTS[fault])
    await chat.imagine("a boat")
    assert slack.deliveries[-1].acknowledged
    assert "ada: a boat" in (await chat.wait_for(drawn)).text
    assert ledger.ask("SELECT user_name, locale FROM jobs") == [("ada", "en")]
    assert len(gateway.requests) == 1


@pytest.mark.alone
@pytest.mark.parametrize("fault", FAULTS)
async def test_time_is_left_for_the_ledger_while_slack_does_not_say_who_asks(
    chat: SlackDriver, slack: FakeSlack, fault: str
) -> None:
    slack.fail("users.info", times=3, **FAULTS[fault])
    await chat.imagine("a boat")
    assert slack.deliveries[-1].seconds < IN_TIME


async def test_every_documented_refusal_leaves_the_last_answer(
    slack: FakeSlack, gateway: FakeCometAPI, ledger: Ledger, restarted: Any
) -> None:
    gateway.hold()  # images that are drawn meanwhile would delay commands
    asker = {error: slack.person(error.replace("_", "-")) for error in REFUSALS}
    rows = ", ".join(f"('slack:{fake.TEAM}:{each.id}', '{each.name} before', 'ja-JP', 1)" for each in asker.values())
    ledger.change(f"INSERT INTO people (id, name, locale, asked) VALUES {rows}")

    async def refused(chat: SlackDriver, error: str) -> None:
        slack.fail("users.info", times=9, error=error, about=asker[error].id)
        await chat.imagine("a boat", user=asker[error].name)
        await chat.imagine("a kite", user=asker[error].name)

    async with restarted() as chat:
        # One that is refused for its rate leaves Slack alone for everybody.
        for error in sorted(REFUSALS, key=lambda error: error == "ratelimited"):
            await refused(chat, error)
        assert all(delivery.acknowledged for delivery in slack.deliveries)
        gateway.release()
        await until(lambda: len([seen for seen in chat.seen() if drawn(seen)]) == 2 * len(REFUSALS))
    asked_for = [arguments["user"] for arguments in slack.called("users.info")]
    assert sorted(asked_for) == sorted(each.id for each in asker.values())  # not again within the minute
    kept = {(f"{each.name} before", "ja-JP") for each in asker.values()}
    assert set(ledger.ask("SELECT user_name, locale FROM jobs")) == kept
    assert set(await ledger.kept(len(kept))) == kept


async def test_a_slow_answer_is_there_for_the_next_event(
    socket_chat: SlackDriver, slack: FakeSlack, ledger: Ledger
) -> None:
    slack.person("ada").locale = "ja-JP"
    slack.fail("users.info", delay=1)
    await socket_chat.imagine("a boat")
    await ledger.kept()
    await socket_chat.imagine("a kite")
    found = ledger.ask("SELECT prompt, locale FROM jobs ORDER BY id")
    assert found == [("a boat", "en"), ("a kite", "ja-JP")]
    assert asked(slack) == 1


async def test_a_rate_limit_holds_for_everybody(socket_chat: SlackDriver, slack: FakeSlack) -> None:
    slack.fail("users.info", retry_after=60)
    await socket_chat.quota()
    await socket_chat.quota(user="grace")
    assert all(delivery.acknowledged for delivery in slack.deliveries)
    assert asked(slack) == 1


async def test_the_persons_own_setting_comes_before_slacks_locale(
    slack: FakeSlack, ledger: Ledger, restarted: Any
) -> None:
    async with restarted() as chat:
        await chat.quota()
        await ledger.kept()
    ledger.change("""UPDATE people SET settings = '{"language": "ja"}'""")
    async with restarted() as chat:
        await chat.imagine("a boat")
        await chat.wait_for(drawn)
    assert ledger.ask("SELECT locale FROM jobs") == [("ja",)]


async def test_a_job_keeps_its_askers_language_after_a_restart_and_elsewhere(
    slack: FakeSlack, gateway: FakeCometAPI, ledger: Ledger, restarted: Any
) -> None:
    slack.person("ada").locale = "ja-JP"
    async with restarted(max_concurrent_jobs=1) as chat:
        gateway.hold()
        await chat.imagine("a boat")
        await chat.wait_for(lambda seen: "止める" in seen.buttons)
        await chat.imagine("a kite")
        await chat.wait_for(lambda seen: "取り消す" in seen.buttons)
    slack.person("ada").locale = "de-DE"
    slack.channel("design").members.discard(fake.BOT)
    gateway.release()
    async with restarted() as chat:
        await chat.wait_for(lambda seen: drawn(seen) and seen.private)
    rows = ledger.ask("SELECT locale, place FROM jobs WHERE prompt = 'a kite'")
    ((locale, place),) = rows
    address = SlackAddress.of(Address(platform="slack", place=json.loads(place)))
    assert (locale, address.locale, address.moved) == ("ja-JP", "ja-JP", True)


@pytest.fixture
async def people(slack: FakeSlack, start_bot: StartBot, clock: MovableClock) -> AsyncIterator[People]:
    """Return what the adapter asks, with a clock that can be moved."""
    tasks = Tasks()
    async with start_bot() as running, connected(fake.BOT_TOKEN, slack.api_url) as client:
        client.api.pace = Pace(clock.steady)
        yield People(client, running.bot, clock, tasks, restricted=False, no_files=lambda team: "")
        await tasks.drain(5)


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


def interaction_of(slack: FakeSlack, name: str) -> Interaction:
    return Interaction(team=fake.TEAM, user=slack.person(name).id, user_name="handle", channel="C1")


async def test_who_is_an_admin_is_asked_again_after_five_minutes(
    people: People, slack: FakeSlack, clock: MovableClock
) -> None:
    root = interaction_of(slack, "root")
    assert not (await people.recognised(root)).admin  # which was not asked
    assert (await people.recognised(root, admin=True)).admin
    slack.person("root").admin = False
    clock.move(FIVE_MINUTES - 1)
    assert (await people.recognised(root, admin=True)).admin
    assert asked(slack) == 1
    clock.move(1)
    slack.fail("users.info", status=503)
    assert (await people.recognised(root, admin=True)).admin  # the last answer holds
    assert not (await people.recognised(root, admin=True)).admin
    assert asked(slack) == 3


async def test_after_a_failure_slack_is_left_alone_for_a_minute(
    people: People, slack: FakeSlack, clock: MovableClock
) -> None:
    ada = interaction_of(slack, "ada")
    slack.fail("users.info", error="fatal_error")
    for _ in range(3):
        assert (await people.recognised(ada)).user_name == "handle"
    clock.move(59)
    assert (await people.recognised(ada)).user_name == "handle"
    assert asked(slack) == 1
    clock.move(1)
    assert (await people.recognised(ada)).user_name == "ada"


async def test_somebody_that_slack_says_nothing_of_is_answered_in_the_language_of_most(
    people: People, slack: FakeSlack
) -> None:
    slack.fail("users.info", error="fatal_error")
    assert (await people.recognised(interaction_of(slack, "ada"))).locale == "en"  # for nobody is known yet
    slack.person("root").locale = slack.person("dora").locale = "ja-JP"
    known = [(await people.recognised(interaction_of(slack, name))).locale for name in ("root", "grace", "dora")]
    assert known == ["ja-JP", "en-US", "ja-JP"]
    assert (await people.recognised(interaction_of(slack, "ada"))).locale == "ja-JP"


async def test_nothing_is_left_of_a_question_that_is_answered(people: People, slack: FakeSlack) -> None:
    for name in ("ada", "root"):
        await people.recognised(interaction_of(slack, name))
    slack.fail("users.info", error="fatal_error")
    await people.recognised(interaction_of(slack, "grace"))
    assert asked(slack) == 3
    gc.collect()
    tasks = [each for each in gc.get_objects() if isinstance(each, asyncio.Task)]
    assert [task.get_name() for task in tasks if task.done() and task.get_name().startswith("asking who")] == []


async def test_a_rate_limit_is_waited_for(people: People, slack: FakeSlack, clock: MovableClock) -> None:
    slack.fail("users.info", retry_after=90)
    assert (await people.recognised(interaction_of(slack, "ada"))).user_name == "handle"
    clock.move(89)
    assert (await people.recognised(interaction_of(slack, "grace"))).user_name == "handle"
    assert asked(slack) == 1
    clock.move(1)
    assert (await people.recognised(interaction_of(slack, "grace"))).user_name == "grace"


async def test_an_answer_without_a_name_and_a_language_leaves_the_last_ones(
    people: People, slack: FakeSlack, clock: MovableClock
) -> None:
    ada = interaction_of(slack, "ada")
    slack.person("ada").locale = "ja-JP"
    await people.recognised(ada)
    slack.person("ada").locale = ""
    clock.move(DAY)
    for times in range(2):
        known = await people.recognised(ada)
        assert (known.user_name, known.locale) == ("ada", "ja-JP")
        await until(lambda: asked(slack) == 2)
        await asyncio.sleep(0.2 * (1 - times))  # until the answer is there


async def test_slack_is_not_asked_whether_someone_is_an_admin_who_stops_their_own_job(
    slack: FakeSlack, gateway: FakeCometAPI, ledger: Ledger, restarted: Any
) -> None:
    async with restarted() as chat:
        await chat.quota()
        await ledger.kept()
    async with restarted(slack_outsiders="everyone") as chat:
        gateway.hold()
        await chat.imagine("a boat")
        drawing = await chat.wait_for(lambda seen: "Stop" in seen.buttons)
        await chat.press(drawing, "Stop")
        await chat.wait_for(lambda seen: seen.id == drawing.id and "Stopped" in seen.text)
    assert asked(slack) == 1


async def test_what_slack_does_not_say_of_an_admin_is_not_told_as_a_no(
    slack: FakeSlack, gateway: FakeCometAPI, ledger: Ledger, restarted: Any
) -> None:
    async with restarted() as chat:
        await chat.quota(user="root")
        await ledger.kept()
    async with restarted() as chat:
        gateway.hold()
        await chat.imagine("a boat")
        drawing = await chat.wait_for(lambda seen: "Stop" in seen.buttons)
        slack.fail("users.info", status=503)
        await chat.press(drawing, "Stop", user="root")
        refusal = await chat.wait_for(lambda seen: "I can't find out now" in seen.text, user="root")
        assert refusal.private
        await chat.press(drawing, "Stop", user="root")  # Slack is there again, and asked at once
        await chat.wait_for(lambda seen: seen.id == drawing.id and "Stopped" in seen.text)
