"""What an Address means on Discord: the names of its parts, and how it changes when a message is seen."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from bot.core.model import Address, Conversation

PLATFORM = "discord"

# A token lives 15 minutes; what takes a while to upload has to start before.
# https://docs.discord.com/developers/interactions/receiving-and-responding#followup-messages
_MARGIN = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Place:
    """An address, read. Empty strings stand for what is not known."""

    address: Address

    def __getitem__(self, name: str) -> str:
        return self.address.place.get(name, "")

    @property
    def token(self) -> str:
        """The interaction's token."""
        return self.address.tokens.get("interaction", "")

    @property
    def private(self) -> bool:
        """Whether the message is for the asker's eyes alone, so that only the token reaches it."""
        return self["private"] == "yes"

    @property
    def moved(self) -> bool:
        """Whether it is a direct message in place of the one where it was asked."""
        return self["moved"] == "yes"

    @property
    def file_limit(self) -> int | None:
        """How many bytes a file of the response may have."""
        return int(self["file_limit"]) if self["file_limit"] else None

    @property
    def conversation(self) -> Conversation:
        """Where it was asked."""
        return Conversation(id=f"{PLATFORM}:{self['channel']}", name=self["name"])

    def token_lives(self, now: datetime) -> bool:
        """Whether the token is there, and long enough from its end."""
        expires = datetime.fromtimestamp(int(self["expires"] or 0), UTC)
        return bool(self.token) and now < expires - _MARGIN

    def seen(self, *, message: int, channel: int | None = None, private: bool | None = None) -> Address:
        """Give the address of the message that is now seen."""
        place = {**self.address.place, "message": str(message)}
        if channel is not None:
            place["channel"] = str(channel)
        if private is not None:
            place["private"] = "yes" if private else ""
        link = "" if place["private"] else _link(place.get("guild", ""), place["channel"], place["message"])
        return replace(self.address, place=place, link=link)

    def without_token(self) -> "Place":
        """Give the place as it is once the token is of no use."""
        return Place(replace(self.address, tokens={}))

    def direct(self, *, message: int, channel: int) -> Address:
        """Give the address of a direct message in place of the one where it was asked."""
        place = {**self.address.place, "guild": "", "moved": "yes", "private": ""}
        return Place(replace(self.address, place=place, tokens={})).seen(message=message, channel=channel)


def _link(guild: str, channel: str, message: str) -> str:
    return f"https://discord.com/channels/{guild or '@me'}/{channel}/{message}"
