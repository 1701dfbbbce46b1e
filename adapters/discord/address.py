"""Where a message is on Discord, and what is needed to reach it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Self

from adapters.discord import NAME
from bot.core.chat import Verb
from bot.core.origin import Address, Conversation

# A token is valid for 15 minutes; an upload that takes a while has to start earlier.
# https://docs.discord.com/developers/interactions/receiving-and-responding#followup-messages
_MARGIN = timedelta(seconds=30)
_YES = "yes"


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscordAddress:
    """One address. An empty text stands for an unknown part.

    The written form is an interface: the release before reads it, and another release may have parts of its own.
    """

    application: str = ""
    interaction: str = ""
    guild: str = ""
    channel: str = ""
    name: str = ""
    """The channel's name for people."""
    message: str = ""
    user: str = ""
    locale: str = ""
    private: bool = False
    """Whether only the user who asked sees the message, so that only the token reaches it."""
    moved: bool = False
    """Whether it is a direct message that replaces the one in the conversation where the user asked."""
    deleted: bool = False
    """Whether people deleted the message there: only the user who asked may see what becomes of it."""
    followup: bool = False
    """Whether a message for that user alone was sent by the token, or may have been: no other one is sent after it."""
    asked_guild: str = ""
    asked_channel: str = ""
    """Where the user asked, if `channel` is the one of a direct message."""
    file_limit: int | None = None
    """How many bytes a file of the response may have, if known."""
    expires: datetime | None = None
    """When the token expires, to the second."""
    sealed: str = field(default="", repr=False)
    """The interaction's token, encrypted."""
    token: str = field(default="", repr=False)
    """The same as it came, which only earlier releases stored."""
    unknown: Mapping[str, str] = field(default_factory=dict)
    unknown_tokens: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Parts that only another release knows. They are kept as they are."""

    @classmethod
    def of(cls, address: Address) -> Self:
        """Read an address that any release wrote."""
        place, tokens = dict(address.place), dict(address.tokens)
        return cls(
            application=place.pop("application", ""),
            interaction=place.pop("interaction", ""),
            guild=place.pop("guild", ""),
            channel=place.pop("channel", ""),
            name=place.pop("name", ""),
            message=place.pop("message", ""),
            user=place.pop("user", ""),
            locale=place.pop("locale", ""),
            private=place.pop("private", "") == _YES,
            moved=place.pop("moved", "") == _YES,
            deleted=place.pop("deleted", "") == _YES,
            followup=place.pop("followup", "") == _YES,
            asked_guild=place.pop("asked_guild", ""),
            asked_channel=place.pop("asked_channel", ""),
            file_limit=_number(place.pop("file_limit", "")),
            expires=_moment(place.pop("expires", "")),
            sealed=tokens.pop("sealed", ""),
            token=tokens.pop("interaction", ""),
            unknown=place,
            unknown_tokens=tokens,
        )

    def to_json(self) -> dict[str, str]:
        """Return what is permanent, as it is stored."""
        given = {
            "moved": _YES if self.moved else "",
            "deleted": _YES if self.deleted else "",
            "followup": _YES if self.followup else "",
            "asked_guild": self.asked_guild,
            "asked_channel": self.asked_channel,
        }
        return {
            **self.unknown,
            "application": self.application,
            "interaction": self.interaction,
            "guild": self.guild,
            "channel": self.channel,
            "name": self.name,
            "message": self.message,
            "private": _YES if self.private else "",
            **{name: text for name, text in given.items() if text},
            "user": self.user,
            "locale": self.locale,
            "file_limit": "" if self.file_limit is None else str(self.file_limit),
            "expires": "" if self.expires is None else str(int(self.expires.timestamp())),
        }

    @property
    def envelope(self) -> Address:
        """The same, as the core keeps it."""
        known = {"sealed": self.sealed, "interaction": self.token}
        tokens = {**self.unknown_tokens, **{name: text for name, text in known.items() if text}}
        return Address(platform=NAME, place=self.to_json(), tokens=tokens, link=self.link)

    @property
    def link(self) -> str:
        """The message's URL, for people; empty if there is no message that others see."""
        if self.private or not self.message:
            return ""
        return f"https://discord.com/channels/{self.guild or '@me'}/{self.channel}/{self.message}"

    @property
    def conversation(self) -> Conversation:
        """The conversation where the user asked."""
        return Conversation(id=f"{NAME}:{self.channel}", name=self.name)

    @property
    def alone(self) -> bool:
        """Whether the message is the one that only the user sees in place of a deleted one."""
        return self.deleted and self.private and bool(self.message)

    @property
    def is_direct(self) -> bool:
        """Whether it was asked for outside of any server: in direct messages, with the bot or of a group."""
        return not self.asked.guild

    def token_lives(self, now: datetime) -> bool:
        """Return whether there is a token that stays valid long enough."""
        return (
            bool((self.sealed or self.token) and self.application)
            and self.expires is not None
            and now < self.expires - _MARGIN
        )

    def verbs(self, now: datetime) -> frozenset[Verb]:
        """Return what can be done here. Only the token reaches what only the user sees, and can't mention them."""
        lives, public = self.token_lives(now), bool(self.channel and not self.private)
        possible = {
            Verb.SHOW: True,
            Verb.SHOW_ALONE: self.deleted and (lives or bool(self.user)),
            Verb.DELETE: (lives and (self.alone or not self.deleted)) or bool(public and self.message),
            Verb.NOTIFY: public and bool(self.user) and not self.deleted,
            Verb.PUBLISH: bool(self.channel) and (self.deleted or not self.moved),
        }
        return frozenset(verb for verb, can in possible.items() if can)

    def seen(self, *, message: int, private: bool | None = None) -> Self:
        """Return the address of the message that is shown now."""
        return replace(self, message=str(message), private=self.private if private is None else private)

    def without_token(self) -> Self:
        """Return the place without its tokens, for when they are no longer needed."""
        return replace(self, sealed="", token="", unknown_tokens={})

    def direct(self, *, message: int, channel: int) -> Self:
        """Return the address of a direct message that replaces the one in the conversation where the user asked."""
        asked = self.asked
        kept = replace(self.without_token(), asked_guild=asked.guild, asked_channel=asked.channel)
        moved = replace(kept, guild="", channel=str(channel), private=False, moved=True)
        return moved.seen(message=message)

    def gone(self) -> Self:
        """Return the place after people deleted its message."""
        return replace(self, message="", private=False, deleted=True)

    @property
    def asked(self) -> Self:
        """The conversation where the user asked, for a message that all see there."""
        fresh = replace(self, message="", private=False, moved=False, deleted=False, asked_guild="", asked_channel="")
        return replace(fresh, guild=self.asked_guild, channel=self.asked_channel) if self.asked_channel else fresh


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() else None


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromtimestamp(int(text), UTC)
    except (ValueError, OverflowError, OSError):  # not a number, or no moment of a calendar
        return None
