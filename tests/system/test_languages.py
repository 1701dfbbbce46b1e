"""Other languages on every surface: a longer one breaks no limit and leaves no English; a new one is one file."""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel import Locale

from adapters.slack.commands import SlackCommands
from adapters.slack.manifest import described
from bot.core.catalogue.catalogue import Catalogue
from bot.core.commands import COMMANDS, FLAGS
from bot.core.language import speak
from tests.conftest import StartBot
from tests.fakes import discord_commands
from tests.fakes.cometapi import Cuts, FakeCometAPI, fails
from tests.fakes.discord_driver import DiscordDriver
from tests.fakes.driver import Driver, Seen, texts
from tests.fakes.slack_driver import SlackDriver, until
from tests.fakes.web_driver import web_platform
from tests.support.backwards import Backwards
from tests.support.messages import ROOT, find
from tests.support.platforms import CHATS, PLATFORMS
from tests.support.pseudo import LOCALE, english_words, plain, pseudo, write
from tests.system.test_scenario import drawn, says
from tests.system.test_scenario import test_the_whole_story as the_whole_story

TYPED = (
    "a paper boat lighthouse red kite two boats the last one too many fox an owl crow at dusk prompt --size landscape"
)
PEOPLE = "Ada Grace ada grace design"
OFFERED = {"English", "Esperanto"}
REVISED = "drawn by the sandbox"
MONTHS = Locale.parse(LOCALE).months["format"]["abbreviated"].values()
BY_BABEL = {"kaj", "sekundoj", "sekundo", "minutoj", "minuto", "UTC", "US", *MONTHS}
KEPT_IN_JAPANESE = {
    "AI",
    "CometAPI",
    "Discord",
    "Enter",
    "Imagine",
    "JavaScript",
    "Shift",
    "Slack",
    "UTC",
    "imagine",
    "bot",
}


@dataclass(frozen=True, kw_only=True)
class Spoken:
    """A language for tests: what a label is in it, and of what is shown, what was English."""

    locale: str
    label: Callable[[str], str]
    plain: Callable[[str], str]
    kept: frozenset[str] = frozenset()
    """Names that its translations leave as they are."""

    def english(self, text: str) -> set[str]:
        """Return the words of a text that are in English; ids, values and what was typed excepted."""
        return english_words(text) - VALUES - self.kept


class InAnother:
    """People who read another language: what they see is given as the English that it was."""

    def __init__(self, driver: Driver, language: Spoken) -> None:
        self.driver, self.language = driver, language

    async def imagine(self, text: str, *, user: str = "ada") -> None:
        await self.driver.imagine(text, user=user)

    async def press(self, message: Seen, label: str, *, user: str = "ada", job: str = "") -> None:
        await self.driver.press(message, self.language.label(label), user=user, job=job)

    async def edit(self, message: Seen, prompt: str, *, user: str = "ada") -> None:
        await self.driver.edit(message, prompt, user=user)

    async def quota(self, *, user: str = "ada") -> None:
        await self.driver.quota(user=user)

    async def history(self, *, user: str = "ada") -> None:
        await self.driver.history(user=user)

    async def show(self, image: str, *, user: str = "ada") -> None:
        await self.driver.show(image, user=user)

    def seen(self, *, user: str = "ada") -> list[Seen]:
        return [self._read(seen) for seen in self.driver.seen(user=user)]

    async def wait_for(self, predicate: Callable[[Seen], bool], *, user: str = "ada", seconds: float = 20) -> Seen:
        return self._read(
            await self.driver.wait_for(lambda seen: predicate(self._read(seen)), user=user, seconds=seconds)
        )

    def told(self) -> Iterator[str]:
        return map(self.language.plain, self.driver.told())

    def english(self) -> set[tuple[str, str]]:
        """Return the words that were shown in English, each with its text."""
        told = [*self.driver.told(), *self._listed()]
        return {(word, text) for text in told for word in self.language.english(text)}

    def _listed(self) -> Iterator[str]:
        """Yield what Discord says of the commands. Their names are English, and what is sent to the bot."""
        if not isinstance(self.driver, DiscordDriver) or self.language.locale not in discord_commands.LOCALES:
            return
        for command in self.driver.discord.world.commands:
            yield discord_commands.seen(command, self.language.locale)[1]
            for option in command.get("options", ()):
                yield from discord_commands.seen(option, self.language.locale)

    def _read(self, seen: Seen) -> Seen:
        plain = self.language.plain
        alts, buttons = [plain(alt) for alt in seen.alts], [plain(label) for label in seen.buttons]
        return replace(seen, text=plain(seen.text), alts=alts, buttons=buttons)


def _values() -> set[str]:
    catalogue = Catalogue(default="dall-e-3")
    choices = [value for flag in FLAGS for value in catalogue.choices(flag, None)]
    names = [command.name for command in COMMANDS]
    return english_words(" ".join([TYPED, PEOPLE, REVISED, *catalogue.names(), *choices, *FLAGS, *names]))


VALUES = _values()
JAPANESE = ROOT / "bot" / "core" / "language" / "ja.po"
LANGUAGES: Mapping[str, Callable[[], Spoken]] = {
    "pseudo": lambda: Spoken(locale=LOCALE, label=pseudo, plain=plain, kept=frozenset(BY_BABEL)),
    "japanese": lambda: Spoken(
        locale="ja", label=speak("ja").label, plain=Backwards(JAPANESE).plain, kept=frozenset(KEPT_IN_JAPANESE)
    ),
}


@pytest.fixture(scope="session")
def pseudo_locale(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the pseudo-locale's catalogue of all messages."""
    folder = tmp_path_factory.mktemp("pseudo")
    write(folder, find()[0])
    return folder


@pytest.fixture(scope="session", params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> Spoken:
    return LANGUAGES[request.param]()


@pytest.fixture(params=CHATS)
async def people(
    request: pytest.FixtureRequest, start_bot: StartBot, pseudo_locale: Path, language: Spoken
) -> AsyncIterator[InAnother]:
    platform = PLATFORMS[request.param]
    settings = {"language_folder": pseudo_locale, "quota_images": 4, "max_concurrent_jobs": 1}
    async with platform(start_bot, locale=language.locale, **settings) as driver:
        yield InAnother(driver, language)


async def test_the_whole_story_in_another_language(people: InAnother, gateway: FakeCometAPI) -> None:
    await the_whole_story(people, gateway)
    assert not people.english()


@pytest.mark.parametrize("language", ["japanese"], indirect=True)
async def test_help_refusals_failures_and_what_is_stopped_in_japanese(people: InAnother, gateway: FakeCometAPI) -> None:
    if not isinstance(people.driver, DiscordDriver):  # it has options: there it would be a prompt
        await people.imagine("help")
        await people.wait_for(says("/imagine"))
    await people.imagine("a boat --model gpt-image-1.5 --style vivid")
    await people.wait_for(lambda seen: "gpt-image-1.5" in seen.text and "quality" in seen.text and seen.private)
    gateway.will(fails(400, "moderation_blocked", kind="image_generation_user_error"), Cuts())
    await people.imagine("a fox")
    refused = await people.wait_for(says("content policy"))
    await people.press(refused, "Again")
    await people.wait_for(lambda seen: "fox" in seen.text and seen.id != refused.id and "Again" in seen.buttons)

    gateway.hold()
    await people.imagine("an owl")
    drawing = await people.wait_for(lambda seen: "owl" in seen.text and "Stop" in seen.buttons)
    await people.imagine("a crow", user="grace")
    waiting = await people.wait_for(lambda seen: "Cancel" in seen.buttons, user="grace")
    await people.press(waiting, "Cancel", user="grace")
    await people.wait_for(says("Cancelled"), user="grace")
    await people.press(drawing, "Stop")
    await people.wait_for(says("Stopped"))
    gateway.release()
    await people.imagine("a red kite")
    kite = await people.wait_for(drawn("a red kite"))
    await people.show("0000000F")
    await people.wait_for(says("no image with that number"))
    await people.press(kite, "Delete")
    if isinstance(people.driver, SlackDriver):
        slack = people.driver.slack
        await slack.command("/imagine")
        await until(lambda: bool(slack.open_views()))
    assert not people.english()


async def test_the_page_in_another_language(start_bot: StartBot, pseudo_locale: Path, language: Spoken) -> None:
    async with web_platform(start_bot, locale=language.locale, language_folder=pseudo_locale) as driver:
        browser = (await driver.person("ada")).session
        async with browser.get("/") as page, browser.get("/api/options") as options:
            read = _Read()
            read.feed(await page.text())
            served = await options.json()
    words = [*read.words, *texts(served), *served["words"].values()]
    assert len(words) > 50
    assert not {(word, text) for text in words for word in language.english(text) - OFFERED}


def test_what_slack_lists_of_the_app_is_in_japanese() -> None:
    listed = [*texts(described(SlackCommands(), locale="ja"))]
    assert len(listed) > 5
    assert not {(word, text) for text in listed for word in LANGUAGES["japanese"]().english(text)}


class _Read(HTMLParser):
    """Collects the words that people read on a page, or that are read to them."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del tag
        self.words += [text or "" for name, text in attrs if name in {"alt", "aria-label", "placeholder", "title"}]


@pytest.mark.parametrize("surface", CHATS)
async def test_a_language_is_one_file_in_a_folder(start_bot: StartBot, tmp_path: Path, surface: str) -> None:
    folder = tmp_path / "languages"
    folder.mkdir()
    (folder / "nl.po").write_text('msgid "Again"\nmsgstr "Opnieuw"\n')
    async with PLATFORMS[surface](start_bot, locale="nl-NL", language_folder=folder) as driver:
        await driver.imagine("a paper boat")
        boat = await driver.wait_for(lambda seen: bool(seen.images))
        assert "Opnieuw" in boat.buttons
        await driver.press(boat, "Opnieuw")
        await driver.wait_for(lambda seen: bool(seen.images) and seen.id != boat.id)
