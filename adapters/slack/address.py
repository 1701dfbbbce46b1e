"""Where a message is on Slack, and the files that were uploaded for it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Self

from adapters.slack import NAME
from bot.core.chat import Verb
from bot.core.origin import Address, Conversation

_YES = "yes"
_DIRECT = "D"
"""With what the ids of direct messages begin."""

Files = Mapping[tuple[str, int], str]
"""The ids of uploaded files, by job and number of the picture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackAddress:
    """One address. It needs no short-lived token: the bot edits its own messages without one.

    The written form is an interface: the release before reads it, and another release may have parts of its own.
    """

    team: str = ""
    user: str = ""
    channel: str = ""
    name: str = ""
    """The channel's name for people; empty if Slack doesn't give it."""
    locale: str = ""
    """The locale of the user who asked; empty in what the release before wrote."""
    ts: str = ""
    """The message's id in its channel; empty if there is no message yet."""
    moved: bool = False
    """Whether it is a direct message that replaces the one in the conversation where the user asked."""
    deleted: bool = False
    """Whether people deleted the message there: only the user who asked may see what becomes of it."""
    asked_channel: str = ""
    """Where the user asked, if `channel` is the one of a direct message."""
    thread: str = ""
    """The message in whose thread it is shown; empty if it stands in the channel itself."""
    asked_thread: str = ""
    """The thread where the user asked, if `channel` is the one of a direct message."""
    files: Files = field(default_factory=dict)
    uploaded: Sequence[int] = ()
    """When files were uploaded for this message, in Unix seconds; those before the last time were never shown."""
    link: str = ""
    unknown: Mapping[str, str] = field(default_factory=dict)
    unknown_tokens: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Parts that only another release knows. They are kept as they are."""

    @classmethod
    def of(cls, address: Address) -> Self:
        """Read an address that any release wrote."""
        place = dict(address.place)
        return cls(
            team=place.pop("team", ""),
            user=place.pop("user", ""),
            channel=place.pop("channel", ""),
            name=place.pop("name", ""),
            locale=place.pop("locale", ""),
            ts=place.pop("ts", ""),
            moved=place.pop("moved", "") == _YES,
            deleted=place.pop("deleted", "") == _YES,
            asked_channel=place.pop("asked_channel", ""),
            thread=place.pop("thread", ""),
            asked_thread=place.pop("asked_thread", ""),
            files=dict(_files(place.pop("files", ""))),
            uploaded=tuple(int(time) for time in place.pop("uploaded", "").split() if time.isdecimal()),
            link=address.link,
            unknown=place,
            unknown_tokens=dict(address.tokens),
        )

    def to_json(self) -> dict[str, str]:
        """Return what is permanent, as it is stored: files as `job/index=file`."""
        files = " ".join(f"{job}/{index}={file}" for (job, index), file in self.files.items())
        uploaded = " ".join(map(str, self.uploaded))
        given = {
            "locale": self.locale,
            "ts": self.ts,
            "moved": _YES if self.moved else "",
            "deleted": _YES if self.deleted else "",
            "asked_channel": self.asked_channel,
            "thread": self.thread,
            "asked_thread": self.asked_thread,
            "files": files,
            "uploaded": uploaded,
        }
        always = {"team": self.team, "user": self.user, "channel": self.channel, "name": self.name}
        return {**self.unknown, **always, **{name: text for name, text in given.items() if text}}

    @property
    def envelope(self) -> Address:
        """The same, as the core keeps it."""
        return Address(platform=NAME, place=self.to_json(), tokens=self.unknown_tokens, link=self.link)

    @property
    def conversation(self) -> Conversation:
        """The conversation where the user asked."""
        channel = f"{NAME}:{self.channel}" if self.channel else ""
        return Conversation(id=f"{NAME}:{self.team}:{self.channel}", name=self.name, channel=channel)

    @property
    def is_direct(self) -> bool:
        """Whether it was asked for in the bot's direct messages."""
        return self.asked.channel.startswith(_DIRECT)

    @property
    def verbs(self) -> frozenset[Verb]:
        """What can be done here. A direct message in place of another one is in no conversation of others."""
        possible = {
            Verb.SHOW: True,
            Verb.SHOW_ALONE: self.deleted and bool(self.user and (self.ts or not self.moved)),
            Verb.DELETE: bool(self.ts or self.files),
            Verb.NOTIFY: bool(self.channel and self.user) and not self.deleted,
            Verb.PUBLISH: bool(self.channel) and (self.deleted or not self.moved),
        }
        return frozenset(verb for verb, can in possible.items() if can)

    def seen(self, *, ts: str, link: str) -> Self:
        """Return the address of the message that is shown now."""
        return replace(self, ts=ts, link=link)

    def direct(self, channel: str) -> Self:
        """Return the address of a message that is still to be sent to the user directly."""
        channel_asked, thread_asked = self.asked_channel or self.channel, self.asked_thread or self.thread
        place = replace(self, channel=channel, ts="", link="", thread="")
        return replace(place, asked_channel=channel_asked, asked_thread=thread_asked)

    def gone(self) -> Self:
        """Return the place after people deleted its message."""
        return replace(self, ts="", link="", deleted=True)

    @property
    def asked(self) -> Self:
        """The conversation where the user asked, for a message that all see there."""
        channel = self.asked_channel or self.channel
        thread = self.asked_thread if self.asked_channel else self.thread
        place = replace(self, channel=channel, thread=thread, ts="", link="", moved=False, deleted=False)
        return replace(place, asked_channel="", asked_thread="")


def pressed_message(channel: str, *, ts: str, link: str) -> Address:
    """Return what a press says of the message that has the button: the rest is known of its job."""
    return Address(platform=NAME, place={"channel": channel, "ts": ts}, link=link)


def _files(text: str) -> Iterator[tuple[tuple[str, int], str]]:
    """Yield the uploads. One that is written in another way is left out, and then uploaded again."""
    for entry in text.split():
        key, _, file = entry.partition("=")
        job, _, index = key.rpartition("/")
        if file and index.isascii() and index.isdigit():
            yield (job, int(index)), file
