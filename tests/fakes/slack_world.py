"""The state of a Slack workspace: people, channels, messages, files and open modals, as each person sees them."""

import base64
import itertools
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

TEAM, APP, BOT, SLACKBOT = "T0WORKSPACE", "A0IMAGINE", "U0IMAGINEBOT", "USLACKBOT"

Json = dict[str, Any]


@dataclass(kw_only=True)
class Person:
    id: str
    name: str
    """The handle."""
    admin: bool = False
    display_name: str | None = None
    """None: the same as the handle. Empty for people who never gave themselves one."""
    real_name: str = ""
    locale: str = "en-US"
    team: str = TEAM
    """Their own workspace."""
    enterprise: str = ""
    """The organisation that it is part of, if any."""
    through_org: bool = False
    """Whether the app is installed for their whole organisation: then Slack names no workspace with buttons."""
    guest: str = ""
    """`restricted` or `ultra_restricted` for a guest of several channels, or of one."""
    also: Json = field(default_factory=dict)
    """What users.info tells in addition, or instead."""

    def told(self, *, with_locale: bool) -> Json:
        """Return what users.info tells of them: https://docs.slack.dev/reference/objects/user-object."""
        real_name = self.real_name or self.name.title()
        display_name = self.name if self.display_name is None else self.display_name
        return {
            "id": self.id,
            "team_id": self.team,
            "name": self.name,
            "real_name": real_name,
            "is_admin": self.admin,
            "is_owner": False,
            "is_bot": False,
            "is_restricted": bool(self.guest),
            "is_ultra_restricted": self.guest == "ultra_restricted",
            **({"enterprise_user": {"id": self.id, "enterprise_id": self.enterprise}} if self.enterprise else {}),
            "profile": {"real_name": real_name, "display_name": display_name, "team": self.team},
            **({"locale": self.locale} if with_locale else {}),
            **self.also,
        }


@dataclass(kw_only=True)
class Channel:
    id: str
    name: str
    kind: str = "public"
    """`public`, `private`, `im` or `mpim`."""
    members: set[str] = field(default_factory=set)
    refuses: str = ""
    """The error that posting gives, such as `is_archived`."""
    closed_to_bots: str = ""
    """The error that joining gives, such as `too_many_members`."""

    @property
    def told_as(self) -> str:
        """What a slash command carries as the channel's name."""
        return {"im": "directmessage", "private": "privategroup"}.get(self.kind, self.name)


@dataclass(kw_only=True)
class Message:
    channel: str
    ts: str
    text: str
    blocks: list[Json]
    ephemeral_to: str | None = None
    edits: int = 0
    author: str = BOT
    asked: Json = field(default_factory=dict)
    """The arguments it was last posted or changed with."""
    thread: str = ""
    """The message that it is a reply to."""
    answered: bool = False
    """Whether others are replies to it."""
    locked: bool = False
    """Whether an admin closed its thread."""

    @property
    def pinged(self) -> set[str]:
        """The people who are notified: those that the blocks name; without blocks, those that the text names."""
        if not self.blocks:
            return set(re.findall(r"<@(\w+)", self.text))
        return set(_named(self.blocks))


@dataclass(kw_only=True)
class File:
    id: str
    name: str
    length: int
    alt: str
    data: bytes = b""
    completed_at: float | None = None
    kind: str = ""
    """What the upload was said to be."""
    deleted: bool = False
    """Whether somebody deleted it, as those may who manage the workspace's files."""


@dataclass(kw_only=True)
class View:
    id: str
    hash: str
    view: Json
    user: str
    closed: bool = False
    errors: dict[str, str] = field(default_factory=dict)
    filled: dict[str, str] = field(default_factory=dict)
    """What was typed or chosen, by block id."""


class World:
    """One workspace with the bot in it."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self.people: dict[str, Person] = {}
        self.channels: dict[str, Channel] = {}
        self.messages: list[Message] = []
        self.files: dict[str, File] = {}
        self.views: list[View] = []
        self.enterprise = ""
        """The organisation that the workspace is part of, if any."""
        self.processing_seconds = 0.05
        self.showable_seconds = 0.05
        """For how long a processed file is still refused in blocks, as really happens."""
        self.hidden_seconds = 0.0
        """For how long after its upload no method knows a file."""
        self.optimistic = False
        """Whether blocks show a file of a known type before it is processed."""
        self.knows_icons = True
        """Whether this workspace's Slack takes buttons that are icons."""
        self.largest_file = 1 << 30
        self.seconds: Callable[[], float] = time.monotonic
        """The clock of all this."""
        self.person("ada", admin=False)
        self.person("grace")
        self.person("root", admin=True)
        self.channel("design")

    def saved(self) -> Json:
        """Return what outlives a bot, as JSON: people, channels, files, and the messages that everybody sees."""
        kept = ("channel", "ts", "text", "blocks")
        return {
            "people": [asdict(person) for person in self.people.values()],
            "channels": [{**asdict(channel), "members": sorted(channel.members)} for channel in self.channels.values()],
            "files": [_saved(file) for file in self.files.values()],
            "messages": [
                {name: getattr(message, name) for name in kept} for message in self.messages if not message.ephemeral_to
            ],
            "numbers": next(self._numbers),
        }

    def restore(self, saved: Json) -> None:
        """Take over what was saved."""
        self._numbers = itertools.count(saved["numbers"])
        self.people = {person["id"]: Person(**person) for person in saved["people"]}
        self.channels = {
            channel["id"]: Channel(**{**channel, "members": set(channel["members"])}) for channel in saved["channels"]
        }
        self.files = {file["id"]: _restored(file) for file in saved["files"]}
        self.messages = [Message(**message) for message in saved["messages"]]

    def number(self) -> str:
        return f"{next(self._numbers):08d}"

    def person(self, name: str, *, admin: bool = False) -> Person:
        """Find a person by name, or let one join."""
        known = next((person for person in self.people.values() if person.name == name), None)
        if known is None:
            known = Person(id=f"U{self.number()}", name=name, admin=admin)
            self.people[known.id] = known
        return known

    def channel(self, name: str, *, kind: str = "public", bot: bool = True) -> Channel:
        """Find a channel by name, or make one that everybody (and the bot, unless not) is in."""
        known = next((channel for channel in self.channels.values() if channel.name == name), None)
        if known is None:
            letter = {"im": "D", "public": "C"}.get(kind, "G")
            known = Channel(id=f"{letter}{self.number()}", name=name, kind=kind, members=set(self.people))
            if bot:
                known.members.add(BOT)
            self.channels[known.id] = known
        return known

    def direct(self, user: str) -> Channel:
        """Open the direct messages between the bot and a person."""
        channel = self.channel(f"im-{user}", kind="im")
        channel.members = {BOT, user}
        return channel

    def say(self, channel: str, text: str, *, user: str, thread: str = "") -> Message:
        """Let a person write a message, as it is."""
        message = self.post(channel, text=text, blocks=[], asked={"thread_ts": thread})
        message.author = user
        return message

    def post(self, channel: str, *, text: str, blocks: list[Json], asked: Json, to: str | None = None) -> Message:
        ts = f"{int(time.time())}.{next(self._numbers):06d}"
        # Slack takes a reply out of a thread whose message is gone: https://github.com/slack-go/slack/issues/1571.
        thread = asked.get("thread_ts") or ""
        began = self.message(channel, thread) if thread else None
        thread = thread if began else ""
        if began and not to:
            began.answered = True
        message = Message(channel=channel, ts=ts, text=text, blocks=blocks, ephemeral_to=to, asked=asked, thread=thread)
        self.messages.append(message)
        return message

    def message(self, channel: str, ts: str) -> Message | None:
        found = (message for message in self.messages if (message.channel, message.ts) == (channel, ts))
        return next(found, None)

    def delete(self, ts: str) -> bool:
        """Delete a message, as its author or an admin does, and return whether there was one.

        Of a message that has replies, Slack leaves a tombstone: https://github.com/slack-edge/slack-edge/pull/10
        """
        message = next((each for each in self.messages if each.ts == ts), None)
        if message is None:
            return False
        if any(each.thread == ts for each in self.messages):
            message.text, message.blocks, message.author = "This message was deleted.", [], SLACKBOT
        else:
            self.messages.remove(message)
        return True

    def seen_by(self, user: str) -> Iterator[Message]:
        """Return what a person sees, oldest first."""
        for message in self.messages:
            if message.ephemeral_to not in {None, user} or user not in self.channels[message.channel].members:
                continue
            if message.ephemeral_to and message.thread:
                began = self.message(message.channel, message.thread)
                if not (began and began.answered):
                    continue  # https://docs.slack.dev/reference/methods/chat.postEphemeral: in threads that have begun
            yield message

    def is_known(self, file: File) -> bool:
        return file.completed_at is not None and self._age(file) >= self.hidden_seconds

    def is_processed(self, file: File) -> bool:
        return file.completed_at is not None and self._age(file) >= self.processing_seconds

    def is_showable(self, file: File) -> bool:
        if file.deleted:
            return False
        if self.optimistic and file.kind and self.is_known(file):
            return True
        return self.is_processed(file) and self._age(file) >= self.processing_seconds + self.showable_seconds

    def _age(self, file: File) -> float:
        return self.seconds() - (file.completed_at or 0.0)

    def refusal(self, channel_id: str) -> str:
        """Return the error that posting to a channel has for the bot; nothing if it may."""
        channel = self.channels.get(channel_id)
        if channel is None:
            return "channel_not_found"
        if BOT not in channel.members:
            return "not_in_channel" if channel.kind == "public" else "channel_not_found"
        return channel.refuses


def _named(blocks: Any) -> Iterator[str]:
    for each in blocks:
        if each.get("type") in {"user", "broadcast"}:
            yield each.get("user_id") or each["range"]
        yield from _named(each.get("elements", ()))


def _saved(file: File) -> Json:
    kept = {name: getattr(file, name) for name in ("id", "name", "length", "alt")}
    return {**kept, "data": base64.b64encode(file.data).decode()}


def _restored(saved: Json) -> File:
    long_ago = time.monotonic() - 3600
    return File(**{**saved, "data": base64.b64decode(saved["data"]), "completed_at": long_ago})


def media_type(data: bytes) -> str:
    """Tell a file's type by its first bytes, as Slack does."""
    if data.startswith(b"\x89PNG"):
        return "image/png"
    if data.startswith(b"\xff\xd8"):
        return "image/jpeg"
    if data.startswith(b"GIF8"):
        return "image/gif"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return "application/octet-stream"
