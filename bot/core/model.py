"""The values that the whole bot speaks in. All are frozen; none does I/O."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Self


class Status(StrEnum):
    """Where a job is. The ledger: what a job counts for follows from its status alone."""

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
    """What a newer release wrote and this one doesn't know. It is never written."""

    @classmethod
    def _missing_(cls, value: object) -> Self:
        return cls.UNCLEAR

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen to the job's images or its cost."""
        return self not in OPEN


OPEN = frozenset({Status.QUEUED, Status.GENERATING, Status.DELIVERING})


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person on one platform. `id` is unique over all platforms, e.g. `web:4f2…`."""

    id: str
    name: str
    admin: bool = False
    """Whether the platform says that this person administers the place they speak from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """Where something was said. `name` is for people, e.g. `#design`; empty if the platform gives none."""

    id: str
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """All that is needed to show something where it was asked, by any process, after a restart too.

    `place` stays (channel, message, …); `tokens` are short-lived secrets, erased once the job has ended and its
    outcome is visible. `link` leads people to the message, where the platform has such links.
    """

    platform: str
    place: Mapping[str, str] = field(default_factory=dict)
    tokens: Mapping[str, str] = field(default_factory=dict, repr=False)
    link: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRequest:
    """What is asked of an image model, checked against the catalogue. Fields carry the API's names.

    `None` means that nothing is sent for the field and the model decides.
    """

    model: str
    prompt: str = field(repr=False)
    n: int = 1
    size: str | None = None
    quality: str | None = None
    style: str | None = None
    background: str | None = None
    output_format: str | None = None


JOB_ID = re.compile(r"[0-9a-f]{26}")
IMAGE_KEY = re.compile(rf"(?:{JOB_ID.pattern})/[0-9]+\.(?:png|jpg|webp|gif)")
"""What the bot calls images in the image store: whatever else lies there is somebody else's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredImage:
    """An image of a job, in the image store. `width` and `height` in pixels, `size` in bytes."""

    key: str
    media_type: str
    width: int
    height: int
    size: int


class Fault(StrEnum):
    """Why a generation gave no image. Each has its own sentence for people."""

    CONTENT_POLICY = "content_policy"
    BAD_REQUEST = "bad_request"
    AUTH = "auth"
    FORBIDDEN = "forbidden"
    BALANCE = "balance"
    RATE_LIMIT = "rate_limit"
    MODEL_UNAVAILABLE = "model_unavailable"
    BUSY = "busy"
    GATEWAY = "gateway"
    MISCONFIGURED = "misconfigured"
    EMPTY = "empty"
    BAD_IMAGE = "bad_image"
    IMAGE_LOST = "image_lost"
    NOT_CONNECTED = "not_connected"
    TIMEOUT = "timeout"
    CUT = "cut"
    UNCLEAR = "unclear"
    CRASHED = "crashed"
    STORAGE = "storage"

    @classmethod
    def _missing_(cls, value: object) -> Self:
        """Read the word of a newer release as the cautious one of those that are known."""
        return cls.UNCLEAR

    @property
    def uncertain(self) -> bool:
        """Whether the gateway may have billed for it: such a job ends `unknown`, any other `failed`."""
        return self in {
            Fault.TIMEOUT,
            Fault.CUT,
            Fault.UNCLEAR,
            Fault.CRASHED,
            Fault.IMAGE_LOST,
            Fault.BAD_IMAGE,
            Fault.STORAGE,
        }

    @property
    def unprocessed(self) -> bool:
        """Whether it is known that nothing was generated, so that the request may be sent again."""
        return self in {Fault.RATE_LIMIT, Fault.NOT_CONNECTED}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewJob:
    """An accepted command on its way to the ledger. `key` names the event that asked: one key, one job."""

    id: str
    key: str
    user: User
    conversation: Conversation
    address: Address
    locale: str
    request: ImageRequest
    parent: str | None = None
    """The job whose button asked for this one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job as the ledger has it. Times are UTC. `owner` and `attempt` fence the writes of the worker that holds it."""

    id: str
    key: str
    user: User
    conversation: Conversation
    address: Address
    locale: str
    request: ImageRequest
    status: Status
    created_at: datetime
    parent: str | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    images: tuple[StoredImage, ...] = ()
    revised_prompt: str = ""
    fault: Fault | None = None
    request_id: str = ""
    owner: str | None = None
    attempt: int = 0
    deliveries: int = 0
    """How often delivery was tried and put off."""
    not_before: datetime
    """Nobody claims it earlier: it is held until the asker sees that it waits, or was put off."""
    told: bool = False
    """Whether the outcome is visible to the asker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The quota's current period, from `start` (inclusive) to `end` (exclusive), UTC."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What `accept` holds a new job against. `budget` is over all users; `None` for no limit."""

    window: Window
    quota: int
    open_jobs: int
    backlog: int
    budget: int | None = None
    double_press: float = 2.0
    """Seconds within which the same request from the same parent by the same user is the same press."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """A user's images in the window: `used` made, `reserved` by open jobs."""

    used: int
    reserved: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuePlace:
    """`position` 1 is next. `seconds` until the images are there, from measured latencies; None if none is measured."""

    position: int
    seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryPage:
    """Jobs newest first. `older` and `newer` are cursors for the neighbouring pages, None where there is none."""

    jobs: tuple[Job, ...]
    older: str | None = None
    newer: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What an image costs, in USD, and whether per image or per million output tokens."""

    usd: float
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedModel:
    """An image model on the gateway's live list."""

    name: str
    price: Price | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """What the gateway returned for one request: raw image bytes, as sent, not yet verified."""

    images: tuple[bytes, ...] = field(repr=False)
    revised_prompt: str = ""
    request_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageLimits:
    """What a place can show: media types, and bytes per file."""

    media_types: frozenset[str] = frozenset({"image/png", "image/jpeg", "image/webp", "image/gif"})
    max_bytes: int = 10 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageFile:
    """An image ready to be sent: the name's ending fits the bytes."""

    name: str
    media_type: str
    width: int
    height: int
    data: bytes = field(repr=False)
