"""What the core needs of a chat: something that shows replies there, and a connection to it."""

from typing import Protocol

from bot.core.model import Address, ImageLimits
from bot.core.replies import Reply


class Messenger(Protocol):
    """Shows replies on one platform, while the platform's adapter runs."""

    async def show(self, address: Address, reply: Reply) -> Address:
        """Show `reply` at `address`, in place of what is there. Idempotent where the platform can edit messages.

        Falls back as the platform allows (original response, channel message by the bot, direct message). If the
        reply is not shown where the user asked, a message there says so. Return the address where the reply is shown
        now, to be used for the next call. Raises DeliveryError.
        """
        ...

    def image_limits(self, address: Address) -> ImageLimits:
        """Return which images can be shown at `address`."""
        ...


class Adapter(Protocol):
    """The connection to one platform."""

    name: str

    @property
    def ready(self) -> bool:
        """Whether events arrive and replies can be sent now."""
        ...

    async def run(self) -> None:
        """Connect, and serve until cancelled. Raises if the connection is lost for good; it may then be run again."""
        ...
