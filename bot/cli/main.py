"""The command line: `imagine-bot run | demo | doctor | sandbox`, and the commands of the platforms.

Each command imports what it needs, so that the others don't: all of it takes longer than most of them.
"""

import argparse
import gc
import os
import sys
from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterator, Sequence
from contextlib import AsyncExitStack, suppress
from functools import partial
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from bot import __version__
from bot.cli import copies
from bot.cli.language import for_help, offered_folder, spoken, terminal_locale
from bot.cli.platforms import PLATFORMS, Platforms
from bot.cli.setup import arguments as setup_arguments
from bot.cli.terminal import one_line, say, told
from bot.core.errors import BotError
from bot.core.language.catalogues import ENGLISH, catalogues, offered
from bot.core.language.language import Language
from bot.core.message import Message, counted, message
from bot.core.platform import OperatorCommand

if TYPE_CHECKING:
    from bot.cli.assembly import Running
    from bot.settings import Settings

NO_KEY = message(
    "COMETAPI_KEY is not set. Set it to a key from CometAPI's console, or try the bot without one: imagine-bot demo"
)
_PRIVATE = 0o077
"""What is made, by any library, too, is for the bot's own user alone."""
# While modules are imported, there is nothing to collect, and to look for it takes a tenth of the time: they make fewer
# objects than that.
_IMPORTED_OBJECTS = 250_000
# Pydantic would look for plug-ins of its own in each package that is installed.
_NO_PLUGINS = ("PYDANTIC_DISABLE_PLUGINS", "__all__")
# How long a picture of the demo takes at least.
_DEMO_SECONDS = 1.5


class CommandLineError(Exception):
    """The command can't be run; the message says what to set."""


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
    from bot.cli import logs
    from bot.settings import load

    try:
        settings = load(options.forgiven)
        logs.configure(settings)
        done: int | Coroutine[Any, Any, int] = options.command(settings, options, texts)
        return done if isinstance(done, int) else _finish(done, serves=options.serves)
    except (CommandLineError, ValueError) as error:
        say(spoken(error, texts), to=sys.stderr)
        return 2
    except (BotError, OSError) as error:
        say(spoken(error, texts), to=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _finish(command: Coroutine[Any, Any, int], *, serves: bool) -> int:
    from bot.cli import loop  # here, since what is only printed needs no event loop

    return loop.run(command, serves=serves)


def nothing_set(platforms: Platforms) -> Sequence[Message]:
    """Return what to set, when no platform is set up."""
    return (
        message("No platform is set up. Set one of these, in the environment or in .env:"),
        *(
            message("  {platform}: {settings}", platform=Message(platform.title), settings=Message(platform.needs))
            for platform in platforms
        ),
        message("Or try the bot without an account: imagine-bot demo"),
    )


class _Version(argparse.Action):
    def __init__(self, **given: Any) -> None:
        super().__init__(**given, nargs=0, help="show program's version number and exit")

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        say(f"imagine-bot {__version__}")
        parser.exit()


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        super().error(told(message))


def parser(texts: Language = ENGLISH) -> tuple[argparse.ArgumentParser, Collection[str]]:
    """Return the command line's parser, and the names of its commands. Argparse's own words stay English."""
    line = _Parser(prog="imagine-bot", description=texts.label("One /imagine for team chats."))
    line.add_argument("--version", action=_Version)
    line.set_defaults(command=None)
    commands = line.add_subparsers(title=texts.label("commands"))

    def add(name: str, run: object, description: str, *, serves: bool = False) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=for_help(description), description=description)
        added.set_defaults(command=run, forgiven=(), serves=serves)
        return added

    add("run", _run, texts.label("Run the bot on every platform that is set up."), serves=True)
    add("demo", _demo, texts.label("Try the bot in the browser, with no account and no key."), serves=True)
    examined = add(
        "doctor", _doctor, texts.label("Check settings, storage, gateway and platforms, and say how to fix what fails.")
    )
    examined.add_argument(
        "--recount",
        action="store_true",
        help=for_help(texts.label("count all jobs again instead, and correct the totals that differ")),
    )
    set_up = add("setup", _setup, texts.label("Set the bot up, step by step, from nothing to the first picture."))
    set_up.set_defaults(forgiven=setup_arguments.secrets())
    setup_arguments.add_arguments(set_up, texts)
    saved = add("backup", partial(_told, copies.save), texts.label("Back up the SQLite database while the bot runs."))
    restored = add(
        "restore",
        partial(_told, copies.restore),
        texts.label("Put a backup in place of the database, while no bot runs."),
    )
    copies.add_arguments(saved, restored, texts)
    moved = add(
        "import", _import, texts.label("Copy the jobs of a SQLite database into the empty one of DATABASE_URL.")
    )
    moved.add_argument("file", type=Path, metavar="FILE", help=for_help(texts.label("the SQLite database")))
    sandbox = add("sandbox", _sandbox, texts.label("Run a local stand-in for CometAPI that draws test images."))
    sandbox.add_argument("--port", type=_port(texts), default=8090, help=for_help(texts.label("the port to listen on")))
    sandbox.add_argument(
        "--delay", type=_seconds(texts), default=1.5, help=for_help(texts.label("how many seconds an image takes"))
    )
    # In the order that --help has always had.
    for own in (own for platform in reversed(PLATFORMS) for own in platform.commands):
        added = add(own.name, partial(_printed, own), texts.label(own.description))
        for argument in own.arguments:
            described = texts.label(argument.description)
            added.add_argument(argument.flag, metavar=argument.metavar, help=for_help(described))
    return line, commands.choices


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


async def _run(settings: "Settings", _: argparse.Namespace, texts: Language) -> int:
    from bot.cli.serving import serve
    from bot.cli.settings_read import misspelt

    platforms = [platform for platform in PLATFORMS if platform.runs(settings)]
    if not platforms:
        raise CommandLineError(*nothing_set(PLATFORMS), *misspelt(settings.file))
    for missing in (platform.missing(settings) for platform in platforms):
        if missing:
            raise CommandLineError(missing, *misspelt(settings.file))
    if not settings.cometapi_key:
        raise CommandLineError(NO_KEY, *misspelt(settings.file))

    def greeting(bot: "Running") -> Iterator[str]:
        if settings.test_pictures:
            yield texts.label(
                "imagine-bot is running, with test pictures. {url}/readyz says whether it is connected.", url=bot.url
            )
        else:
            yield texts.label("imagine-bot is running. {url}/readyz says whether it is connected.", url=bot.url)
        for platform in platforms:
            if address := bot.opened_at.get(platform.name):
                yield texts.label("Open {url} for the {platform}.", url=address, platform=Message(platform.title))

    await serve(settings, greeting, texts)
    return 0


async def _demo(settings: "Settings", _: argparse.Namespace, texts: Language) -> int:
    from bot.cli.local_gateway import with_sandbox
    from bot.cli.serving import serve

    platforms = tuple(platform for platform in PLATFORMS if platform.demo is not None)
    changes: dict[str, object] = {
        # A demo must not touch the jobs of a bot in service.
        "database_url": "sqlite:///data/demo.db",
        "image_store": "data/demo-images",
        "shutdown_grace": min(settings.shutdown_grace, 2.0),
    }
    for platform in platforms:
        changes |= platform.demo(settings, settings.http_port) if platform.demo else {}
    if "log_level" not in settings.model_fields_set:
        from bot.cli import logs

        logs.configure(settings.model_copy(update={"log_level": "warning"}))
    async with AsyncExitStack() as stack:
        own = not settings.cometapi_key or settings.test_pictures
        drawn = await stack.enter_async_context(with_sandbox(settings, seconds=_DEMO_SECONDS)) if own else settings

        def greeting(bot: "Running") -> Iterator[str]:
            url = " ".join(bot.opened_at.values())
            if not own:
                yield texts.label(
                    "Open {url} to try /imagine. The images come from {gateway}. Press Ctrl-C to stop.",
                    url=url,
                    gateway=settings.cometapi_base_url,
                )
                return
            yield texts.label(
                "Open {url} to try /imagine with test images. For real ones, set COMETAPI_KEY. Press Ctrl-C to stop.",
                url=url,
            )

        await serve(drawn.model_copy(update=changes), greeting, texts, platforms, http=False)
    return 0


async def _doctor(settings: "Settings", options: argparse.Namespace, texts: Language) -> int:
    if options.recount:
        from bot.cli.recount import run

        return await run(settings, texts)
    return await _examine(settings, texts)


async def _examine(settings: "Settings", texts: Language) -> int:
    from bot.cli.doctor import examine

    return 0 if await examine(settings, texts) else 1


async def _setup(settings: "Settings", options: argparse.Namespace, texts: Language) -> int:
    from bot.cli.setup import command

    return await (_examine(settings, texts) if options.check else command.setup(settings, options, texts))


async def _import(settings: "Settings", options: argparse.Namespace, texts: Language) -> int:
    from storage.transfer import transfer

    count = await transfer(options.file, settings.database_url)
    say(
        texts.text(
            counted(
                "Copied {n} job. Its images stay where they are.",
                "Copied {n} jobs. Their images stay where they are.",
                count,
            )
        )
    )
    return 0


async def _told(
    command: Callable[["Settings", argparse.Namespace], Awaitable[Sequence[Message]]],
    settings: "Settings",
    options: argparse.Namespace,
    texts: Language,
) -> int:
    for said in await command(settings, options):
        say(one_line(texts.text(said)))
    return 0


async def _sandbox(_: "Settings", options: argparse.Namespace, __: Language) -> int:
    from bot.cli.local_gateway import listening
    from bot.cli.stopping import asked_to_stop
    from bot.sandbox import sandbox_app

    stop = asked_to_stop()
    async with listening(sandbox_app(delay=options.delay), options.port) as url:
        say(f"COMETAPI_BASE_URL={url}/v1 COMETAPI_KEY=sandbox")
        await stop.wait()
    return 0


def _printed(
    command: OperatorCommand[Any], settings: "Settings", options: argparse.Namespace, _: Language
) -> int | Coroutine[Any, Any, int]:
    printed = command.run(settings, options)
    if not isinstance(printed, str):
        return _awaited(printed)
    say(printed.removesuffix("\n"))
    return 0


async def _awaited(printed: Awaitable[str]) -> int:
    say((await printed).removesuffix("\n"))
    return 0
