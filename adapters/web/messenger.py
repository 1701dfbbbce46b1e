"""Notify the page that something changed; the page then reads the job's state from the ledger."""

from adapters.web.events import ANY, Changes
from bot.core.model import Address, ImageLimits
from bot.core.replies import Reply

PLATFORM = "web"


def address_of(person: str, job: str | None = None) -> Address:
    """Return the address of a user's conversation, or of one job in it."""
    return Address(platform=PLATFORM, place={"person": person, **({"job": job} if job else {})})


class WebMessenger:
    """Implements `bot.core.chat.Messenger`. A user with no open page sees the same state when they come back."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes

    async def show(self, address: Address, reply: Reply) -> Address:
        """Notify the user's open pages. The reply itself is not sent: it is rendered again from the ledger."""
        self._changes.tell(address.place.get("person", ""), address.place.get("job", ANY))
        return address

    def image_limits(self, address: Address) -> ImageLimits:
        """Return what a browser can show."""
        return LIMITS


LIMITS = ImageLimits(max_bytes=64 * 1024 * 1024)
