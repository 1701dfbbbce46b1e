"""When what the gateway says of everybody is believed: one person's words must not stop the bot for all."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.clock import Clock
from bot.core.errors import ProviderError
from bot.core.model import Fault, Job
from bot.core.rules import moments

REMEMBERED = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Witness:
    prompt: str
    until: datetime


class Witnesses:
    """Believes a code or a status at once, and words alone once two jobs with different prompts have met them.

    A gateway may quote a prompt, in ways that nobody has seen yet. An image in between shows that the words were wrong.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._first: dict[tuple[Fault, str], _Witness] = {}

    def believe(self, job: Job, error: ProviderError) -> bool:
        """Return whether what a job met holds for others, too."""
        if error.certain:
            return True
        of_a_model = error.fault.of_the_model
        about, prompt = (error.fault, job.request.model if of_a_model else ""), _plain(job.request.prompt)
        before, now = self._first.get(about), self._clock.now()
        if before is None or not moments.holds(before.until, now, REMEMBERED):
            before = self._first[about] = _Witness(prompt=prompt, until=now + REMEMBERED)
        return before.prompt != prompt

    def forget(self) -> None:
        """Take an image that was drawn as a proof that nothing of it holds."""
        self._first.clear()


def _plain(prompt: str) -> str:
    return " ".join(prompt.casefold().split())
