"""Which model draws a job whose asker named none: the best that the gateway has when the request is sent."""

import logging
from dataclasses import replace

from bot.core.catalogue import Catalogue
from bot.core.clock import Clock
from bot.core.ledger import GatewayState
from bot.core.model import Fault, Job
from bot.core.refusals import NoModel, UsageError
from bot.core.rules import moments

logger = logging.getLogger(__name__)

REMEMBERED = moments.LONGEST_REFUSAL
FIRST_LIST_SECONDS = 3.0


class ModelChoice:
    """Chooses models for those who leave the choice to the bot, and remembers which ones the gateway refused."""

    def __init__(
        self,
        *,
        catalogue: Catalogue,
        gateway: GatewayState,
        clock: Clock,
        first_list_seconds: float = FIRST_LIST_SECONDS,
    ) -> None:
        self._catalogue, self._gateway, self._clock = catalogue, gateway, clock
        self._first_list_seconds = first_list_seconds

    async def chosen(self, job: Job) -> Job:
        """Return a job that is about to be sent with the request to send. What was asked for is kept as far as it fits.

        Just after the start this waits for the gateway's list, but not for long. If the model that was the default
        before is offered, too, the new one is taken for what was asked for, as nothing has to be said of the other.
        """
        if not self._is_free(job):
            return job
        await self._catalogue.wait_for_answer(self._first_list_seconds)
        if job.asked is None or self._catalogue.default == job.request.model:
            return job
        try:
            request = self._catalogue.fit({**job.asked.options, "prompt": job.request.prompt})
        except (UsageError, NoModel) as error:  # a prompt that is too long for the other model
            logger.info("job %s stays with %s: %s", job.id, job.request.model, error)
            return job
        asked = replace(job.asked, model=request.model) if self._catalogue.has(job.asked.model) else job.asked
        return replace(job, request=request, asked=asked)

    async def refused(self, job: Job) -> bool:
        """Remember that the gateway refused the job's model as a whole. Return whether another model can draw it.

        Raises StorageError.
        """
        model, until = job.request.model, self._clock.now() + REMEMBERED
        self._catalogue.add_refused(model, until)
        await self._gateway.refuse_model(model, until, Fault.MODEL_UNAVAILABLE)
        return self._is_free(job) and (await self.chosen(job)).request != job.request

    def _is_free(self, job: Job) -> bool:
        # With an image of one model made, the others are to be of the same.
        return job.asked is not None and not job.asked.named and not job.images
