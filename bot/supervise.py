"""Supervision: a platform's connection that dies is built anew, while the others go on."""

import asyncio
import logging
import time

from bot.ports import Adapter

logger = logging.getLogger(__name__)

# Discord resets the token of a bot that identifies more than 1,000 times a day: 120 s apart is 720 times.
# https://discord.com/developers/docs/events/gateway#identifying
LONGEST_PAUSE = 120.0
_SETTLED_SECONDS = 60.0


async def keep_running(adapter: Adapter, *, first_pause: float = 1.0, longest_pause: float = LONGEST_PAUSE) -> None:
    """Run the adapter for ever, with exponential back-off between connections."""
    pause = first_pause
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
            pause = first_pause
        logger.info("%s: connecting again in %.0f s", adapter.name, pause)
        await asyncio.sleep(pause)
        pause = min(pause * 2, longest_pause)
