"""What each command of `imagine-bot` does.

Each imports only what it needs: to import everything takes longer than most of them.
"""

import argparse
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

from bot.cli.platforms import PLATFORMS, Platforms
from bot.cli.terminal import one_line, say
from bot.core.language.language import Language
from bot.core.message import Message, counted, message
from bot.core.platform import OperatorCommand, PrintingCommand
from bot.environment import env_file, written

if TYPE_CHECKING:
    from bot.cli.assembly import Running
    from bot.settings import Settings

_NO_KEY = message(
    "COMETAPI_KEY is not set. Set it to a key from CometAPI's console, or try the bot without one: imagine-bot demo"
)
# How long a picture of the demo takes at least.
_DEMO_SECONDS = 1.5


class CommandLineError(Exception):
    """The command can't be run; the message says what to set."""


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


async def run(settings: "Settings", _: argparse.Namespace, texts: Language) -> int:
    """Run the bot. Raises CommandLineError."""
    from bot.cli.certificates import reading_certificates

    with reading_certificates():
        from bot.cli.serving import serve
    from bot.cli.settings_read import misspelt

    platforms = [platform for platform in PLATFORMS if platform.runs(settings)]
    if not platforms:
        raise CommandLineError(*nothing_set(PLATFORMS), *misspelt(settings.file))
    for missing in (platform.missing(settings) for platform in platforms):
        if missing:
            raise CommandLineError(missing, *misspelt(settings.file))
    if not settings.cometapi_key:
        raise CommandLineError(_NO_KEY, *misspelt(settings.file))

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


async def demo(settings: "Settings", _: argparse.Namespace, texts: Language) -> int:
    """Run the bot for its page alone, on a ledger of its own; without a key it draws test images."""
    from bot.cli.certificates import reading_certificates

    with reading_certificates():
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


async def doctor(settings: "Settings", options: argparse.Namespace, texts: Language) -> int:
    """Examine what is set up, or count all jobs again."""
    if options.recount:
        from bot.cli import recount

        return await recount.run(settings, texts)
    return await _examine(settings, texts)


async def _examine(settings: "Settings", texts: Language) -> int:
    from bot.cli.certificates import reading_certificates

    with reading_certificates():
        from bot.cli.doctor import examine

    return 0 if await examine(settings, texts) else 1


async def setup(settings: "Settings", options: argparse.Namespace, texts: Language) -> int:
    """Set the bot up, or examine what is set up."""
    if options.check:
        return await _examine(settings, texts)
    from bot.cli.certificates import reading_certificates

    with reading_certificates():
        from bot.cli.setup import command

    return await command.setup(settings, options, texts)


async def copy_in(settings: "Settings", options: argparse.Namespace, texts: Language) -> int:
    """Copy the jobs of a SQLite database."""
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


async def telling(
    command: Callable[["Settings", argparse.Namespace], Awaitable[Sequence[Message]]],
    settings: "Settings",
    options: argparse.Namespace,
    texts: Language,
) -> int:
    """Carry out a command that returns what to say."""
    for said in await command(settings, options):
        say(one_line(texts.text(said)))
    return 0


async def sandbox(_: "Settings", options: argparse.Namespace, __: Language) -> int:
    """Serve a stand-in for CometAPI."""
    from bot.cli.local_gateway import listening
    from bot.cli.stopping import asked_to_stop
    from bot.sandbox import sandbox_app

    stop = asked_to_stop()
    async with listening(sandbox_app(delay=options.delay), options.port) as url:
        say(f"COMETAPI_BASE_URL={url}/v1 COMETAPI_KEY=sandbox")
        await stop.wait()
    return 0


def print_of(command: PrintingCommand, options: argparse.Namespace) -> int:
    """Print what a command of a platform makes of a few settings."""
    say(command.run(lambda names: written(names, env_file()), options).removesuffix("\n"))
    return 0


def printing(
    command: OperatorCommand[Any], settings: "Settings", options: argparse.Namespace, _: Language
) -> int | Coroutine[Any, Any, int]:
    """Print what the command of a platform returns."""
    printed = command.run(settings, options)
    if not isinstance(printed, str):
        return _awaited(printed)
    say(printed.removesuffix("\n"))
    return 0


async def _awaited(printed: Awaitable[str]) -> int:
    from bot.cli.certificates import reading_certificates

    with reading_certificates():
        said = await printed
    say(said.removesuffix("\n"))
    return 0
