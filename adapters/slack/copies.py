"""Slack's own files of the images that its messages show."""

from dataclasses import dataclass

from adapters.slack.address import SlackAddress
from adapters.slack.messenger import SlackMessenger
from bot.core.origin import Address
from bot.core.replies import Reply


@dataclass(slots=True, eq=False, repr=False)
class SlackCopies:
    """Implements `bot.core.chat.Copies`."""

    messenger: SlackMessenger
    days: int
    part: str = "files"

    def are_at(self, address: Address) -> bool:
        """Return whether files were uploaded for the message at `address`."""
        return bool(SlackAddress.of(address).files)

    async def remove(self, address: Address, reply: Reply) -> Address:
        """Delete the files, then say so. A message that can no longer be changed stays as it is."""
        return await self.messenger.remove_files(address, reply)
