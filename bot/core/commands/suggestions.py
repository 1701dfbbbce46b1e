"""Suggestions: the values that are offered while an option is typed, with what is known of each."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress

from bot.core.catalogue.catalogue import Catalogue
from bot.core.clock import Clock
from bot.core.errors import StorageError
from bot.core.image import Offer
from bot.core.language import Language
from bot.core.ledger import Ledger
from bot.core.tasks import Tasks

# Suggestions are asked for with every letter that is typed.
_REMEMBERED = 5.0
# A chat waits about 3 seconds for them; how long a model takes is not worth more than a part of that.
_SECONDS = 0.5


class Suggestions:
    """Offers what the catalogue has. How long each model takes is asked of the ledger, at most every few seconds."""

    def __init__(self, *, catalogue: Catalogue, ledger: Ledger, clock: Clock, tasks: Tasks) -> None:
        self._catalogue, self._ledger, self._clock, self._tasks = catalogue, ledger, clock, tasks
        self._durations: Mapping[str, float] = {}
        self._asking: asyncio.Task[None] | None = None
        self._asked = clock.steady()

    async def of(self, option: str, model: str | None, texts: Language) -> Mapping[str, tuple[str, ...]]:
        """Return the values of an option, for `model` if one is named, each with what to say of it, most useful first.

        What isn't known is left out: a model's description and how long it takes, the size that a shape stands for.
        """
        completions = self._catalogue.completions(option, model)
        if option != "model":
            return {value: (size,) if size else () for value, size in completions.items()}
        await self._look()
        return {
            name: tuple(filter(None, (self._described(name, texts), self._lasts(name, texts)))) for name in completions
        }

    async def offers(self) -> Sequence[Offer]:
        """Return the models that may be chosen, the most useful first."""
        await self._look()
        return [
            Offer(
                name=name,
                description=self._catalogue.description(name),
                usd=self._catalogue.usd(name),
                seconds=self._durations.get(name),
            )
            for name in self._catalogue.names()
        ]

    def _described(self, model: str, texts: Language) -> str:
        description = self._catalogue.description(model)
        return texts.label(description) if description else ""

    def _lasts(self, model: str, texts: Language) -> str:
        seconds = self._durations.get(model)
        return "" if seconds is None else texts.label("about {duration}", duration=texts.duration(seconds))

    async def _look(self) -> None:
        """Look the durations up, unless that was done a moment ago. If the ledger is slow, the older ones are used."""
        now = self._clock.steady()
        if self._asking is None or (self._asking.done() and now - self._asked >= _REMEMBERED):
            self._asked = now
            self._asking = self._tasks.spawn(self._ask(), "looking up how long models take")
        if not self._asking.done():
            await asyncio.wait({self._asking}, timeout=_SECONDS)

    async def _ask(self) -> None:
        with suppress(StorageError):
            self._durations = await self._ledger.durations(self._catalogue.names())
