"""The names of mentioned people: Slack's events have only their ids, and so have some commands."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from datetime import timedelta

from adapters.slack import parse
from adapters.slack.client import SlackClient
from adapters.slack.refusals import translated
from bot.core.clock import Clock
from bot.core.errors import DeliveryError
from bot.core.language import speak
from bot.core.tasks import Tasks
from bot.core.visible import without_dashes

logger = logging.getLogger(__name__)

MOST_NAMES = 3
"""How many people of one text are looked up: each costs a request."""
_WAIT_SECONDS = 0.7
_KEPT_SECONDS, _AFTER_A_FAILURE = timedelta(days=1).total_seconds(), 60.0
_MOST_KEPT = 10_000


class Mentioned:
    """Asks users.info about them, and keeps the answers in memory alone: they didn't use the bot."""

    def __init__(self, client: SlackClient, clock: Clock, tasks: Tasks) -> None:
        self._client, self._clock, self._tasks = client, clock, tasks
        self._known: dict[str, tuple[str, float]] = {}
        self._rested = float("-inf")

    async def names(self, people: Sequence[str]) -> Mapping[str, str]:
        """Return the names of the first few, by their ids, as far as they are known in time."""
        people = tuple(dict.fromkeys(people))[:MOST_NAMES]
        unknown = [person for person in people if not self._is_fresh(person)]
        if unknown and self._clock.steady() >= self._rested:
            asking = {self._tasks.spawn(self._ask(person), f"asking who {person} is") for person in unknown}
            await asyncio.wait(asking, timeout=_WAIT_SECONDS)
        return {person: self._known[person][0] for person in people if self._known.get(person, ("", 0))[0]}

    def _is_fresh(self, person: str) -> bool:
        return person in self._known and self._clock.steady() - self._known[person][1] < _KEPT_SECONDS

    async def _ask(self, person: str) -> None:
        try:
            with translated():
                answer = await self._client.api.users_info(user=person)
        except DeliveryError as error:
            logger.info("could not ask who %s is: %s", person, error)
            if not error.permanent:
                self._rested = self._clock.steady() + (error.retry_after or _AFTER_A_FAILURE)
                return
            name = ""
        else:
            name = without_dashes(parse.person(answer.get("user") or {}).name)  # no flags of the asker's
        if person not in self._known and len(self._known) >= _MOST_KEPT:
            del self._known[next(iter(self._known))]
        self._known[person] = name, self._clock.steady()


def named(names: Mapping[str, str], locale: str) -> parse.Named:
    """Return what the people of a text are called, in the language of the person who wrote it."""
    texts = speak(locale)
    return parse.Named(people=names, someone=texts.label("someone"), a_channel=texts.label("a channel"))
