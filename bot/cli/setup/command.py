"""The command: which parts are set up, in which order, and at a terminal or without one."""

import argparse
import sys
import webbrowser
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TextIO

from bot.cli import logs, running_bot
from bot.cli.language import for_help
from bot.cli.platforms import PLATFORMS, Platforms
from bot.cli.setup import key
from bot.cli.setup.checking import CHECK_SECONDS
from bot.cli.setup.console import Console, Terminal
from bot.cli.setup.dialogue import Browse, Dialogue, Stopped
from bot.cli.setup.env_file import check_writable, lines
from bot.cli.setup.first_picture import FirstPicture
from bot.cli.setup.kept import Kept
from bot.cli.setup.report import Report
from bot.cli.terminal import say
from bot.core.language.language import Language
from bot.core.message import Message, marked, message
from bot.core.platform import Platform
from bot.core.setup import Place, Setup
from bot.environment import ENV_FILE
from bot.settings import Settings

KEY = "key"
_WHO_PAYS = message("Who pays for the pictures")
DONE, FAILED, MISSING = 0, 1, 2


def add_arguments(parser: argparse.ArgumentParser, texts: Language, platforms: Platforms = PLATFORMS) -> None:
    """Declare what the command takes. No secret is among it: other people of the machine can read a command line."""
    parts = [KEY, *(platform.name for platform in platforms if platform.setup)]
    described = texts.label("one part alone: {parts}", parts=", ".join(parts))
    parser.add_argument("part", nargs="?", choices=parts, metavar="PART", help=for_help(described))
    for flag, description in _FLAGS.items():
        parser.add_argument(flag, action="store_true", help=for_help(texts.label(description)))
    described = texts.label("with --yes: the file that settings are written to")
    parser.add_argument("--env-file", type=Path, default=Path(ENV_FILE), metavar="FILE", help=for_help(described))


_FLAGS: Mapping[str, str] = {
    "--yes": marked("ask nothing: check the settings of the environment, and write them down"),
    "--json": marked("with --yes: one JSON object for each step"),
    "--print": marked("write the settings to standard output instead of .env"),
    "--check": marked("check what is set up, as the doctor does"),
    "--open": marked("open links in the browser, too"),
}


def secrets(platforms: Platforms = PLATFORMS) -> Sequence[str]:
    """Return the names of the settings that are asked for."""
    return (key.SETTING, *(name for platform in platforms if platform.setup for name in platform.setup.secrets))


async def setup(
    settings: Settings, options: argparse.Namespace, texts: Language, platforms: Platforms = PLATFORMS
) -> int:
    """Set the bot up. Return the exit status: 0 done, 1 something was refused or closed, 2 something is missing."""
    if "log_level" not in settings.model_fields_set:
        logs.configure(settings.model_copy(update={"log_level": "warning"}))
    out = sys.stderr if options.print else sys.stdout
    _check_flags(options)
    if options.yes:
        return await _unattended(options, texts, platforms, out)
    if not (sys.stdin.isatty() and out.isatty()):
        return _no_terminal(options.part, texts, platforms)
    file = None if options.print else _file(Path(ENV_FILE))
    if file:
        check_writable(file)
    kept = Kept(secrets(platforms), file=file)
    with Terminal(out).at_hand() as terminal:
        set_up = SetUp(terminal, kept, texts, platforms, browse=webbrowser.open if options.open else None)
        places = await set_up.asked(options.part)
    if places is None:
        return FAILED
    if options.print:
        sys.stdout.write(lines(kept.answers))
    if options.part and not options.print:
        terminal.show("  " + texts.text(message("To start the bot: imagine-bot run")))
    if options.print or options.part:
        return DONE
    return await set_up.first_picture(places)


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
            places[platform.title] = await _setup_of(platform).talk(dialogue)
        return places

    async def first_picture(self, places: Mapping[str, Place]) -> int:
        """Run the bot, and wait for the first picture. Return the exit status."""
        settings = self._kept.settings
        if await running_bot.runs(settings):
            self._say(message("The bot runs on this machine already. Restart it, so that it reads these settings."))
            return DONE
        platforms = tuple(platform for platform in self._platforms if platform.title in places)
        first = FirstPicture(console=self._console, texts=self._texts, platforms=platforms, places=places)
        return await first.drawn(settings)

    def _greet(self) -> None:
        names = ", ".join(self._texts.label(platform.title) for platform in self._platforms)
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
                "Ctrl-C stops; what was checked is kept in {file}, which only you can read.", file=_short(place)
            )
        self._console.show(self._texts.text(stops))

    async def _chosen(self, dialogue: Dialogue) -> Sequence[Platform[Any]]:
        begun = _begun(self._platforms, self._kept)
        if begun:
            for platform in (platform for platform in self._platforms if platform not in begun):
                self._say(
                    message(
                        "{platform} isn't set up: `imagine-bot setup {part}` adds it.",
                        platform=Message(platform.title),
                        part=platform.name,
                    )
                )
            return begun
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


async def _unattended(options: argparse.Namespace, texts: Language, platforms: Platforms, out: TextIO) -> int:
    file = None if options.print else _file(options.env_file)
    if file:
        check_writable(file)
    kept = Kept(secrets(platforms), file=file)
    report = Report(lambda line: say(line, to=out), kept, texts, as_json=options.json)
    chosen = _wanted(options.part, platforms, kept)
    if missing := _missing(options.part, kept, chosen, platforms):
        names = ", ".join(missing)
        report.step("missing", "→", message("These are missing: {settings}", settings=names), settings=missing)
        return MISSING
    if options.part in {None, KEY}:
        await key.talk(report)
    for platform in chosen:
        place = await _setup_of(platform).talk(report)
        if place.url:
            report.link(platform.name, place.url)
    if file:
        report.step("kept", "✓", message("What holds is kept in {file}.", file=_short(file)), file=str(file))
    else:
        sys.stdout.write(lines(kept.answers))
    return FAILED if report.refused else DONE


def _no_terminal(part: str | None, texts: Language, platforms: Platforms) -> int:
    kept = Kept(secrets(platforms), file=None)
    missing = _missing(part, kept, _wanted(part, platforms, kept), platforms)
    said = message("There is no terminal to ask at. Run: imagine-bot setup --yes")
    if missing:
        said = message(
            "There is no terminal to ask at. Set these in the environment, then run `imagine-bot setup --yes`: "
            "{settings}",
            settings=", ".join(missing),
        )
    say(texts.text(said), to=sys.stderr)
    return MISSING


def _check_flags(options: argparse.Namespace) -> None:
    """Raise ValueError for a flag that would have no effect."""
    given = {"--json": options.json, "--env-file": options.env_file != Path(ENV_FILE)}
    for flag in (flag for flag, is_given in given.items() if is_given and not options.yes):
        raise ValueError(message("{flag} is for use with --yes.", flag=flag))


def _begun(platforms: Platforms, kept: Kept) -> Sequence[Platform[Any]]:
    """Return the platforms of which a secret is set."""
    can_be_set_up = (each for each in platforms if each.setup)
    return [each for each in can_be_set_up if any(kept.value(name) for name in _setup_of(each).secrets)]


def _setup_of(platform: Platform[Any]) -> Setup[Any]:
    """Return how a platform is set up. Those without such a part are left out before."""
    if platform.setup is None:
        raise LookupError(platform.name)
    return platform.setup


def _wanted(part: str | None, platforms: Platforms, kept: Kept) -> Sequence[Platform[Any]]:
    if part is None:
        return _begun(platforms, kept)
    return [platform for platform in platforms if platform.name == part and platform.setup]


def _missing(part: str | None, kept: Kept, chosen: Sequence[Platform[Any]], platforms: Platforms) -> Sequence[str]:
    """Return what has to be set: of the platforms, one is enough."""
    missing = [key.SETTING] if part in {None, KEY} and not kept.value(key.SETTING) else []
    if part is None and not chosen:
        offered = [each.setup.missing(kept.settings) for each in platforms if each.setup]
        return [*missing, " or ".join(" and ".join(names) for names in offered)]
    return [*missing, *(name for each in chosen for name in _setup_of(each).missing(kept.settings))]


def _file(named: Path) -> Path:
    return named.absolute()


def _short(path: Path) -> str:
    """Return a path as people write it, with ~ for their folder."""
    with suppress(RuntimeError):  # in a container, nobody may have such a folder
        home = Path.home()
        if home.parent != home and path.is_relative_to(home):
            return f"~/{path.relative_to(home)}"
    return str(path)
