"""What happens during one run: who asked when, who was answered when, and when the last image was there."""

import asyncio
import time
from contextlib import suppress


class Score:
    """One run at a time."""

    def __init__(self) -> None:
        self.began = 0.0
        self.calls = 0
        """Requests that were made of the servers."""
        self._asked: dict[str, float] = {}
        self._answered: dict[str, float] = {}
        self._jobs = self._done = self._wanted_answers = 0
        self._ended = 0.0
        self._over = asyncio.Event()

    def begin(self, jobs: int, acknowledgements: int = 0) -> None:
        """Begin a run of so many jobs; it is over with all images, or else with so many acknowledgements."""
        self.began = time.monotonic()
        self.calls = self._done = 0
        self._jobs, self._wanted_answers = jobs, acknowledgements
        self._asked, self._answered, self._over = {}, {}, asyncio.Event()

    def called(self) -> None:
        """Count a request."""
        self.calls += 1

    def asked(self, name: str) -> None:
        """Note that somebody asks now."""
        self._asked[name] = time.monotonic()

    def answered(self, name: str) -> None:
        """Note that they are acknowledged."""
        if name in self._asked:
            self._answered.setdefault(name, time.monotonic())
        if self._wanted_answers and len(self._answered) >= self._wanted_answers:
            self._end()

    def done(self) -> None:
        """Note that somebody has their image."""
        self._done += 1
        if self._done == self._jobs and not self._wanted_answers:
            self._end()

    async def over(self, seconds: float) -> float:
        """Wait for the end; gives how long it took since the beginning."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._over.wait()
            return self._ended - self.began
        return float("inf")

    def waits(self) -> list[float]:
        """Give how long each acknowledgement took, in seconds; infinity for those that never came."""
        return [self._answered.get(name, float("inf")) - asked for name, asked in self._asked.items()]

    def _end(self) -> None:
        self._ended = time.monotonic()
        self._over.set()
