"""Builders for the values that tests need many of, each with every field at a sensible default."""

import itertools
import time
from datetime import UTC, datetime, timedelta

from bot.core.image import ImageRequest, StoredImage
from bot.core.model import Job, Limits, Status, Window
from bot.core.origin import Address, Conversation, Origin, User
from bot.core.rules.admission import NewJob

MOMENT = datetime(2026, 3, 14, 9, 26, 53, 589793, tzinfo=UTC)
"""The time at which tests with a clock of their own begin."""

_numbers = itertools.count(1)


class MovableClock:
    """A clock that stands still until it is moved, or set."""

    def __init__(self, moment: datetime = MOMENT) -> None:
        self.moment, self.passed = moment, 0.0

    def now(self) -> datetime:
        """Return the moment it stands at."""
        return self.moment

    def steady(self) -> float:
        """Return the seconds that it was moved by. Seconds that it was set by don't count."""
        return self.passed

    def move(self, seconds: float) -> datetime:
        """Move on, and return the new moment."""
        self.passed += seconds
        return self.set(seconds)

    def set(self, seconds: float) -> datetime:
        """Set it forward, or back: no time passes. Return the new moment."""
        self.moment += timedelta(seconds=seconds)
        return self.moment


class SetClock:
    """The machine's clock, which a test sets."""

    def __init__(self) -> None:
        self._set = timedelta()

    def now(self) -> datetime:
        """Return what it shows."""
        return datetime.now(UTC) + self._set

    def steady(self) -> float:
        """Return the seconds that passed."""
        return time.monotonic()

    def set(self, seconds: float) -> None:
        """Set it forward, or back."""
        self._set += timedelta(seconds=seconds)


def new_job(
    user: str = "test:ada",
    *,
    prompt: str = "a paper boat",
    model: str = "dall-e-3",
    n: int = 1,
    parent: str | None = None,
    key: str | None = None,
    locale: str = "en",
    address: Address | None = None,
) -> NewJob:
    """Build a job with an id of its own, later than those built before, and a key of its own unless one is given."""
    number = next(_numbers)
    return NewJob(
        id=f"{number:014x}{number:012x}",
        origin=Origin(
            user=User(id=user, name=user.rpartition(":")[2].title()),
            community="test:town",
            conversation=Conversation(
                id="test:town:harbour", name="#harbour", channel="test:harbour", parent_channel="test:coast"
            ),
            address=address or new_address(),
            locale=locale,
            key=key if key is not None else f"event-{number}",
        ),
        request=ImageRequest(model=model, prompt=prompt, n=n, size="1024x1024"),
        parent=parent,
    )


def job_from(new: NewJob, status: Status) -> Job:
    """Build the job that a new one becomes, accepted at `MOMENT`."""
    return Job(id=new.id, origin=new.origin, request=new.request, status=status, created_at=MOMENT, not_before=MOMENT)


def new_address(token: str = "interaction-token") -> Address:
    """Build an address with a lasting place and a short-lived token."""
    return Address(
        platform="test",
        place={"channel": "harbour", "message": "7"},
        tokens={"interaction": token},
        link="https://chat.example/harbour/7",
    )


def new_image(job_id: str, index: int = 0) -> StoredImage:
    """Build the record of a stored image."""
    return StoredImage(key=f"{job_id}/{index}.png", media_type="image/png", width=1024, height=1024, size=2048)


def new_limits(
    *,
    quota: int = 20,
    open_jobs: int = 100,
    backlog: int = 1000,
    budget: int | None = None,
    double_press: float = 2.0,
    moment: datetime = MOMENT,
) -> Limits:
    """Build limits that no test reaches, for the day of `moment`."""
    return Limits(
        window=day_of(moment),
        quota=quota,
        open_jobs=open_jobs,
        backlog=backlog,
        budget=budget,
        double_press=double_press,
    )


def day_of(moment: datetime) -> Window:
    """Return the UTC day of a moment."""
    start = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return Window(start=start, end=start + timedelta(days=1))
