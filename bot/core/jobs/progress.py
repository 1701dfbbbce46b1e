"""Progress: how far a job is while it is drawn. One message is sent at a time, always with the latest state."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from bot.core.model import Job
from bot.core.origin import Address

# Platforms count edits of a message, and an outcome must not wait for them.
SHOWN_EVERY = 3.0
_BEGUN_SECONDS = 0.1


@dataclass(slots=True)
class Shown:
    """Where a job is shown, as far as it is known by now."""

    address: Address
    is_news: bool = True
    """Whether the ledger may not have it yet. If it has, it may know more, such as which message somebody pressed."""
    is_taken: bool = False
    """Whether a run of the job uses it."""

    def learn(self, address: Address) -> None:
        """Take note of where it is shown now."""
        if address != self.address:
            self.address, self.is_news = address, True


class Progress:
    """Shows a job that is being drawn, and again when more of its images are made, at most every few seconds.

    `show` shows the state of a job at the given place. The first message waits a moment for `begun`: to render it takes
    as long as to send the request, for which the asker waits.
    """

    def __init__(
        self,
        job: Job,
        show: Callable[[Job, Shown], Awaitable[object]],
        begun: asyncio.Event,
        every: float = SHOWN_EVERY,
    ) -> None:
        self.shown = Shown(job.origin.address, is_news=False)
        self._show, self._begun, self._every = show, begun, every
        self._latest, self._news, self._over = job, asyncio.Event(), asyncio.Event()

    def made(self, job: Job) -> None:
        """Take note that more images are made."""
        self._latest = job
        self._news.set()

    def end(self) -> None:
        """Show nothing more than what is being sent: the outcome follows."""
        self._over.set()
        self._news.set()

    async def run(self) -> None:
        """Show what there is until the end."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_BEGUN_SECONDS):
                await self._begun.wait()
        while not self._over.is_set():
            self._news.clear()
            await self._show(self._latest.at(self.shown.address), self.shown)
            try:
                async with asyncio.timeout(self._every):
                    await self._over.wait()
            except TimeoutError:
                await self._news.wait()
