"""Runs the bot until it is asked to stop."""

import asyncio
import ctypes
import gc
import logging
import resource
import sys
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress

from bot.cli import private_files, settings_read
from bot.cli.assembly import Running, running
from bot.cli.introduction import introduce
from bot.cli.platforms import PLATFORMS, Platforms
from bot.cli.stopping import asked_to_stop, waited_for
from bot.cli.terminal import one_line, say
from bot.core.errors import TokenRefused
from bot.core.language.language import Language
from bot.core.message import Message
from bot.core.model import Job
from bot.settings import Settings

logger = logging.getLogger(__name__)

# How long another thread may keep the interpreter when the event loop needs it, such as one that decodes an image. In a
# burst of commands that happens hundreds of times: Python's default of 5 ms would add up to seconds. A shorter
# time costs more than it brings: each time, the system has to wake a thread.
# https://docs.python.org/3/library/sys.html#sys.setswitchinterval
_SWITCH_SECONDS = 0.002
# How many new objects there may be before Python looks for garbage. One job in flight has more than Python's default of
# 700, so they would be looked through again and again. Objects of the start, most of them modules, are never looked
# through. https://docs.python.org/3/library/gc.html#gc.freeze
_NEW_OBJECTS = 5000
# How the C library keeps memory: https://man7.org/linux/man-pages/man3/mallopt.3.html. The system clears memory before
# it hands it out, which takes longer than all other work on an image of usual size. So this much freed memory is kept
# for the next images. All threads share one heap: with a heap for each thread, an image couldn't use what another
# thread had freed.
_KEPT = 32 * 1024 * 1024
_HEAPS = 1
# Larger blocks go back to the system as soon as they are free.
_GIVEN_BACK = 2 * 1024 * 1024
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8


async def serve(
    settings: Settings,
    greeting: Callable[[Running], Iterable[str]],
    texts: Language,
    platforms: Platforms = PLATFORMS,
    *,
    http: bool = True,
) -> None:
    """Run the bot until it is asked to stop. Once it runs, print the lines of the greeting, which has its addresses.

    Raises TokenRefused if no platform takes its token.
    """
    async with serving(settings, texts, platforms, http=http) as (bot, stop):
        for line in greeting(bot):
            say(line)

        def tell(who: Message) -> None:
            with suppress(OSError):  # the terminal may be gone
                say(one_line(texts.text(who)))

        introduced = asyncio.create_task(introduce(bot.links, tell))
        stopped = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({introduced, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if introduced.done() and (refused := introduced.result()):
                raise TokenRefused(*refused)
            await stopped
        finally:
            introduced.cancel()
            stopped.cancel()


@asynccontextmanager
async def serving(
    settings: Settings,
    texts: Language,
    platforms: Platforms = PLATFORMS,
    shown: Callable[[Job], None] = lambda _: None,
    *,
    http: bool = True,
) -> AsyncIterator[tuple[Running, asyncio.Event]]:
    """Run the bot while the context lasts, and yield it with the event that is set when it is asked to stop.

    `shown` gets each job whose outcome people see.
    """
    for remark in settings_read.remarks(settings.file):
        logger.warning("settings: %s", remark)
    sys.setswitchinterval(_SWITCH_SECONDS)
    _keep_little_memory()
    _open_all_descriptors()
    stop = asked_to_stop()
    async with running(settings, platforms=platforms, shown=shown, http=http) as bot:
        logger.info("settings: %s", settings_read.source(settings.file))
        if opened := await private_files.remark(settings):
            logger.warning("%s", opened)
        gc.freeze()
        gc.set_threshold(_NEW_OBJECTS)
        yield bot, stop
        if jobs := bot.at_work():
            with suppress(OSError):  # the terminal may be gone
                say(texts.text(waited_for(jobs, settings.shutdown_grace)))


def _keep_little_memory() -> None:
    with suppress(AttributeError, OSError):  # not every C library has it
        set_up = ctypes.CDLL(None).mallopt
        set_up(_M_ARENA_MAX, _HEAPS)
        set_up(_M_TRIM_THRESHOLD, _KEPT)
        set_up(_M_MMAP_THRESHOLD, _GIVEN_BACK)


def _open_all_descriptors() -> None:
    """Raise the soft limit of descriptors, which is often 1,024, to the hard one: that is what the operator allows."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):  # a hard limit of infinity can be more than the system's own
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
