"""Which model draws a job whose asker named none: the best that the gateway has when the request is sent."""

import logging
from collections.abc import Sequence
from dataclasses import replace

from bot.core.catalogue.catalogue import Catalogue
from bot.core.clock import Clock
from bot.core.errors import ProviderError
from bot.core.gateway_state import GatewayState
from bot.core.model import Fault, Job
from bot.core.refusals import NoModel, UsageError
from bot.core.rules import moments

logger = logging.getLogger(__name__)

REMEMBERED = moments.LONGEST_REFUSAL
FIRST_LIST_SECONDS = 3.0
_JOBS = 1000


class ModelChoice:
    """Chooses models for people who leave the choice to the bot, and remembers which ones the gateway refused.

    `test_pictures`: the bot draws by itself.
    """

    def __init__(
        self,
        *,
        catalogue: Catalogue,
        gateway: GatewayState,
        clock: Clock,
        test_pictures: bool = False,
        first_list_seconds: float = FIRST_LIST_SECONDS,
    ) -> None:
        self._catalogue, self._gateway, self._clock = catalogue, gateway, clock
        self._first_list_seconds, self._test_pictures = first_list_seconds, test_pictures
        self._passed_over: dict[str, tuple[str, ...]] = {}
        """The models that were refused for single jobs, for a reason that may hold for that job alone."""

    async def chosen(self, job: Job) -> Job:
        """Return a job that is about to be sent with the request to send. What was asked for is kept as far as it fits.

        Just after the start this waits for the gateway's list, but not for long. If the earlier default is still
        offered, or was a guess that the list doesn't have, the new one counts as the model that was asked for, and
        people read nothing of the other.
        """
        if self._is_free(job):
            await self._catalogue.wait_for_answer(self._first_list_seconds)
        return self._chosen(job)

    def chosen_at_once(self, job: Job) -> Job | None:
        """Do the same, unless the gateway's list would have to be waited for: then None."""
        return None if self._is_free(job) and not self._catalogue.was_answered else self._chosen(job)

    def _chosen(self, job: Job) -> Job:
        if job.asked is None or job.images:
            return job
        if job.asked.test != self._test_pictures:  # it was accepted while another key was set
            job = replace(job, asked=replace(job.asked, test=self._test_pictures))
        return self._with_best_model(job) if self._is_free(job) else job

    def _with_best_model(self, job: Job) -> Job:
        model = self._best_for(job)
        if job.asked is None or model == job.request.model:
            return job
        try:
            request = self._catalogue.fit({**job.asked.options, "prompt": job.request.prompt, "model": model})
        except (UsageError, NoModel) as error:  # a prompt that is too long for the other model
            logger.info("job %s stays with %s: %s", job.id, job.request.model, error)
            return job
        before = job.asked.model
        needs_no_word = self._catalogue.has(before) or self._catalogue.is_missing(before)
        asked = replace(job.asked, model=request.model) if needs_no_word else job.asked
        return replace(job, request=request, asked=asked)

    def explained(self, job: Job, error: ProviderError) -> ProviderError:
        """Return what a request of a job met, with what the gateway's list says of the model."""
        if error.fault is not Fault.MODEL_UNAVAILABLE or not self._catalogue.is_missing(job.request.model):
            return error
        return ProviderError(
            Fault.NOT_OFFERED, error.message, request_id=error.request_id, retry_after=error.retry_after
        )

    async def refused(self, job: Job, fault: Fault, *, to_all: bool = True) -> bool:
        """Remember that the gateway refused the job's model as a whole. Return whether another model can draw it.

        `to_all`: it refuses it to every job; otherwise it is passed over for this one alone. Raises StorageError.
        """
        model = job.request.model
        if to_all:
            until = self._clock.now() + REMEMBERED
            self._catalogue.add_refused(model, until, makes_images=fault is not Fault.NO_IMAGES)
            await self._gateway.refuse_model(model, until, fault)
        elif job.id in self._passed_over or len(self._passed_over) < _JOBS:
            self._passed_over[job.id] = (*self._passed_over.get(job.id, ()), model)
        return self._is_free(job) and (await self.chosen(job)).request != job.request

    def ended(self, job: Job) -> None:
        """Forget what was passed over for a job."""
        self._passed_over.pop(job.id, None)

    def _best_for(self, job: Job) -> str:
        """Return the default, or the first other one if it was refused to this job."""
        default, refused = self._catalogue.default, self._passed_over.get(job.id, ())
        if default not in refused:
            return default
        others: Sequence[str] = [name for name in self._catalogue.names() if name not in refused]
        return next((name for name in others if self._catalogue.has(name)), default)

    def _is_free(self, job: Job) -> bool:
        # With an image of one model made, the others are to be of the same.
        return job.asked is not None and not job.asked.named and not job.images
