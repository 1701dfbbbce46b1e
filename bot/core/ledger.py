"""What the core needs of the ledger: how jobs are put into it, and what can be asked about them."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from bot.core.copies import Copy
from bot.core.model import HistoryPage, Job, Limits, Status, Usage, Window
from bot.core.origin import Address, Profile
from bot.core.queue import Accepted, QueuePosition
from bot.core.rules.admission import NewJob


class Admission(Protocol):
    """How jobs come into the ledger, and are taken back. Every method is one transaction, and raises StorageError."""

    async def accept(self, job: NewJob, limits: Limits, *, hold: timedelta, max_running: int) -> Accepted:
        """Insert a job as `queued` if `rules.admission.admit` lets it in, and return it with its position in the queue.

        No worker takes it during `hold`, so that its user sees the queued reply first; `confirm` ends the hold.
        Raises the refusal of the first case that holds.
        """
        ...

    async def confirm(self, job_id: str, address: Address | None) -> bool:
        """End the hold and store the address of the queued reply; with None it isn't known, and what is known stays.

        False, and nothing is done, once a worker has claimed it.
        """
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

        With `instead_of`, also if it is shown elsewhere than there by now. `left` is the copy that stays where it was.
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

        Nobody finds it from then on. The person, the place and the time are kept; the prompt and the images are not. A
        worker deletes what is left of it: the images, and the message at `address`. Raises JobNotFound, also the second
        time.
        """
        ...

    async def move(self, job_id: str, old: Address, new: Address) -> bool:
        """Store where an ended job is shown now, if that was `old`. Return whether it was."""
        ...

    async def unlink(self, job_id: str) -> None:
        """Forget the link to the message of an ended job, which was deleted."""
        ...

    async def cancel(self, job_id: str, pressed: Address | None = None) -> Job:
        """Cancel a job, leased or not, by `rules.lifecycle.after_cancel`; its user isn't notified yet.

        If it isn't known yet which message shows it, it is the `pressed` one. The next fenced write of the job's worker
        fails. Raises JobNotFound, TooLate.
        """
        ...


class Ledger(Protocol):
    """What can be asked about jobs. Every method reads one state of the database, and raises StorageError."""

    async def get(self, job_id: str) -> Job | None:
        """Return a job, or None if there is no such job, or no longer, since it was deleted. Raises UnreadableJob."""
        ...

    async def with_place(self, job_id: str, *, max_running: int) -> tuple[Job | None, QueuePosition | None]:
        """Return what `get` and `queue_position` return. If the job begins meanwhile, it has no position any more."""
        ...

    async def ends(self, job_ids: Collection[str]) -> Mapping[str, datetime | None]:
        """Return when each of these jobs ended; None for an open job. Jobs without a row are left out."""
        ...

    async def shown_with(self, part: str, platform: str, *, before: datetime, after: str, size: int) -> Sequence[str]:
        """Return the ids of jobs of a platform that ended before a moment, in order, beginning after the id `after`.

        Only jobs count that have a part of this name in their address, or in that of a copy, and aren't deleted.
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

        With `words`, only jobs whose prompts have all of them, in any case.
        """
        ...

    async def queue_position(self, job_id: str, *, max_running: int) -> QueuePosition | None:
        """Return a queued job's position, and how long it will take. None if it isn't queued."""
        ...

    async def queue_positions(self, job_ids: Collection[str], *, max_running: int) -> Mapping[str, QueuePosition]:
        """Return the positions of the jobs that wait. Other jobs are left out, also jobs that a worker has just taken.

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
        """Return when the job that waits longest was asked for; None if no job waits."""
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
