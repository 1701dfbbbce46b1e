"""The command line: `imagine-bot run | demo | doctor | sandbox`, and the commands of the platforms."""

import argparse
import gc
import os
import sys
from collections.abc import Callable, Collection, Coroutine, Sequence
from contextlib import suppress
from functools import partial
from io import TextIOWrapper
from pathlib import Path
from typing import Any, NoReturn

from bot import __version__
from bot.cli import commands, copies
from bot.cli.language import for_help, offered_folder, spoken, terminal_locale
from bot.cli.platforms import PLATFORMS
from bot.cli.setup import arguments as setup_arguments
from bot.cli.terminal import say, told
from bot.core.errors import BotError
from bot.core.language.catalogues import ENGLISH, catalogues, offered
from bot.core.language.language import Language
from bot.core.platform import PrintingCommand

_PRIVATE = 0o077
"""Files that this process makes, also those of libraries, are for the bot's own user alone."""
# Imports leave no garbage, and to look for it takes a tenth of their time. They make fewer objects than this number, so
# that nothing is looked for.
_IMPORTED_OBJECTS = 250_000
# Pydantic would look for plug-ins of its own in each package that is installed.
_NO_PLUGINS = ("PYDANTIC_DISABLE_PLUGINS", "__all__")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command. Return the exit status: 0 done, 1 failed, 2 a setting is missing or bad, 130 interrupted."""
    os.umask(_PRIVATE)
    gc.set_threshold(_IMPORTED_OBJECTS)
    os.environ.setdefault(*_NO_PLUGINS)
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # not every terminal has the letters of every language
    try:
        with offered(offered_folder()):
            return _run_command(arguments, catalogues().speak(terminal_locale(os.environ)))
    finally:
        gc.freeze()  # the process ends: to look through all its objects would take a fifth of a short command's time


def _run_command(arguments: Sequence[str] | None, texts: Language) -> int:
    line, _ = parser(texts)
    options = line.parse_args(arguments)
    if options.command is None:
        say(line.format_usage().rstrip())
        say(texts.label("New here? imagine-bot demo shows it in the browser, imagine-bot setup puts it into a chat."))
        return 2
    try:
        return options.command(options) if options.prints else _run_with_settings(options, texts)
    except (commands.CommandLineError, ValueError) as error:
        say(spoken(error, texts), to=sys.stderr)
        return 2
    except (BotError, OSError) as error:
        say(spoken(error, texts), to=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _run_with_settings(options: argparse.Namespace, texts: Language) -> int:
    from bot.cli import logs
    from bot.settings import load

    settings = load(options.forgiven)
    logs.configure(settings)
    done: int | Coroutine[Any, Any, int] = options.command(settings, options, texts)
    return done if isinstance(done, int) else _finish(done, serves=options.serves)


def _finish(command: Coroutine[Any, Any, int], *, serves: bool) -> int:
    from bot.cli import loop  # here, since what is only printed needs no event loop

    return loop.run(command, serves=serves)


class _Version(argparse.Action):
    def __init__(self, **given: Any) -> None:
        super().__init__(**given, nargs=0, help="show program's version number and exit")

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        say(f"imagine-bot {__version__}")
        parser.exit()


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        super().error(told(message))


class _Commands:
    """The commands of the command line: each has a function, and a description in the language of the terminal."""

    def __init__(self, line: argparse.ArgumentParser, texts: Language) -> None:
        self._subparsers, self._texts = line.add_subparsers(title=texts.label("commands")), texts

    @property
    def names(self) -> Collection[str]:
        """Return the names of the commands."""
        return self._subparsers.choices

    def add(self, name: str, run: object, description: str, *, serves: bool = False) -> argparse.ArgumentParser:
        """Add a command. Its `description` is already in that language."""
        added = self._subparsers.add_parser(name, help=for_help(description), description=description)
        added.set_defaults(command=run, forgiven=(), serves=serves, prints=False)
        return added

    def add_of_platforms(self) -> None:
        """Add the platforms' commands, in the order that --help has always had."""
        for own in (own for platform in reversed(PLATFORMS) for own in platform.commands):
            added = self.add(own.name, None, self._texts.label(own.description))
            if isinstance(own, PrintingCommand):
                added.set_defaults(command=partial(commands.print_of, own), prints=True)
            else:
                added.set_defaults(command=partial(commands.printing, own))
            for argument in own.arguments:
                described = self._texts.label(argument.description)
                added.add_argument(argument.flag, metavar=argument.metavar, help=for_help(described))


def parser(texts: Language = ENGLISH) -> tuple[argparse.ArgumentParser, Collection[str]]:
    """Return the command line's parser, and the names of its commands. Argparse's own words stay English."""
    line = _Parser(prog="imagine-bot", description=texts.label("One /imagine for team chats."))
    line.add_argument("--version", action=_Version)
    line.set_defaults(command=None)
    own = _Commands(line, texts)
    _add_running(own, texts)
    _add_copying(own, texts)
    _add_sandbox(own, texts)
    own.add_of_platforms()
    return line, own.names


def _add_running(own: _Commands, texts: Language) -> None:
    own.add("run", commands.run, texts.label("Run the bot on every platform that is set up."), serves=True)
    own.add("demo", commands.demo, texts.label("Try the bot in the browser, with no account and no key."), serves=True)
    examined = own.add(
        "doctor",
        commands.doctor,
        texts.label("Check settings, storage, gateway and platforms, and say how to fix what fails."),
    )
    examined.add_argument(
        "--recount",
        action="store_true",
        help=for_help(texts.label("count all jobs again instead, and correct the totals that differ")),
    )
    set_up = own.add(
        "setup", commands.setup, texts.label("Set the bot up, step by step, from nothing to the first picture.")
    )
    set_up.set_defaults(forgiven=setup_arguments.secrets())
    setup_arguments.add_arguments(set_up, texts)


def _add_copying(own: _Commands, texts: Language) -> None:
    saved = own.add(
        "backup", partial(commands.telling, copies.save), texts.label("Back up the SQLite database while the bot runs.")
    )
    restored = own.add(
        "restore",
        partial(commands.telling, copies.restore),
        texts.label("Put a backup in place of the database, while no bot runs."),
    )
    copies.add_arguments(saved, restored, texts)
    moved = own.add(
        "import",
        commands.copy_in,
        texts.label("Copy the jobs of a SQLite database into the empty one of DATABASE_URL."),
    )
    moved.add_argument("file", type=Path, metavar="FILE", help=for_help(texts.label("the SQLite database")))


def _add_sandbox(own: _Commands, texts: Language) -> None:
    sandbox = own.add(
        "sandbox", commands.sandbox, texts.label("Run a local stand-in for CometAPI that draws test images.")
    )
    sandbox.add_argument("--port", type=_port(texts), default=8090, help=for_help(texts.label("the port to listen on")))
    sandbox.add_argument(
        "--delay", type=_seconds(texts), default=1.5, help=for_help(texts.label("how many seconds an image takes"))
    )


def _port(texts: Language) -> Callable[[str], int]:
    def port(typed: str) -> int:
        if typed.isdecimal() and int(typed) <= 65535:
            return int(typed)
        raise argparse.ArgumentTypeError(texts.label("write a number from 0 to 65535"))

    return port


def _seconds(texts: Language) -> Callable[[str], float]:
    def seconds(typed: str) -> float:
        with suppress(ValueError):
            if 0 <= float(typed) <= 3600:
                return float(typed)
        raise argparse.ArgumentTypeError(texts.label("write a number of seconds from 0 to 3600"))

    return seconds
