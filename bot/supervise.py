"""Supervision: a platform's connection that dies is built anew, while the others go on."""

import asyncio
import logging
import time
from collections.abc import Iterator

from bot.ports import Adapter

logger = logging.getLogger(__name__)

FIRST_PAUSE = 1.0
# The strictest platform resets the token of a bot that connects anew more than 1,000 times a day (its rule is linked in
# the test): 120 s apart is 720 times.
LONGEST_PAUSE = 120.0
# Shorter, and a connection that dies each minute would be made anew 1,400 times a day.
_SETTLED_SECONDS = 600.0


async def keep_running(adapter: Adapter) -> None:
    """Run the adapter for ever, with exponential back-off between connections that don't last."""
    coming = pauses()
    while True:
        started = time.monotonic()
        try:
            await adapter.run()
        except Exception as error:  # whatever a platform's library raises, only this connection ends
            # A whole traceback of a library's for every refused connection would bury the rest: it is there at debug.
            logger.warning("%s: connection lost (%s: %s)", adapter.name, type(error).__name__, error)
            logger.debug("%s", adapter.name, exc_info=error)
        else:
            logger.warning("%s: connection closed", adapter.name)
        if time.monotonic() - started > _SETTLED_SECONDS:
            coming = pauses()
        pause = next(coming)
        logger.info("%s: connecting again in %.0f s", adapter.name, pause)
        await asyncio.sleep(pause)


def pauses() -> Iterator[float]:
    """Give the pauses before each new try, in seconds: doubled each time, up to the longest."""
    pause = FIRST_PAUSE
    while True:
        yield pause
        pause = min(pause * 2, LONGEST_PAUSE)
