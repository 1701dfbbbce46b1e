"""What the core needs of the outside. Implementations live in `bot.cometapi`, `adapters` and `storage`."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from bot.core.model import (
    Address,
    Fault,
    Generation,
    HistoryPage,
    ImageLimits,
    ImageRequest,
    Job,
    Limits,
    NewJob,
    OfferedModel,
    QueuePlace,
    Status,
    StoredImage,
    Usage,
    Window,
)
from bot.core.replies import Reply


class Clock(Protocol):
    """Where time comes from."""

    def now(self) -> datetime:
        """Give the current time, UTC, with a time zone."""
        ...


class ImageProvider(Protocol):
    """An image gateway."""

    async def generate(self, request: ImageRequest) -> Generation:
        """Send one generation request, once, and give the images' bytes.

        Raises ProviderError with the class of what went wrong. Never sends the request twice.
        """
        ...

    async def models(self) -> Sequence[OfferedModel]:
        """Give the image models on the live list. Raises ProviderError."""
        ...

    async def check(self) -> None:
        """Ask something that needs the key but costs nothing. Raises ProviderError."""
        ...


class ImageStore(Protocol):
    """Image bytes at rest."""

    async def put(self, key: str, data: bytes) -> None:
        """Store, atomically: a reader sees all or nothing. Raises StorageError."""
        ...

    async def get(self, key: str) -> bytes:
        """Read. Raises StorageError; KeyError if there is no such image."""
        ...

    async def jobs(self) -> Sequence[str]:
        """Give the ids of the jobs of which something is kept, whether or not the ledger knows them.

        Raises StorageError.
        """
        ...

    async def delete(self, job_id: str) -> int:
        """Delete a job's images, and nothing that isn't the bot's own; gives how many. Raises StorageError."""
        ...

    async def check(self) -> None:
        """Write, read and delete a probe. Raises StorageError."""
        ...


class Messenger(Protocol):
    """The way back to one platform."""

    async def show(self, address: Address, reply: Reply) -> Address:
        """Make `reply` the state that people see at `address`. Idempotent where the platform can edit.

        Falls back as the platform allows (original response, channel message by the bot, direct message), and says
        in the message where it was asked if it isn't shown there. Gives the address where it is now seen, to be used
        for the next call. Raises DeliveryError.
        """
        ...

    def limits(self, address: Address) -> ImageLimits:
        """Say what images the place can show."""
        ...


class JobRepository(Protocol):
    """The ledger. Every method is one transaction. Any of them raises StorageError if the database is away.

    Methods that take a `Job` and write are fenced: they change the row only while its id, owner, attempt and status
    are still those of the value given, and raise LeaseLost otherwise.
    """

    async def accept(self, job: NewJob, limits: Limits, *, hold: timedelta) -> Job:
        """Insert as `queued`, if every limit allows it, the gateway can be used, and the model doesn't cool down.

        For `hold` no worker takes it, so that the asker can be shown first that it waits; `confirm` ends the hold.
        Raises Duplicate, OutOfOrder, ModelCoolingDown, QuotaExceeded, TooManyOpen, BacklogFull, BudgetSpent.
        """
        ...

    async def confirm(self, job_id: str, address: Address) -> None:
        """End the hold and keep where the queued reply is seen. Does nothing if the job moved on already."""
        ...

    async def withdraw(self, job_id: str) -> bool:
        """Cancel a job that nobody was shown (`cancelled`, told). False if it is no longer `queued`, unowned."""
        ...

    async def get(self, job_id: str) -> Job | None:
        """Read one job."""
        ...

    async def claim(self, owner: str, *, max_running: int) -> Job | None:
        """Take the next piece of work and lease it to `owner`: one job, its `attempt` raised by one.

        What is due: a `queued` job (fair order: the user with the fewest running first, then the oldest; at most
        `max_running` of them leased or `generating` over all processes; none while paused, none of a model that cools
        down), a `delivering` job, or an ended job whose outcome nobody was told. Its status is as found.
        A row that can't be read is set aside, and the next is taken. None if nothing is due.
        """
        ...

    @property
    def set_aside(self) -> Sequence[str]:
        """The ids of jobs that this process came upon and can't read: `claim` leaves them to other processes."""
        ...

    async def renew(self, owner: str, job_ids: Collection[str]) -> None:
        """Extend the leases that `owner` holds on these jobs.

        A lease that is left out runs out: name what is being worked on, and what was lost track of is freed.
        """
        ...

    async def advance(
        self,
        job: Job,
        status: Status,
        *,
        fault: Fault | None = None,
        request_id: str | None = None,
        revised_prompt: str | None = None,
        told: bool | None = None,
    ) -> Job:
        """Move on: to `generating` (sets `started_at`, clears `fault`), `delivering`, or an end (sets `ended_at`).

        Fenced. The lease stays, except that `told=True` on an ended job gives it up and erases the address's tokens.
        None leaves a field as it is.
        """
        ...

    async def add_image(self, job: Job, image: StoredImage) -> Job:
        """Record an image that is in the store. Fenced."""
        ...

    async def readdress(self, job: Job, address: Address) -> Job:
        """Keep where the job's messages are seen now. Fenced, whatever the status is meanwhile.

        A cancelled job that nobody has claimed since, to tell of its end, counts as still held.
        """
        ...

    async def put_off(self, job: Job, until: datetime, *, fault: Fault | None = None) -> None:
        """Give the lease up; nobody claims it before `until`. Fenced.

        A `generating` job goes back to `queued` (only for a request known not to have been processed), with the `fault`
        that it waits for the end of; a `delivering` one, or an untold one, stays, with `deliveries` raised by one.
        """
        ...

    async def cancel(self, job_id: str) -> Job:
        """Cancel a `queued` job, leased or not, or stop a `generating` one: then `cancelled` or `stopped`, untold.

        Its worker's next fenced write fails. Raises JobNotFound; TooLate in any other status.
        """
        ...

    async def take_over(self, owner: str) -> Sequence[Job]:
        """Free the jobs of dead owners: those whose lease ran out, and those whose liveness lock is free.

        What a dead process accepted and still held for its asker is held no longer.

        `queued`, `delivering` and untold ones become claimable; `generating` becomes `delivering` if images are
        recorded, else `unknown` with Fault.CRASHED, untold. Gives the jobs that were freed and can be read.

        What was set aside for a whole lease ends `unknown`, told, if no other process lives that might read it.
        """
        ...

    async def ends(self, job_ids: Collection[str]) -> Mapping[str, datetime | None]:
        """Give when each of these jobs ended, None for one that is open. One that there is no row of is left out."""
        ...

    async def usage(self, user_id: str, window: Window) -> Usage:
        """Sum a user's images in the window."""
        ...

    async def history(self, user_id: str, *, size: int, cursor: str | None = None) -> HistoryPage:
        """Page through a user's jobs, newest first, `cancelled` ones left out."""
        ...

    async def place(self, job_id: str, *, max_running: int) -> QueuePlace | None:
        """Say how many are before a queued job, and how long it will take. None if it isn't queued."""
        ...

    async def counts(self) -> Mapping[Status, int]:
        """Count all jobs by status."""
        ...

    async def pause(self, until: datetime) -> None:
        """Claim no `queued` job before `until` (the gateway's rate limit), on any process."""
        ...

    async def cool_down(self, model: str, until: datetime) -> None:
        """Claim no job of `model` before `until`, on any process."""
        ...

    async def out_of_order(self) -> Fault | None:
        """Say why the gateway can't be used at present (AUTH, BALANCE), or None if it can."""
        ...

    async def set_out_of_order(self, fault: Fault | None) -> None:
        """Keep, for all processes, whether the gateway can be used."""
        ...

    async def check(self) -> None:
        """Read and write once. Raises StorageError."""
        ...


class Wakeup(Protocol):
    """Word that work may be due, from this process or another. It may be missed: poll behind it."""

    async def wait(self, seconds: float) -> None:
        """Return when work may be due, or after `seconds`. A word given since the last wait counts."""
        ...

    def notify(self) -> None:
        """Say that work may be due, on any process. Never blocks, never raises."""
        ...


class Adapter(Protocol):
    """One platform's connection."""

    name: str

    @property
    def ready(self) -> bool:
        """Whether events arrive and replies can be sent now."""
        ...

    @property
    def messenger(self) -> Messenger:
        """The way back, usable while `run` runs."""
        ...

    async def run(self) -> None:
        """Connect, and serve until cancelled. Raises when the connection is lost for good; it may then be run again."""
        ...
