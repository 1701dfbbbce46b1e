"""The person who asked, and the place: values that go from an event to its job and to every message about it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Self

from bot.core import foreign


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person on one platform. `id` is unique across all platforms, e.g. `web:4f2…`."""

    id: str
    name: str

    def __post_init__(self) -> None:
        foreign.put(self, id=foreign.key(self.id), name=foreign.line(self.name))


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What is known about a user, apart from their jobs.

    `name` and `locale` are what the platform said when it was `asked`; each may be empty. `settings` are the user's
    choices; another release may know more of them.
    """

    id: str
    name: str = ""
    locale: str = ""
    asked: datetime | None = None
    settings: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        foreign.put(self, id=foreign.key(self.id), name=foreign.line(self.name), locale=foreign.line(self.locale))


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the platform says about a user in the place where they ask."""

    admin: bool | None = False
    """Whether they administer the server or workspace; None if the platform doesn't say.

    Not every adapter looks this up for every event.
    """
    moderator: bool | None = None
    """Whether they may delete what others write in this conversation; None where nobody but admins may."""
    roles: frozenset[str] = frozenset()
    """The ids of their roles in the server."""
    age_restricted: bool = False
    """Whether the conversation is for adults only, as far as is known."""
    installed_by: frozenset[str] = frozenset()
    """The ids of the servers and people that added the bot, for which it answers here; empty if it isn't said."""
    community_locale: str = ""
    """The server's or workspace's language; empty if it isn't said."""
    at_home: bool = True
    """Whether the place belongs to the bot's own servers or workspaces."""
    outsider: bool | None = False
    """Whether they belong to none of the bot's own servers or workspaces; None if that isn't known."""
    guest: bool | None = False
    """Whether they are a guest there; None if that isn't known."""
    forbidden: bool = False
    """Whether the platform's own permissions keep them from the command here."""
    posts_images: bool = True
    """Whether they may post images there themselves, as far as the platform says."""
    no_files: str = ""
    """The platform's word for why the place takes no files from the bot now; empty if it does, as far as is known."""
    community_name: str = ""
    """The name of the bot's own server or workspace, if there is one."""

    def __post_init__(self) -> None:
        foreign.put(
            self,
            community_locale=foreign.line(self.community_locale),
            no_files=foreign.line(self.no_files),
            community_name=foreign.line(self.community_name),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """A channel or another conversation. `name` is for people, e.g. `#design`; empty if the platform gives no name.

    `channel` is the same under the id that people can give in settings, and `parent_channel` the channel that a
    thread belongs to; each may be empty.
    """

    id: str
    name: str = ""
    channel: str = ""
    parent_channel: str = ""

    def __post_init__(self) -> None:
        foreign.put(
            self,
            id=foreign.key(self.id),
            name=foreign.line(self.name),
            channel=foreign.key(self.channel),
            parent_channel=foreign.key(self.parent_channel),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """How to reach a message: any process can show a reply where the user asked, also after a restart.

    `place` is permanent (channel, message, …). `tokens` are short-lived secrets, erased once the job has ended and
    its outcome is visible. `link` is the message's URL for people, if the platform has such URLs.
    """

    platform: str
    place: Mapping[str, str] = field(default_factory=dict)
    tokens: Mapping[str, str] = field(default_factory=dict, repr=False)
    link: str = ""

    def has(self, seen: Self) -> bool:
        """Return whether this is the place that `seen` names, as far as it names one."""
        return self.platform == seen.platform and seen.place.items() <= self.place.items()

    def completed(self, seen: Self) -> Self:
        """Return this address with what only `seen` says, such as the message; unchanged if the two contradict."""
        known = {part: self.place.get(part) or said for part, said in seen.place.items()}
        if self.platform != seen.platform or known != seen.place:
            return self
        return replace(self, place={**self.place, **known}, link=self.link or seen.link)


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The person who asked, where, and in which event. It is a part of the event, and of the job that comes of it.

    `key` identifies the user's action: a repeated delivery of the event has the same key.
    """

    user: User
    community: str = ""
    """The server, workspace or organisation; empty where a conversation belongs to none."""
    conversation: Conversation
    address: Address
    locale: str
    key: str
    facts: Facts = Facts()

    def __post_init__(self) -> None:
        foreign.put(
            self,
            community=foreign.key(self.community),
            locale=foreign.line(self.locale),
            key=foreign.key(self.key),
        )

    def at(self, address: Address) -> Self:
        """Return the same, with the address of the message that is shown now."""
        return replace(self, address=address)
