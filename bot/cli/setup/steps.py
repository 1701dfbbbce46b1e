"""The dialogue from its greeting to the first picture: which parts, and in which order."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from bot.cli import running_bot
from bot.cli.platforms import PLATFORMS, Platforms
from bot.cli.setup import key
from bot.cli.setup.arguments import KEY
from bot.cli.setup.checking import CHECK_SECONDS
from bot.cli.setup.console import Console
from bot.cli.setup.dialogue import Browse, Dialogue, Stopped
from bot.cli.setup.first_picture import FirstPicture
from bot.cli.setup.kept import Kept
from bot.core.language.language import Language
from bot.core.message import Message, message
from bot.core.platform import Platform, Setup
from bot.core.setup import Place

_WHO_PAYS = message("Who pays for the pictures")


class SetUp:
    """The dialogue from its greeting to the first picture."""

    def __init__(
        self,
        console: Console,
        kept: Kept,
        texts: Language,
        platforms: Platforms = PLATFORMS,
        *,
        browse: Browse | None = None,
        seconds: float = CHECK_SECONDS,
    ) -> None:
        self._console, self._kept, self._texts, self._browse, self._seconds = console, kept, texts, browse, seconds
        self._platforms = tuple(platform for platform in platforms if platform.setup)

    async def asked(self, part: str | None = None) -> Mapping[str, Place] | None:
        """Ask for one part, or for all. Return where the bot can be tried, by platform; None if it was broken off."""
        try:
            return await self._asked(part)
        except Stopped as stopped:
            self._arrow(*stopped.args)
        except EOFError:
            self._console.show("")
            self._arrow(message("The input was closed. What was checked is kept; the next time it isn't asked again."))
        return None

    async def _asked(self, part: str | None) -> Mapping[str, Place]:
        dialogue = Dialogue(
            self._console,
            self._kept,
            self._texts,
            again=part is not None,
            browse=self._browse,
            seconds=self._seconds,
        )
        self._greet()
        if part == KEY:
            self._head(1, 1, _WHO_PAYS)
            await key.talk(dialogue)
            return {}
        if part is not None:
            return await self._places(dialogue, [each for each in self._platforms if part == each.name], 0, 1)
        chosen = await self._chosen(dialogue)
        count = len(chosen) + 2
        self._head(1, count, _WHO_PAYS)
        await key.talk(dialogue)
        places = await self._places(dialogue, chosen, 1, count)
        self._head(count, count, message("First picture"))
        return places

    async def _places(
        self, dialogue: Dialogue, chosen: Sequence[Platform[Any]], before: int, count: int
    ) -> Mapping[str, Place]:
        places = {}
        for number, platform in enumerate(chosen, before + 1):
            self._head(number, count, Message(platform.title))
            places[platform.title] = await setup_of(platform).talk(dialogue)
        return places

    async def first_picture(self, places: Mapping[str, Place]) -> int:
        """Run the bot, and wait for the first picture. Return the exit status."""
        settings = self._kept.settings
        if await running_bot.runs(settings):
            self._say(message("The bot runs on this machine already. Restart it, so that it reads these settings."))
            return 0
        platforms = tuple(platform for platform in self._platforms if platform.title in places)
        first = FirstPicture(console=self._console, texts=self._texts, platforms=platforms, places=places)
        return await first.drawn(settings)

    def _greet(self) -> None:
        names = self._texts.enumerated([self._texts.label(platform.title) for platform in self._platforms])
        self._console.show(
            self._texts.text(
                message(
                    "imagine-bot setup: from nothing to the first picture. Nothing is sent anywhere but to {platforms} "
                    "and CometAPI.",
                    platforms=names,
                )
            )
        )
        stops = message("Ctrl-C stops; what was checked is printed at the end.")
        if place := self._kept.place:
            stops = message(
                "Ctrl-C stops; what was checked is kept in {file}, which only you can read.", file=short(place)
            )
        self._console.show(self._texts.text(stops))

    async def _chosen(self, dialogue: Dialogue) -> Sequence[Platform[Any]]:
        set_up = begun(self._platforms, self._kept)
        if set_up:
            for platform in (platform for platform in self._platforms if platform not in set_up):
                self._say(
                    message(
                        "{platform} isn't set up: `imagine-bot setup {part}` adds it.",
                        platform=Message(platform.title),
                        part=platform.name,
                    )
                )
            return set_up
        answers = [Message(platform.title) for platform in self._platforms]
        if len(answers) > 1:
            answers.append(message("both") if len(answers) == 2 else message("all of them"))
        self._console.show("")
        number = await dialogue.choose(message("Where do you want it?"), answers)
        return list(self._platforms) if number == len(self._platforms) else [self._platforms[number]]

    def _head(self, number: int, count: int, title: Message) -> None:
        if count == 1:
            self._console.show(f"\n{self._texts.text(title)}")
            return
        head = message("{number} of {count}  {title}", number=str(number), count=str(count), title=title)
        self._console.show(f"\n{self._texts.text(head)}")

    def _say(self, *said: Message) -> None:
        for each in said:
            self._console.show(f"  {self._texts.text(each)}")

    def _arrow(self, *said: Message) -> None:
        for each in said:
            self._console.show(f"  → {self._texts.text(each)}")


def begun(platforms: Platforms, kept: Kept) -> Sequence[Platform[Any]]:
    """Return the platforms that have a secret set."""
    can_be_set_up = (each for each in platforms if each.setup)
    return [each for each in can_be_set_up if any(kept.value(name) for name in setup_of(each).secrets)]


def setup_of(platform: Platform[Any]) -> Setup[Any]:
    """Return how a platform is set up. Those without such a part are left out before."""
    if platform.setup is None:
        raise LookupError(platform.name)
    return platform.setup


def short(path: Path) -> str:
    """Return a path as people write it, with ~ for their folder."""
    with suppress(RuntimeError):  # in a container, nobody may have such a folder
        home = Path.home()
        if home.parent != home and path.is_relative_to(home):
            return f"~/{path.relative_to(home)}"
    return str(path)
