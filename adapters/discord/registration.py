"""Registers the commands in the background, until Discord has them: without them nobody can use the bot."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from http import HTTPStatus

import discord

from adapters.discord.commands import Ids, register
from adapters.discord.pace import Timings
from adapters.discord.refusals import MEANINGS, code_of, described, retry_after
from bot.core.chat import Meaning
from bot.core.quiet import Quiet
from bot.outgoing.connector import reason

logger = logging.getLogger(__name__)

_PASSING = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})
# https://docs.discord.com/developers/topics/opcodes-and-status-codes#json
_CURES: Mapping[int, str] = {
    30032: "The application has too many commands: delete those that aren't this bot's, or give it an application of "
    "its own",
    30034: "Discord takes 200 new commands a day: there is room again tomorrow",
}
_NOT_ALLOWED = (
    "Discord lets this token register no commands: see in the Developer Portal that DISCORD_TOKEN is the token of "
    "this application's own bot"
)
_WRONG = (
    "Discord calls the commands wrong: see in the Developer Portal, under Installation, that Guild Install or User "
    "Install is on, and update the bot"
)
_TRY_SECONDS = 180.0
"""For one try. discord.py itself repeats a request up to four times, and waits up to 30 s when Discord asks for it."""


class Registration:
    """Sees to it that Discord has the commands, once in a process."""

    def __init__(self, timings: Timings) -> None:
        self._timings = timings
        self._quiet = Quiet()
        self._ids: Ids = {}
        self._done = False
        self.missing = "the commands are not registered yet"
        """Why Discord doesn't have the commands, as far as is known, in a few words; empty if people can use them."""

    async def run(self, client: discord.Client, registered: Callable[[Ids], None]) -> None:
        """Register the commands if they changed, try again until it worked, and tell their ids to `registered`."""

        def usable(ids: Ids) -> None:
            self._ids, self.missing = ids, ""
            registered(ids)

        pause = self._timings.registration
        while not self._done:
            wait = await self._try(client, usable, pause)
            if wait is not None:
                await asyncio.sleep(wait)
            pause = min(pause * 2, self._timings.longest_registration)
        registered(self._ids)

    async def _try(self, client: discord.Client, usable: Callable[[Ids], None], pause: float) -> float | None:
        """Try once. Return for how long to wait before the next try; None if it worked."""
        try:
            async with asyncio.timeout(_TRY_SECONDS):
                self._ids = await register(client, usable)
        except discord.RateLimited as error:
            return self._failed("it answered 429", wait=error.retry_after, asked=True)
        except discord.HTTPException as error:
            logger.debug("the commands were refused: %s", error)
            answered = f"it answered {described(error)}"
            if cure := _cure(error):
                return self._failed(answered, wait=self._timings.rarely, cure=cure)
            asked = retry_after(error)
            return self._failed(answered, wait=pause if asked is None else asked, asked=asked is not None)
        except Exception as error:  # after any failure there is a next try
            logger.debug("the commands could not be registered", exc_info=error)
            return self._failed(reason(error), wait=pause)
        logger.info("Discord: the commands are registered: %s", ", ".join(self._ids))
        self._done, self.missing = True, ""
        return None

    def _failed(self, why: str, *, wait: float, cure: str = "", asked: bool = False) -> float:
        asks = f", and asks to wait {wait:.0f} s" if asked else ""
        usable = not self.missing
        said = f"{'changes of the commands' if usable else 'the commands'} are not registered: {why}{asks}"
        if not usable:
            self.missing = said
        if not self._quiet.again(why):
            words = f". {cure}" if cure else ""
            logger.warning("Discord: %s%s; trying again in %.0f s", said, words, wait)
        return wait


def _cure(error: discord.HTTPException) -> str:
    """Return what a person can do about a refusal; empty if it may pass by itself.

    An answer without a code of Discord's own comes from something in between.
    """
    code, definite = code_of(error), HTTPStatus.BAD_REQUEST <= error.status < HTTPStatus.INTERNAL_SERVER_ERROR
    if not definite or error.status in _PASSING or MEANINGS.get(code, code) in {0, Meaning.NOT_NOW}:
        return ""
    return _CURES.get(code) or (_NOT_ALLOWED if error.status == HTTPStatus.FORBIDDEN else _WRONG)
