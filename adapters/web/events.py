"""Which connections of this process listen to which user's job changes."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from bot.core.bounds import STREAMS

ANY = ""
"""Stands for one of the user's jobs, if it isn't known which."""


class Listener:
    """One open connection of a user. Several changes of a job count as one until they are fetched."""

    def __init__(self) -> None:
        self._jobs: dict[str, None] = {}
        self._news = asyncio.Event()
        self._closed = False
        self.replaced = False
        """Whether a newer one of the same user took its place."""

    def tell(self, job: str) -> None:
        """Record that a job changed."""
        self._jobs[job] = None
        self._news.set()

    def close(self, *, replaced: bool = False) -> None:
        """End, and wake the caller that waits."""
        self._closed, self.replaced = True, replaced
        self._news.set()

    async def changed(self, seconds: float) -> tuple[str, ...] | None:
        """Wait up to `seconds` for changes. Return the changed jobs, which may be empty, or None once it is closed."""
        try:
            async with asyncio.timeout(seconds):
                await self._news.wait()
        except TimeoutError:
            return ()
        if self._closed:
            return None
        jobs = tuple(self._jobs)
        self._jobs.clear()
        self._news.clear()
        return jobs


class Changes:
    """Passes changes to listeners while it is open. A missed change is harmless: the ledger has the state."""

    def __init__(self) -> None:
        self._listeners: dict[str, list[Listener]] = {}
        self._open = False

    @property
    def is_open(self) -> bool:
        """Whether listeners are accepted."""
        return self._open

    @contextmanager
    def open(self) -> Iterator[None]:
        """Accept listeners; at the end close all of them, so that no connection delays a shutdown."""
        self._open = True
        try:
            yield
        finally:
            self._open = False
            for listeners in self._listeners.values():
                for listener in listeners:
                    listener.close()

    @contextmanager
    def listen(self, person: str) -> Iterator[Listener]:
        """Yield a listener to one user's changes. Where a user has many, it takes the place of the oldest."""
        listener = Listener()
        if not self._open:
            listener.close()
        listeners = self._listeners.setdefault(person, [])
        if len(listeners) >= STREAMS:
            listeners[-STREAMS].close(replaced=True)
        listeners.append(listener)
        try:
            yield listener
        finally:
            listeners.remove(listener)
            if not self._listeners[person]:
                del self._listeners[person]

    def tell(self, person: str, job: str) -> None:
        """Notify every connection of a user that a job changed."""
        for listener in self._listeners.get(person, ()):
            listener.tell(job)
