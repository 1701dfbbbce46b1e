"""The values that the whole bot uses. All are frozen; none does I/O."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Self

from bot.core import foreign
from bot.core.access import Access
from bot.core.copies import Copy, copies_in
from bot.core.image import ImageRequest, StoredImage
from bot.core.origin import Address, Origin


class Status(StrEnum):
    """The state of a job. Whether a job counts against the user's quota depends on its status alone."""

    QUEUED = "queued"
    GENERATING = "generating"
    DELIVERING = "delivering"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    CANCELLED = "cancelled"
    STOPPED = "stopped"
    FAILED = "failed"
    UNKNOWN = "unknown"
    UNCLEAR = "unclear"
    """A status of a newer release that this one doesn't know. It is never written."""

    @classmethod
    def _missing_(cls, value: object) -> Self:
        return cls.UNCLEAR

    @property
    def ended(self) -> bool:
        """Whether the job's images and its cost will no longer change."""
        return self not in OPEN


NUMBER_DIGITS = 8

OPEN = frozenset({Status.QUEUED, Status.GENERATING, Status.DELIVERING})


class Action(StrEnum):
    """What a button asks for when it is pressed."""

    AGAIN = "again"
    EDIT = "edit"
    CANCEL = "cancel"
    STOP = "stop"
    SHOW = "show"
    SHOW_HERE = "here"
    SHOW_ALL = "all"
    SHOW_AGAIN = "reshow"
    SHARE = "share"
    DELETE = "delete"
    PAGE = "page"
    JOIN = "join"
    DIRECTLY = "directly"
    TRY_AGAIN = "retry"
    UNCLEAR = "unclear"
    """A button of a newer release that this one doesn't know. No button is made with it."""

    @classmethod
    def _missing_(cls, value: object) -> Self:
        return cls.UNCLEAR


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was asked for, before the catalogue made a request of it.

    `model` was named, or was the default. `options` are the others as they were typed, without the prompt.
    A `test` picture is drawn by the bot itself: it costs nothing, and counts for nothing.
    """

    model: str
    options: Mapping[str, str] = field(default_factory=dict)
    test: bool = False

    @property
    def named(self) -> bool:
        """Whether the asker named the model."""
        return "model" in self.options


class Fault(StrEnum):
    """Why a generation returned no image. Each fault has its own sentence for users."""

    CONTENT_POLICY = "content_policy"
    BAD_REQUEST = "bad_request"
    BAD_PICTURE = "bad_picture"
    TOO_LARGE = "too_large"
    AUTH = "auth"
    FORBIDDEN = "forbidden"
    BLOCKED = "blocked"
    """By something in between, such as a firewall, or because of where the bot runs."""
    BALANCE = "balance"
    RATE_LIMIT = "rate_limit"
    MODEL_UNAVAILABLE = "model_unavailable"
    NOT_OFFERED = "not_offered"
    """The model is unavailable, and isn't on the gateway's list."""
    NO_IMAGES = "no_images"
    """The model makes no images by the route that the bot uses."""
    BUSY = "busy"
    GATEWAY = "gateway"
    MISCONFIGURED = "misconfigured"
    EMPTY = "empty"
    VIOLATION_FEE = "violation_fee"
    BAD_IMAGE = "bad_image"
    IMAGE_LOST = "image_lost"
    NOT_CONNECTED = "not_connected"
    TIMEOUT = "timeout"
    CUT = "cut"
    UNCLEAR = "unclear"
    CRASHED = "crashed"
    STORAGE = "storage"
    RESTORED = "restored"
    """The ledger is an old copy: since it was made, the request may have been sent."""
    ABSENCE = "absence"
    """It waited while no process lived for long."""

    @classmethod
    def _missing_(cls, value: object) -> Self:
        """Read a fault of a newer release as UNCLEAR, the cautious choice: it may have been billed."""
        return cls.UNCLEAR

    @property
    def uncertain(self) -> bool:
        """Whether the gateway may have billed it. A job without images then ends `unknown`, otherwise `failed`."""
        return self in {
            Fault.TIMEOUT,
            Fault.CUT,
            Fault.UNCLEAR,
            Fault.CRASHED,
            Fault.IMAGE_LOST,
            Fault.BAD_IMAGE,
            Fault.STORAGE,
            Fault.RESTORED,
        }

    @property
    def billed(self) -> bool:
        """Whether the gateway bills it, or may have, though no image came of it."""
        return self.uncertain or self in {Fault.EMPTY, Fault.VIOLATION_FEE}

    @property
    def of_the_model(self) -> bool:
        """Whether another model may do: it is certain that nothing was generated."""
        return self in {Fault.MODEL_UNAVAILABLE, Fault.NOT_OFFERED, Fault.NO_IMAGES}

    @property
    def unprocessed(self) -> bool:
        """Whether it is certain that nothing was generated, so that the request may be sent again."""
        return self in {Fault.RATE_LIMIT, Fault.NOT_CONNECTED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job as stored in the ledger. Times are in UTC. `owner` and `attempt` fence the writes of its worker."""

    id: str
    origin: Origin
    request: ImageRequest
    status: Status
    created_at: datetime
    asked: Asked | None = None
    """None in a row of a release that didn't store it."""
    parent: str | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    images: tuple[StoredImage, ...] = ()
    images_sent: int | None = None
    """Once it was sent: for how many images a request was sent and not certainly refused; see `sent`.

    None while it is queued, and in a row of a release that didn't count them.
    """
    revised_prompt: str = ""
    fault: Fault | None = None
    request_id: str = ""
    owner: str | None = None
    attempt: int = 0
    deliveries: int = 0
    """How many times delivery was tried and put off."""
    not_before: datetime
    """No worker claims the job earlier: it is held until its user sees the queued reply, or it was put off."""
    notified: bool = False
    """Whether the outcome is visible to the user who asked."""
    announced: bool = False
    """Whether the user was, or may have been, told of it by a message of its own."""
    deleted_at: datetime | None = None
    """When people took it back. From then on only what has to be deleted of it is worked on."""
    deleted_by: str = ""
    """The id of the user who did."""
    doubt_counted: int = 0
    """How many of its images in doubt count against the quota: people read it, and it isn't stored."""
    seconds: float | None = None
    """How long its images took; None if that isn't known. People read it, and it isn't stored."""
    cost: float | None = None
    """About what its images cost, in USD; None if that isn't known. People read it, and it isn't stored."""

    def __post_init__(self) -> None:
        # An earlier release stored it whole.
        foreign.put(
            self,
            revised_prompt=foreign.text(self.revised_prompt),
            request_id=foreign.line(self.request_id),
            deleted_by=foreign.key(self.deleted_by),
        )

    @property
    def test(self) -> bool:
        """Whether its images are test pictures."""
        return self.asked is not None and self.asked.test

    @property
    def options(self) -> Mapping[str, str]:
        """Its options as they were asked for, which may suit another model, too: `landscape`, not pixels."""
        return self.asked.options if self.asked else self.request.options

    @property
    def sent(self) -> int:
        """How many images were made or may have been billed; if they weren't counted, all that were asked for."""
        return self.request.n if self.images_sent is None else self.images_sent

    @property
    def unanswered(self) -> int:
        """How many of its requests are being worked on."""
        return self.sent - len(self.images) if self.status is Status.GENERATING else 0

    @property
    def number(self) -> str:
        """The short form of its id, which people use: the last eight digits."""
        return self.id[-NUMBER_DIGITS:].upper()

    @property
    def copies(self) -> tuple[Copy, ...]:
        """The further messages that show its images."""
        return copies_in(self.origin.address)

    def at(self, address: Address) -> Self:
        """Return the same job, shown at another address."""
        return self if address == self.origin.address else replace(self, origin=self.origin.at(address))


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The quota's current period, from `start` (inclusive) to `end` (exclusive), UTC."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The limits that `accept` checks a new job against. `budget` is for all users together; None means no limit."""

    window: Window
    quota: int
    open_jobs: int
    backlog: int
    budget: int | None = None
    double_press: float = 2.0
    """Seconds within which the same request from the same parent by the same user counts as the same press."""
    shutting_down: bool = False
    """Whether this process accepts no new jobs."""
    store_away: bool = False
    """Whether this process can't store images, and hasn't been able to for a while."""
    access: Access = field(default_factory=Access)
    """The people who may draw where the job is asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """A user's images in the window: `used` were made or their job was stopped, `reserved` wait or are being made.

    Nobody can say whether those in `doubt` were billed; `bot.core.rules.doubt` says how many count.
    """

    used: int
    reserved: int
    doubt: int = 0


class HistoryPage(NamedTuple):
    """Jobs, newest first. `older` and `newer` are the cursors of the neighbouring pages; None if there is no page."""

    jobs: tuple[Job, ...]
    older: str | None = None
    newer: str | None = None
