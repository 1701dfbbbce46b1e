"""The command line: `imagine-bot run | demo | doctor | sandbox`, and the commands of the platforms."""

import argparse
import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from importlib.metadata import version
from typing import Any

from aiohttp import web
from pydantic import SecretStr

from bot.cli import logs
from bot.cli.assembly import running
from bot.cli.doctor import check_groups
from bot.cli.platforms import PLATFORMS, Platforms
from bot.core.doctor import run_checks
from bot.core.errors import BotError
from bot.core.platform import OperatorCommand
from bot.settings import Settings, load

NO_KEY = "COMETAPI_KEY: not set. Set it to a key from CometAPI's console, or try without one: imagine-bot demo"
# How long a thread that decodes an image or uses the database may keep the interpreter when the event loop needs it,
# which happens hundreds of times in a burst of commands: Python's default of 5 ms would add up to seconds.
# https://docs.python.org/3/library/sys.html#sys.setswitchinterval
_SWITCH_SECONDS = 0.0005


class CommandLineError(Exception):
    """The command can't be run; the message says what to set."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command. Return the exit status: 0 done, 1 failed, 2 a setting is missing or bad, 130 interrupted."""
    options = parser()[0].parse_args(arguments)
    try:
        settings = load()
        logs.configure(settings)
        return int(asyncio.run(options.command(settings, options)))
    except (CommandLineError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    except (BotError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def nothing_set(platforms: Platforms) -> str:
    """Return what to set, when no platform is set up."""
    lines = ",\n".join(f"  {platform.needs:<46} {platform.purpose}" for platform in platforms)
    return (
        "Nothing to run: no platform's token is set. Set, in the environment or in .env,\n"
        f"{lines}.\nOr try everything without an account: imagine-bot demo"
    )


def parser() -> tuple[argparse.ArgumentParser, Collection[str]]:
    """Return the command line's parser, and the names of its commands."""
    line = argparse.ArgumentParser(prog="imagine-bot", description="One /imagine for team chats.")
    line.add_argument("--version", action="version", version=f"imagine-bot {version('imagine-bot')}")
    commands = line.add_subparsers(title="commands", required=True)

    def add(name: str, command: object, description: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=description, description=description)
        added.set_defaults(command=command)
        return added

    add("run", _run, "Start every platform whose token is set.")
    add("demo", _demo, "Try the bot in the browser, with no account and no key.")
    add("doctor", _doctor, "Check settings, storage, gateway and platforms, and say what to do.")
    sandbox = add("sandbox", _sandbox, "Serve a local CometAPI that draws by itself.")
    sandbox.add_argument("--port", type=_port, default=8090)
    sandbox.add_argument("--delay", type=_seconds, default=1.5, help="seconds that an image takes")
    # In the order that --help has always had.
    for command in (command for platform in reversed(PLATFORMS) for command in platform.commands):
        command.arguments(add(command.name, partial(_printed, command), command.description))
    return line, commands.choices


def _port(typed: str) -> int:
    if typed.isdecimal() and int(typed) <= 65535:
        return int(typed)
    raise argparse.ArgumentTypeError("give a number from 0 to 65535")


def _seconds(typed: str) -> float:
    with suppress(ValueError):
        if 0 <= float(typed) <= 3600:
            return float(typed)
    raise argparse.ArgumentTypeError("give seconds, from 0 to 3600")


async def _run(settings: Settings, _: argparse.Namespace) -> int:
    platforms = [platform for platform in PLATFORMS if platform.runs(settings)]
    if not platforms:
        raise CommandLineError(nothing_set(PLATFORMS))
    for sentence in (platform.missing(settings) for platform in platforms):
        if sentence:
            raise CommandLineError(sentence)
    if not settings.cometapi_key:
        raise CommandLineError(NO_KEY)
    await _serve(settings, "imagine-bot runs; {url}/readyz says whether it is connected.")
    return 0


async def _demo(settings: Settings, _: argparse.Namespace) -> int:
    from bot.sandbox import sandbox_app  # here, so that a real bot doesn't load the drawing code

    platforms = tuple(platform for platform in PLATFORMS if platform.demo is not None)
    changes: dict[str, object] = {
        # A demo must not touch the jobs of a bot in service.
        "database_url": "sqlite:///data/demo.db",
        "image_store": "data/demo-images",
        "shutdown_grace": min(settings.shutdown_grace, 2.0),
    }
    for platform in platforms:
        changes |= platform.demo or {}
    if "log_level" not in settings.model_fields_set:
        logs.configure(settings.model_copy(update={"log_level": "warning"}))
    async with AsyncExitStack() as stack:
        gateway = f"images by {settings.cometapi_base_url}"
        if not settings.cometapi_key:
            gateway = "a sandbox gateway that draws by itself: set COMETAPI_KEY for real images"
            url = await stack.enter_async_context(_listening(sandbox_app(), 0))
            changes |= {"cometapi_base_url": f"{url}/v1", "cometapi_key": SecretStr("sandbox")}
        greeting = f"Open {{url}} to try /imagine ({gateway}). Ctrl-C ends it."
        await _serve(settings.model_copy(update=changes), greeting, platforms)
    return 0


async def _serve(settings: Settings, greeting: str, platforms: Platforms = PLATFORMS) -> None:
    sys.setswitchinterval(_SWITCH_SECONDS)
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with running(settings, platforms=platforms) as bot:
        print(greeting.format(url=bot.url), flush=True)
        await stop.wait()


async def _doctor(settings: Settings, _: argparse.Namespace) -> int:
    async with check_groups(settings) as groups:
        checks = await run_checks(groups)
    for check in checks:
        print(check)
    return 0 if all(check.ok for check in checks) else 1


async def _sandbox(_: Settings, options: argparse.Namespace) -> int:
    from bot.sandbox import sandbox_app  # here, so that a real bot doesn't load the drawing code

    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with _listening(sandbox_app(delay=options.delay), options.port) as url:
        print(f"COMETAPI_BASE_URL={url}/v1 COMETAPI_KEY=sandbox", flush=True)
        await stop.wait()
    return 0


@asynccontextmanager
async def _listening(app: web.Application, port: int) -> AsyncIterator[str]:
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, "127.0.0.1", port).start()
        except OSError as error:
            raise OSError(f"Port {port} can't be used ({error.strerror}). Choose another with --port.") from error
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def _printed(command: OperatorCommand[Any], settings: Settings, options: argparse.Namespace) -> int:
    print(await command.run(settings, options), end="")
    return 0
