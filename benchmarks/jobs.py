"""Jobs for the benchmarks to accept, and limits that are never reached."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.core.image import ImageRequest
from bot.core.model import Limits
from bot.core.origin import Address, Conversation, Origin, User
from bot.core.rules.admission import NewJob
from bot.core.rules.limits import period

MONTH = period(datetime.now(UTC), "month", ZoneInfo("UTC"))
LIMITS = Limits(window=MONTH, quota=10**6, open_jobs=10**6, backlog=10**6)
NO_HOLD = timedelta(0)


def new_job(number: int) -> NewJob:
    """Return a job of a user who has no other job. Its id, key and user contain `-number-`."""
    name = f"-{number}-"
    address = Address(platform="discord", place={"channel": "1", "message": "2"}, tokens={"interaction": "t" * 80})
    return NewJob(
        id=f"job{name}",
        origin=Origin(
            user=User(id=f"user{name}", name="Ada"),
            conversation=Conversation(id="discord:1", name="#design"),
            address=address,
            locale="en-US",
            key=f"key{name}",
        ),
        request=ImageRequest(model="dall-e-3", prompt="a paper boat at dusk", n=1, size="1024x1024"),
    )
