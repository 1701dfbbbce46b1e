"""Notify the page that something changed; the page then reads the job's state from the ledger."""

from adapters.web.address import WebAddress
from adapters.web.events import ANY, Changes
from bot.core.model import Address, ImageLimits
from bot.core.replies import Reply


class WebMessenger:
    """Implements `bot.core.chat.Messenger`. A user with no open page sees the same state when they come back."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes

    async def show(self, address: Address, reply: Reply) -> Address:
        """Notify the user's open pages. The reply itself is not sent: it is rendered again from the ledger."""
        where = WebAddress.of(address)
        self._changes.tell(where.person, where.job or ANY)
        return address

    def image_limits(self, address: Address) -> ImageLimits:
        """Return what a browser can show."""
        return LIMITS


LIMITS = ImageLimits(max_bytes=64 * 1024 * 1024)
