"""What the core needs of the ledger for its workers."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from bot.core.image import ImageRequest, Note, StoredImage
from bot.core.model import Asked, Fault, Job, Status
from bot.core.origin import Address
from bot.core.queue import Claimed

Ready = Callable[[Job], Awaitable[Job | None]]
"""Returns a job with the request to send; None if the job has to wait for something first."""


class WorkQueue(Protocol):
    """The jobs that wait for work, and the writes of the worker that has one. Raises StorageError.

    Methods that take a `Job` are fenced: they change the row only while its id, owner, attempt and status are still
    those of the given value, and raise LeaseLost otherwise.
    """

    async def claim(self, owner: str, *, max_running: int, ready: Ready | None = None) -> Claimed | None:
        """Take the next job that is due and lease it to `owner`; its `attempt` is raised by one.

        Due are: a `queued` job (in fair order: the user with the fewest running jobs first, then the oldest job; only
        while less than `max_running` places are taken over all processes, by leased jobs and by unanswered requests;
        none while paused, one at a time in an outage, none of a model that is cooling down), a `delivering` job, or an
        ended job whose outcome was not shown. The status stays the same, unless `ready`, which is asked about a queued
        job that is next, returns it with its request: then it moves on to `generating` with that, as by `begin`.
        A row that can't be read is set aside, and the next one is taken. None if nothing is due.
        """
        ...

    async def begin(
        self, owner: str, job: Job, chosen: Job, address: Address | None, *, max_running: int
    ) -> Claimed | None:
        """Do what `confirm` does with a job that was just accepted. If it can be sent now, begin it in the same commit.

        That is: lease it to `owner`, and move it on to `generating` with the request of `chosen`, as `claim` and
        `advance` would. `rules.places.start_at_once` says whether it may. None if it has to wait. Raises LeaseLost
        where `confirm` would return False.
        """
        ...

    @property
    def set_aside(self) -> Sequence[str]:
        """The ids of jobs that this process found but can't read: `claim` leaves them to other processes."""
        ...

    async def renew(self, owner: str, job_ids: Collection[str]) -> None:
        """Extend the leases that `owner` holds on these jobs.

        Leases on other jobs expire. So name all jobs that are being worked on; a job that was lost track of is then
        freed.
        """
        ...

    async def advance(
        self,
        job: Job,
        status: Status,
        *,
        fault: Fault | None = None,
        request_id: str | None = None,
        address: Address | None = None,
        images_sent: int | None = None,
        max_running: int = 1,
        request: ImageRequest | None = None,
        asked: Asked | None = None,
        announced: bool = False,
    ) -> Job:
        """Move a job on: to `generating` (sets `started_at`, clears `fault`), `delivering` or an end (sets `ended_at`).

        A job that moves on to `generating` counts as sent for as many images as `rules.places` gives it places, of
        `max_running` over all processes: exactly these requests may be sent. Fenced. The lease stays, except that a job
        whose delivery ends counts as notified: see `mark_notified`. `request` replaces the job's own request, and the
        model of `asked` replaces the model that was asked for. None leaves a field unchanged. Raises
        ForbiddenTransition.
        """
        ...

    async def add_images(
        self,
        job: Job,
        images: Sequence[StoredImage],
        note: Note,
        *,
        complete: bool = False,
        max_running: int | None = None,
    ) -> Job:
        """Record images that are in the store, with what the gateway said of them.

        With `complete` these are the last images: the job moves on to `delivering` in the same commit. Otherwise,
        unless `max_running` is None, it counts as sent for as many more images as `rules.places` gives it. Fenced.
        """
        ...

    async def record_refusal(self, job: Job, *, images_sent: int) -> Job:
        """Record that requests of a `generating` job were certainly not processed: lower `images_sent`. Fenced."""
        ...

    async def record_unsent(self, job_id: str, *, images_sent: int) -> None:
        """Record that a job was `stopped` before more requests than these had left: lower `images_sent`."""
        ...

    async def mark_notified(self, job: Job, address: Address | None = None, *, announced: bool = False) -> Job:
        """Record that an ended job's outcome is visible, at `address`: lease and tokens are no longer needed. Fenced.

        `announced`: its asker is about to be told by a message of its own. The same with `advance`.
        """
        ...

    async def update_address(self, job: Job, address: Address) -> Job:
        """Store the address where the job's messages are shown now. Fenced, except that the status may have changed.

        A cancelled job counts as still held until a worker claims it to show its end.
        """
        ...

    async def defer(self, job: Job, until: datetime, *, fault: Fault | None = None, tried: bool = True) -> None:
        """Release the lease; no worker claims the job before `until`. Fenced.

        A `generating` job goes back to `queued` (only for requests known not to have been processed), with the `fault`
        whose end it waits for, as if it had never been sent. A `delivering` or untold job keeps its status; if it was
        `tried`, `deliveries` is raised by one.
        """
        ...

    async def take_over(self, owner: str) -> Sequence[Job]:
        """Free the jobs of dead owners: those whose lease expired, and those whose liveness lock is free.

        Jobs that a dead process accepted and still held for their users are held no longer. What becomes of the others
        is said by `rules.lifecycle.after_death`. Return the freed jobs that can be read.

        A job that was set aside for a whole lease ends `unknown`, notified, if no other process lives.
        """
        ...

    async def give_up_on_gateway(self, after: timedelta) -> int:
        """End jobs that waited for `after` in an outage of the gateway; their askers are told. Return how many."""
        ...

    async def end_left_waiting(self) -> int:
        """End the jobs that waited while no process lived for long; their askers are told. Return how many."""
        ...

    async def follow_clock(self, owner: str, step: timedelta) -> None:
        """Move all stored moments by a step of the machine's clock, if no process but `owner` lives.

        Several processes would each move them. If there are several, moments that lie too far ahead are dropped
        instead.
        """
        ...
