"""What all processes are told of the gateway: that it fails or works again, and what it said about everybody."""

import logging
from collections.abc import Awaitable
from datetime import datetime, timedelta
from typing import NamedTuple

from bot.core.clock import Clock
from bot.core.errors import ProviderError, StorageError
from bot.core.gateway_state import GatewayState
from bot.core.model import Fault, Job
from bot.core.queue import Outage
from bot.core.rules import moments
from bot.core.rules import outage as outages

logger = logging.getLogger(__name__)

COOL_DOWN = timedelta(seconds=60)
FIRST_PAUSE = timedelta(seconds=15)
REMEMBERED = timedelta(minutes=10)


class _Witness(NamedTuple):
    prompt: str
    until: datetime


class Reports:
    """Tells all processes what happens to the jobs of this one, but never because of one prompt alone.

    A gateway may quote a prompt, in ways that nobody has seen yet, or break at it. So a code or a status is believed at
    once, and words alone once two different prompts have met them with no image in between.
    """

    def __init__(
        self,
        *,
        gateway: GatewayState,
        clock: Clock,
        cool_down: timedelta = COOL_DOWN,
        first_pause: timedelta = FIRST_PAUSE,
    ) -> None:
        self._gateway, self._clock = gateway, clock
        self._cool_down, self._first_pause = cool_down, first_pause
        self._outage: Outage | None = None
        self._failed_at = ""
        """The prompt of the latest request that the gateway failed at."""
        self._first: dict[tuple[Fault, str], _Witness] = {}

    def notice(self, outage: Outage | None) -> None:
        """Note what a claim said of the gateway's latest failures: an answer will show that it works again."""
        self._outage = outage

    @property
    def is_outage(self) -> bool:
        """Whether the queue waits for the gateway."""
        return outages.is_on(self._outage)

    def next_try(self, fault: Fault) -> timedelta | None:
        """Return how long a failed job waits for the gateway's next try in an outage; None if there is no outage."""
        if fault not in outages.FAULTS or not outages.is_on(self._outage) or not self._outage.until:
            return None
        return max(self._outage.until - self._clock.now(), timedelta())

    async def drew(self) -> None:
        """Tell that the gateway works, since it drew an image: its earlier words were wrong."""
        await _told(self._answered())
        self._first.clear()

    async def met(self, job: Job, error: ProviderError, wait: timedelta) -> None:
        """Tell how a job failed. `wait` says for how long nothing is sent after too many requests."""
        await _told(self._tell(job, error, wait))

    def believe(self, job: Job, error: ProviderError) -> bool:
        """Return whether what happened to a job holds for others, too."""
        if error.certain:
            return True
        model = job.request.model if error.fault.of_the_model else ""
        about, prompt, now = (error.fault, model), _plain(job), self._clock.now()
        before = self._first.get(about)
        if before is None or not moments.holds(before.until, now, REMEMBERED):
            before = self._first[about] = _Witness(prompt=prompt, until=now + REMEMBERED)
        return before.prompt != prompt

    async def _tell(self, job: Job, error: ProviderError, wait: timedelta) -> None:
        await (self._failed(job, error.fault) if error.fault in outages.FAULTS else self._answered())
        if not self.believe(job, error):
            logger.warning("job %s: what it met counts for others once another prompt meets it", job.id)
            return
        match error.fault:
            case Fault.AUTH | Fault.BALANCE:
                logger.error("the image gateway refuses all work: %s", error)
                await self._gateway.set_gateway_down(error.fault)
            case Fault.MISCONFIGURED | Fault.BLOCKED:
                logger.error("the image gateway can't be used: %s", error)
            case Fault.NO_IMAGES:
                logger.error("%s is taken off the menu, as it makes no images by this route", job.request.model)
            case Fault.MODEL_UNAVAILABLE | Fault.NOT_OFFERED:
                await self._gateway.cool_down(job.request.model, self._clock.now() + self._cool_down)
            case Fault.RATE_LIMIT:
                await self._gateway.pause(self._clock.now() + wait)

    async def _failed(self, job: Job, fault: Fault) -> None:
        before, same = self._outage, _plain(job) == self._failed_at
        self._failed_at = _plain(job)
        if same and fault is not Fault.NOT_CONNECTED and not outages.is_on(before):
            return  # one prompt that a gateway can't bear must not pause it for everybody
        self._outage = now = await self._gateway.failed(fault, sent=job.started_at, first_pause=self._first_pause)
        if outages.is_on(now) and now != before:
            logger.error(
                "the image gateway failed %d times in a row (%s): the queue waits until %s, then one job tries it",
                *(now.failures, fault, now.until),
            )

    async def _answered(self) -> None:
        self._failed_at = ""
        if before := self._outage:
            self._outage = None
            await self._gateway.answered()
            if outages.is_on(before):
                logger.info("the image gateway works again, after %d failures", before.failures)


async def _told(telling: Awaitable[None]) -> None:
    try:
        await telling
    except StorageError as away:  # the end of this job must not be lost
        logger.warning("others are not told how the gateway is: %s", away)


def _plain(job: Job) -> str:
    return " ".join(job.request.prompt.casefold().split())
