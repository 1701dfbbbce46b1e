"""Who listens to the changes of whose jobs, inside this process."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

ANY = ""
"""Stands for "some job of yours", where it isn't known which."""


class Listener:
    """One open connection of a person. Changes of the same job that nobody fetched yet are one change."""

    def __init__(self) -> None:
        self._jobs: dict[str, None] = {}
        self._news = asyncio.Event()
        self._closed = False

    def tell(self, job: str) -> None:
        """Note that a job changed."""
        self._jobs[job] = None
        self._news.set()

    def close(self) -> None:
        """Let whoever waits go home."""
        self._closed = True
        self._news.set()

    async def changed(self, seconds: float) -> tuple[str, ...] | None:
        """Wait for changes for at most `seconds`: the jobs (none if nothing changed), or None once it is over."""
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
    """Carries changes to listeners while it is open. A missed change does no harm: the ledger has the state."""

    def __init__(self) -> None:
        self._listeners: dict[str, set[Listener]] = {}
        self._open = False

    @property
    def is_open(self) -> bool:
        """Whether listeners are taken."""
        return self._open

    @contextmanager
    def open(self) -> Iterator[None]:
        """Take listeners; at the end send all of them home, so that no connection holds a shutdown up."""
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
        """Listen to one person's changes."""
        listener = Listener()
        if not self._open:
            listener.close()
        self._listeners.setdefault(person, set()).add(listener)
        try:
            yield listener
        finally:
            self._listeners[person].discard(listener)
            if not self._listeners[person]:
                del self._listeners[person]

    def tell(self, person: str, job: str) -> None:
        """Tell every connection of a person that a job changed."""
        for listener in self._listeners.get(person, ()):
            listener.tell(job)
