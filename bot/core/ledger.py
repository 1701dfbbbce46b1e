"""What the core needs of the ledger: how jobs come into it, are worked on, and are asked about."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from bot.core.copies import Copy
from bot.core.image import ImageRequest, Note, StoredImage
from bot.core.model import Asked, Fault, HistoryPage, Job, Limits, Status, Usage, Window
from bot.core.origin import Address, Profile
from bot.core.queue import Accepted, Claimed, QueuePosition
from bot.core.rules.admission import NewJob


class Admission(Protocol):
    """How jobs come into the ledger, and are taken back. Every method is one transaction, and raises StorageError."""

    async def accept(self, job: NewJob, limits: Limits, *, hold: timedelta, max_running: int) -> Accepted:
        """Insert a job as `queued` if `rules.admission.admit` lets it in, and return it with its position in the queue.

        No worker takes it during `hold`, so that its user sees the queued reply first; `confirm` ends the hold.
        Raises the refusal of the first case that holds.
        """
        ...

    async def confirm(self, job_id: str, address: Address) -> None:
        """End the hold and store the address of the queued reply. Does nothing once a worker has claimed it."""
        ...

    async def withdraw(self, job_id: str) -> bool:
        """Cancel a job that was never shown (`cancelled`, notified). False if it is no longer `queued` and unowned.

        This holds for a job whose interrupted `accept` is still committing, too.
        """
        ...

    async def reopen(
        self, job_id: str, address: Address, *, instead_of: Address | None = None, left: Copy | None = None
    ) -> bool:
        """Let a worker show an ended job's outcome again, at `address`. False if it hasn't ended, or is being shown.

        With `instead_of`, also if it is shown elsewhere than there by now. `left` is what is left where it was.
        """
        ...

    async def add_copy(self, job_id: str, copy: Copy) -> None:
        """Note that another message is about to show a job's images, if `rules.copying.admit` lets it.

        Raises JobNotFound, and the refusal of the first case that holds.
        """
        ...

    async def set_copy(self, job_id: str, copy: Copy) -> bool:
        """Store where the copy with this id is by now. False if the job was deleted meanwhile, or is being shown."""
        ...

    async def drop_copy(self, job_id: str, copy_id: str) -> None:
        """Forget a copy that isn't there any more, unless the job was deleted meanwhile, or is being shown."""
        ...

    async def delete(self, job_id: str, by: str, address: Address) -> Job:
        """Mark a job as deleted by a user, and end it by `rules.lifecycle.after_delete`, leased or not.

        Nobody finds it from then on; who, where and when is kept, what was asked for and drawn is not. A worker
        deletes what is left of it: the images, and the message at `address`. Raises JobNotFound, also the second time.
        """
        ...

    async def move(self, job_id: str, old: Address, new: Address) -> bool:
        """Store where an ended job is shown now, if that was `old`. Return whether it was."""
        ...

    async def unlink(self, job_id: str) -> None:
        """Forget the link to the message of an ended job, which was deleted."""
        ...

    async def cancel(self, job_id: str) -> Job:
        """Cancel a job, leased or not, by `rules.lifecycle.after_cancel`; its user isn't notified yet.

        The next fenced write of the job's worker fails. Raises JobNotFound, TooLate.
        """
        ...


class WorkQueue(Protocol):
    """The jobs that wait for work, and the writes of the worker that has one. Raises StorageError.

    Methods that take a `Job` are fenced: they change the row only while its id, owner, attempt and status are still
    those of the given value, and raise LeaseLost otherwise.
    """

    async def claim(self, owner: str, *, max_running: int) -> Claimed | None:
        """Take the next job that is due and lease it to `owner`; its `attempt` is raised by one.

        Due are: a `queued` job (in fair order: the user with the fewest running jobs first, then the oldest job; only
        while less than `max_running` places are taken over all processes, by leased jobs and by unanswered requests;
        none while paused, one at a time in an outage, none of a model that is cooling down), a `delivering` job, or an
        ended job whose outcome was not shown. The status stays the same.
        A row that can't be read is set aside, and the next one is taken. None if nothing is due.
        """
        ...

    async def begin(self, owner: str, job: Job, chosen: Job, address: Address, *, max_running: int) -> Claimed | None:
        """Do what `confirm` does with a job that was just accepted. If it needn't wait, begin it in the same commit.

        That is: lease it to `owner`, and move it on to `generating` with the request of `chosen`, as `claim` and
        `advance` would. `rules.places.start_at_once` says whether it may. None if it has to wait, or is no longer held.
        """
        ...

    @property
    def set_aside(self) -> Sequence[str]:
        """The ids of jobs that this process found but can't read: `claim` leaves them to other processes."""
        ...

    async def renew(self, owner: str, job_ids: Collection[str]) -> None:
        """Extend the leases that `owner` holds on these jobs.

        Leases on other jobs expire. So name the jobs that are being worked on: those that were lost track of are freed.
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
        whose delivery ends counts as notified: see `mark_notified`. A `request` takes the place of the job's own, and
        the model of `asked` that of what was asked for. None leaves a field unchanged. Raises ForbiddenTransition.
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

        With `complete` no more images are to come: the job moves on to `delivering` in the same commit. Otherwise,
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
        """Record that an ended job's outcome is visible, at `address`: lease and tokens are of no more use. Fenced.

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
        """End what waited for `after` in an outage of the gateway, to be told. Return how many jobs these are."""
        ...

    async def end_left_waiting(self) -> int:
        """End what waited while no process lived for long, to be told. Return how many jobs these are."""
        ...

    async def follow_clock(self, owner: str, step: timedelta) -> None:
        """Move all stored moments by a step of the machine's clock, if no process but `owner` lives.

        Several processes would each move them: where there are several, what lies too far ahead is forgotten.
        """
        ...


class Ledger(Protocol):
    """What can be asked about jobs. Every method reads one state of the database, and raises StorageError."""

    async def get(self, job_id: str) -> Job | None:
        """Return a job, or None if there is no such job, or no longer, since it was deleted. Raises UnreadableJob."""
        ...

    async def ends(self, job_ids: Collection[str]) -> Mapping[str, datetime | None]:
        """Return when each of these jobs ended; None for an open job. Jobs without a row are left out."""
        ...

    async def shown_with(self, part: str, platform: str, *, before: datetime, after: str, size: int) -> Sequence[str]:
        """Return the ids of jobs of a platform that ended before a moment, in order, from those that follow `after`.

        Only of jobs whose address, or that of a copy, has a part of this name, and not of deleted ones.
        """
        ...

    async def deleted(self, job_ids: Collection[str]) -> Collection[str]:
        """Return which of these jobs are marked as deleted."""
        ...

    async def usage(self, user_id: str, window: Window) -> Usage:
        """Return a user's images in the window."""
        ...

    async def earlier_doubt(self, job: Job, window: Window) -> int:
        """Return how many images in doubt (`bot.core.rules.doubt`) the job's asker had in the window before it."""
        ...

    async def find(self, user_id: str, number: str) -> Job | None:
        """Return a user's newest job whose id ends with these digits, unless it was deleted. Raises UnreadableJob."""
        ...

    async def open_jobs(self, user_id: str) -> Sequence[Job]:
        """Return a user's jobs that wait or are being drawn, oldest first, a handful at most."""
        ...

    async def history(
        self, user_id: str, *, size: int, cursor: str | None = None, words: Sequence[str] = ()
    ) -> HistoryPage:
        """Return a page of a user's jobs, newest first, without `cancelled` and deleted ones.

        With `words`, of those whose prompts have all of them, in whatever case.
        """
        ...

    async def queue_position(self, job_id: str, *, max_running: int) -> QueuePosition | None:
        """Return a queued job's position, and how long it will take. None if it isn't queued."""
        ...

    async def queue_positions(self, job_ids: Collection[str], *, max_running: int) -> Mapping[str, QueuePosition]:
        """Return the positions of those of these jobs that wait; left out are also jobs that a worker has just taken.

        To ask for all costs about as much as to ask for one.
        """
        ...

    async def durations(self, models: Collection[str]) -> Mapping[str, float]:
        """Return the median seconds that the latest jobs of each model took; models that drew nothing are left out."""
        ...

    async def counts(self) -> Mapping[Status, int]:
        """Return the number of jobs in each status."""
        ...

    async def newest_waiting(self) -> str | None:
        """Return the id of the newest job that waits, as far as it is an id of the bot's own making."""
        ...

    async def waiting_since(self) -> datetime | None:
        """Return when the job that waits longest was asked for; None if none waits."""
        ...

    async def check(self) -> None:
        """Read and write once. Raises StorageError."""
        ...


class People(Protocol):
    """What is known about people, in all processes. Raises StorageError."""

    async def known(self, user_id: str) -> Profile | None:
        """Return what is known about a user, or None if nothing is."""
        ...

    async def remember(self, user_id: str, *, name: str, locale: str, asked: datetime) -> None:
        """Store what the platform said of a user at `asked`, unless a later answer is stored. Settings stay."""
        ...

    async def adopt(self, former: str, user_id: str) -> None:
        """Give a user the jobs that are stored under a former id of theirs, and what is known about it."""
        ...
