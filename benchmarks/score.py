"""What happens during one run: when each command was sent and acknowledged, and when the last image arrived."""

import asyncio
import time
from contextlib import suppress


class Score:
    """Records one run at a time."""

    def __init__(self) -> None:
        self.began = 0.0
        self.calls = self.refusals = 0
        """The number of requests to the servers, and of commands that were refused."""
        self._asked: dict[str, float] = {}
        self._answered: dict[str, float] = {}
        self._jobs = self._done = self._wanted_answers = 0
        self._ended = 0.0
        self._over = asyncio.Event()

    def begin(self, jobs: int, acknowledgements: int = 0) -> None:
        """Begin a run. It ends after `jobs` images, or if `acknowledgements` isn't 0, after that many of them."""
        self.began = time.monotonic()
        self.calls = self.refusals = self._done = 0
        self._jobs, self._wanted_answers = jobs, acknowledgements
        self._asked, self._answered, self._over = {}, {}, asyncio.Event()

    def called(self) -> None:
        """Count a request."""
        self.calls += 1

    def asked(self, name: str) -> None:
        """Record that a command is sent now."""
        self._asked[name] = time.monotonic()

    def answered(self, name: str) -> None:
        """Record that a command is acknowledged now."""
        if name in self._asked:
            self._answered.setdefault(name, time.monotonic())
        if self._wanted_answers and len(self._answered) >= self._wanted_answers:
            self._end()

    def refused(self) -> None:
        """Record that a command is refused: no image will come."""
        self.refusals += 1
        self.done()

    def done(self) -> None:
        """Record that an image arrived."""
        self._done += 1
        if self._done == self._jobs and not self._wanted_answers:
            self._end()

    async def over(self, seconds: float) -> float:
        """Wait up to `seconds` for the end. Return the seconds since the beginning; infinity if the run did not end."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._over.wait()
            return self._ended - self.began
        return float("inf")

    def waits(self) -> list[float]:
        """Return how long each acknowledgement took, in seconds; infinity if it never came."""
        return [self._answered.get(name, float("inf")) - asked for name, asked in self._asked.items()]

    @property
    def done_jobs(self) -> int:
        """How many jobs have ended."""
        return self._done

    def _end(self) -> None:
        self._ended = time.monotonic()
        self._over.set()
