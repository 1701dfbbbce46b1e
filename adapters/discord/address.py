"""What an Address contains on Discord: the names of its parts, and how it changes when a message is shown."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from bot.core.model import Address, Conversation

PLATFORM = "discord"

# A token is valid for 15 minutes; an upload that takes a while has to start earlier.
# https://docs.discord.com/developers/interactions/receiving-and-responding#followup-messages
_MARGIN = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class DiscordAddress:
    """A parsed address. An empty string stands for an unknown part."""

    address: Address

    def __getitem__(self, name: str) -> str:
        return self.address.place.get(name, "")

    @property
    def token(self) -> str:
        """The interaction's token."""
        return self.address.tokens.get("interaction", "")

    @property
    def private(self) -> bool:
        """Whether only the user who asked sees the message, so that only the token reaches it."""
        return self["private"] == "yes"

    @property
    def moved(self) -> bool:
        """Whether it is a direct message that replaces the one in the conversation where the user asked."""
        return self["moved"] == "yes"

    @property
    def file_limit(self) -> int | None:
        """How many bytes a file of the response may have, if known."""
        return int(self["file_limit"]) if self["file_limit"] else None

    @property
    def conversation(self) -> Conversation:
        """The conversation where the user asked."""
        return Conversation(id=f"{PLATFORM}:{self['channel']}", name=self["name"])

    def token_lives(self, now: datetime) -> bool:
        """Return whether there is a token that stays valid long enough."""
        expires = datetime.fromtimestamp(int(self["expires"] or 0), UTC)
        return bool(self.token) and now < expires - _MARGIN

    def seen(self, *, message: int, channel: int | None = None, private: bool | None = None) -> Address:
        """Return the address of the message that is shown now."""
        place = {**self.address.place, "message": str(message)}
        if channel is not None:
            place["channel"] = str(channel)
        if private is not None:
            place["private"] = "yes" if private else ""
        link = "" if place["private"] else _link(place.get("guild", ""), place["channel"], place["message"])
        return replace(self.address, place=place, link=link)

    def without_token(self) -> "DiscordAddress":
        """Return the place without its token, for when the token is of no more use."""
        return DiscordAddress(replace(self.address, tokens={}))

    def direct(self, *, message: int, channel: int) -> Address:
        """Return the address of a direct message that replaces the one in the conversation where the user asked."""
        place = {**self.address.place, "guild": "", "moved": "yes", "private": ""}
        return DiscordAddress(replace(self.address, place=place, tokens={})).seen(message=message, channel=channel)


def _link(guild: str, channel: str, message: str) -> str:
    return f"https://discord.com/channels/{guild or '@me'}/{channel}/{message}"
