"""The language of each message: the reader's own in private ones, the asker's in those that everybody sees."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, Protocol

import pytest

from tests.conftest import StartBot
from tests.fakes.cometapi import FakeCometAPI
from tests.fakes.driver import Seen
from tests.fakes.slack import BOT, FakeSlack
from tests.fakes.slack_driver import SlackDriver, slack_platform, until

GERMAN = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"

msgid "Draw an image"
msgstr "Ein Bild malen"

msgid "Edit prompt"
msgstr "Text bearbeiten"

msgid "Stop"
msgstr "Anhalten"

msgid "Only the person who asked, or an admin here, can do that."
msgstr "Das kann nur, wer gefragt hat."

msgid "I couldn't post in {channel}, so here it is."
msgstr "Nach {channel} durfte ich nicht schreiben."
"""


class Run(Protocol):
    def __call__(self, **settings: object) -> AbstractAsyncContextManager[SlackDriver]: ...


@pytest.fixture
def run(slack: FakeSlack, start_bot: StartBot, tmp_path: Path) -> Run:
    """Run a bot that speaks German, where Ada is German. A second call is a restart."""
    slack.person("ada").locale = "de-DE"
    folder = tmp_path / "languages"
    folder.mkdir()
    folder.joinpath("de.po").write_text(GERMAN, "utf-8")

    @asynccontextmanager
    async def one(**settings: Any) -> AsyncIterator[SlackDriver]:
        async with slack_platform(start_bot, slack=slack, language_folder=str(folder), **settings) as driver:
            yield driver

    return one


def drawn(seen: Seen) -> bool:
    return bool(seen.images)


@pytest.mark.parametrize(("user", "title"), [("ada", "Ein Bild malen"), ("grace", "Draw an image")])
async def test_a_form_is_in_the_language_of_the_person_that_it_opens_for(
    run: Run, slack: FakeSlack, user: str, title: str
) -> None:
    async with run() as chat:
        await chat.imagine("", user=user)
        await until(lambda: bool(slack.open_views(user)))
        (view,) = slack.open_views(user)
        assert view.view["title"]["text"] == title
        before = view.hash
        await slack.choose(view, "model", "dall-e-2", user=user)
        await until(lambda: view.hash != before)
        assert view.view["title"]["text"] == title


async def test_a_message_for_everybody_is_in_its_askers_language_and_answers_to_others_in_theirs(
    run: Run, slack: FakeSlack, gateway: FakeCometAPI
) -> None:
    async with run() as chat:
        gateway.hold()
        await chat.imagine("a boat")
        drawing = await chat.wait_for(lambda seen: seen.buttons == ["Anhalten"], user="grace")
        await chat.press(drawing, "Anhalten", user="grace")
        refusal = await chat.wait_for(lambda seen: seen.private, user="grace")
        assert refusal.text.startswith("Only the person who asked")
        gateway.release()
        shown = await chat.wait_for(drawn)
        assert "Text bearbeiten" in shown.buttons
        await chat.press(shown, "Text bearbeiten", user="grace")
        await until(lambda: bool(slack.open_views("grace")))
        assert slack.open_views("grace")[-1].view["title"]["text"] == "Edit prompt"
        await slack.submit(slack.open_views("grace")[-1], {"prompt": "a kite"}, user="grace")
        kite = await chat.wait_for(lambda seen: drawn(seen) and "a kite" in seen.text)
        assert "Edit prompt" in kite.buttons  # for it was grace who asked


async def test_the_language_stays_through_a_restart_and_in_a_direct_message(
    run: Run, slack: FakeSlack, gateway: FakeCometAPI
) -> None:
    async with run(max_concurrent_jobs=1) as chat:
        gateway.hold()
        await chat.imagine("a boat")
        await chat.wait_for(lambda seen: "Anhalten" in seen.buttons)
        await chat.imagine("a kite")
        await until(lambda: len(slack.world.messages) == 2)
    slack.channel("design").members.discard(BOT)
    slack.fail("users.info", error="user_not_found", times=9)
    gateway.release()
    async with run() as chat:
        direct = await chat.wait_for(lambda seen: drawn(seen) and seen.private)
        assert direct.text.startswith("Nach #design durfte ich nicht schreiben.")
        assert "Text bearbeiten" in direct.buttons
