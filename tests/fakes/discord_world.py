"""Discord's state as the fake keeps it: channels, messages, interactions, registered commands."""

import base64
import copy
import itertools
import re
import secrets
import time
from dataclasses import asdict, dataclass, field
from typing import Any

EPHEMERAL, LOADING = 64, 128
IN_SERVER, DIRECT, GROUP, THREAD = 0, 1, 3, 11
DISCORD_EPOCH_MS = 1_420_070_400_000
APPLICATION, BOT = "900000000000000001", "900000000000000001"
GUILD, CHANNEL = "800000000000000001", "700000000000000001"
TO_SERVERS, TO_PEOPLE = 0, 1
ROLE, USER, A_CHANNEL = 1, 2, 3
EVERYONE, ALL_CHANNELS = GUILD, str(int(GUILD) - 1)
"""Discord's kinds of command permissions, and the ids that stand for all of a kind."""
MIB = 1024 * 1024


class RestError(Exception):
    """An answer other than success, with Discord's own code."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


@dataclass(kw_only=True)
class Channel:
    """`kind` as Discord counts: `IN_SERVER`, `DIRECT`, a `GROUP` of friends, or a `THREAD` below its `parent`."""

    id: str
    name: str = ""
    kind: int = IN_SERVER
    bot_is_member: bool = True
    bot_can_view: bool = True
    """Whether the gateway tells the bot its name. An interaction does in any case."""
    nsfw: bool = False
    """Whether it is for adults only. A thread is if its parent is, and doesn't say so."""
    recipient: str | None = None
    parent: str | None = None
    refuses: int = 0
    """Discord's code for why it takes nothing from the bot, though that is a member."""
    members_lack: int = 0
    """What people may not do there that members of a server may elsewhere."""
    guild: str = ""
    """The server that it is in: `GUILD` if nothing else is said. A direct channel and a group are in no server."""

    def __post_init__(self) -> None:
        self.guild = (self.guild or GUILD) if self.in_server else ""

    @property
    def in_server(self) -> bool:
        return self.kind in {IN_SERVER, THREAD}


@dataclass(kw_only=True)
class Attachment:
    id: str
    name: str
    description: str
    data: bytes
    media_type: str


@dataclass(kw_only=True)
class Message:
    id: str
    channel: str
    content: str = ""
    components: list[dict[str, Any]] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    flags: int = 0
    only_for: str | None = None
    nonce: str | None = None
    answers: str | None = None
    """The id of the message that it is a reply to."""
    pinged: set[str] = field(default_factory=set)
    edits: int = 0

    @property
    def loading(self) -> bool:
        return bool(self.flags & LOADING)

    def buttons(self) -> list[dict[str, Any]]:
        return [button for row in self.components for button in row.get("components", ()) if button["type"] == 2]


@dataclass(kw_only=True)
class Interaction:
    """`type` as Discord counts: 2 command, 3 button, 4 autocomplete, 5 form."""

    id: str
    token: str
    type: int
    user: str
    channel: str
    data: dict[str, Any]
    file_limit: int
    sent: float
    pressed: str | None = None
    showed: Message | None = None
    """The pressed message, as it was at that moment."""
    response: dict[str, Any] | None = None
    original: str | None = None
    followups: list[str] = field(default_factory=list)


class World:
    """What there is. Nothing here does I/O."""

    def __init__(self) -> None:
        self.channels = {CHANNEL: Channel(id=CHANNEL, name="design")}
        self.messages: dict[str, Message] = {}
        self.posted: dict[str, tuple[str, str]] = {}
        """The place of the bot's message with each nonce. The next message with the same nonce is the same one, also
        elsewhere, or if it was deleted. https://github.com/discord/discord-api-docs/pull/6647
        """
        self.interactions: dict[str, Interaction] = {}
        self.commands: list[dict[str, Any]] = []
        self.interactions_endpoint: str | None = None
        self.bot_is_public = True
        self.bot_asks_for_code = False
        """Whether *Requires OAuth2 Code Grant* is on, which makes an invitation fail."""
        self.bot_name = "imagine"
        self.install_types = {TO_SERVERS, TO_PEOPLE}
        """Where the application may be installed, by Discord's numbers. A new one has servers alone."""
        self.servers = 1
        """How many servers Discord says that the bot is in."""
        self.bots_guilds = {GUILD}
        """The servers that the bot is a member of."""
        self.members: dict[str, set[str]] = {}
        """Each server's people. Everybody who does something in a server is one of them."""
        self.filtered = ""
        """Words that no message may have, since a server's filter or Discord's own doesn't let them through."""
        self.locale_of_servers = "en-US"
        self.roles: dict[str, list[str]] = {}
        """The ids of each person's roles."""
        self.command_permissions: dict[tuple[str, str], list[dict[str, Any]]] = {}
        """What admins set, by server, and by command's id or, for all of them, the application's."""
        self.closed_dms: set[str] = set()
        self.file_limit = 10 * MIB
        self.acknowledgement_seconds = 3.0
        self.token_seconds = 900.0
        self.forced_ephemeral = False
        self.ahead = 0.0
        """By how many seconds Discord's clock is ahead of the machine's."""
        self.locale = "en-US"
        """Of every person's client."""
        self._numbers = itertools.count(1)
        self._people: dict[str, str] = {}

    def saved(self) -> dict[str, Any]:
        """Return what outlives a bot, as JSON: people, channels and messages."""
        return {
            "people": self._people,
            "channels": [asdict(channel) for channel in self.channels.values()],
            "messages": [_saved(message) for message in self.messages.values()],
        }

    def restore(self, saved: dict[str, Any]) -> None:
        """Take over what was saved."""
        self._people = dict(saved["people"])
        self.channels = {channel["id"]: Channel(**channel) for channel in saved["channels"]}
        self.messages = {message["id"]: _restored(message) for message in saved["messages"]}

    def now(self) -> float:
        """Return Discord's time, in seconds since 1970."""
        return time.time() + self.ahead

    def snowflake(self, age_seconds: float = 0) -> str:
        """Make an id that says it was made `age_seconds` ago."""
        milliseconds = int((self.now() - age_seconds) * 1000) - DISCORD_EPOCH_MS
        return str((milliseconds << 22) | (next(self._numbers) & 0xFFF))

    def person(self, name: str) -> str:
        """Return the id of the person with that short name."""
        return self._people.setdefault(name, str(600_000_000_000_000_000 + len(self._people) + 1))

    def name_of(self, person: str) -> str:
        """Return the short name of a person. Anything but a person's id is returned as it is, such as `everyone`."""
        return next((name for name, known in self._people.items() if known == person), person)

    def interact(
        self, *, kind: int, person: str, channel: str, data: dict[str, Any], age: float = 0, pressed: str | None = None
    ) -> Interaction:
        """Note what a person did; the gateway is to tell."""
        if guild := self.channels[channel].guild:
            self.members.setdefault(guild, set()).add(person)
        interaction = Interaction(
            id=self.snowflake(age),
            token=secrets.token_hex(40),
            type=kind,
            user=person,
            channel=channel,
            data=data,
            file_limit=self.file_limit,
            sent=time.monotonic(),
            pressed=pressed,
            showed=copy.deepcopy(self.messages.get(pressed or "")),
        )
        self.interactions[interaction.token] = interaction
        return interaction

    def leave(self, person: str, guild: str = GUILD) -> None:
        """Let a person leave a server, or be removed from it."""
        self.members[guild].discard(person)

    def permit(self, kind: int, named: str, allowed: bool, *, command: str = "imagine", guild: str = GUILD) -> None:
        """Let an admin allow or deny a command to a role (1), a user (2) or a channel (3); all commands if it is empty.

        https://docs.discord.com/developers/interactions/application-commands#permissions
        """
        ids = {each["name"]: each["id"] for each in self.commands}
        entries = self.command_permissions.setdefault((guild, ids[command] if command else APPLICATION), [])
        entries.append({"id": named, "type": kind, "permission": allowed})

    def visible(self, person: str) -> list[Message]:
        """Return what a person sees now, oldest first."""
        return [message for message in self.messages.values() if self._sees(person, message)]

    def _sees(self, person: str, message: Message) -> bool:
        channel = self.channels.get(message.channel)
        in_channel = channel is not None and channel.recipient in {None, person}
        return in_channel and message.only_for in {None, person}

    def direct_channel(self, person: str) -> Channel:
        """Find or make the direct channel between the bot and a person."""
        for channel in self.channels.values():
            if channel.kind == DIRECT and channel.recipient == person:
                return channel
        channel = Channel(id=self.snowflake(), kind=DIRECT, recipient=person)
        self.channels[channel.id] = channel
        return channel

    def channel_for_bot(self, channel_id: str, *, posts: bool = False) -> Channel:
        """Find a channel that the bot may use, and may post in, if it `posts`. Raises RestError."""
        channel = self.channels.get(channel_id)
        if channel is None:
            raise RestError(404, 10003, "Unknown Channel")
        if not channel.bot_is_member:
            raise RestError(403, 50001, "Missing Access")
        if posts and channel.refuses:
            raise RestError(403, channel.refuses, "no messages of the bot's")
        return channel

    def message_in(self, channel_id: str, message_id: str) -> Message:
        """Find a message that everybody in the channel sees. Raises RestError."""
        message = self.messages.get(message_id)
        if message is None or message.channel != channel_id or message.only_for:
            raise RestError(404, 10008, "Unknown Message")
        return message

    def delete(self, message_id: str) -> None:
        """Delete a message, as a moderator would."""
        del self.messages[message_id]

    def by_token(self, token: str) -> Interaction:
        """Find an interaction whose token still lives. Raises RestError."""
        interaction = self.interactions.get(token)
        if interaction is None:
            raise RestError(404, 10015, "Unknown Webhook")
        if time.monotonic() - interaction.sent > self.token_seconds:
            raise RestError(401, 50027, "Invalid Webhook Token")
        return interaction

    def original(self, token: str) -> Message:
        """Find the message that `@original` means. Raises RestError."""
        interaction = self.by_token(token)
        if interaction.response is None:
            raise RestError(404, 10015, "Unknown Webhook")
        if interaction.channel not in self.channels:
            raise RestError(404, 10003, "Unknown Channel")
        if interaction.original not in self.messages:
            raise RestError(404, 10008, "Unknown Message")
        return self.messages[interaction.original]

    def write(self, message: Message, body: dict[str, Any], files: dict[int, Attachment], limit: int) -> None:
        """Create or edit: change what the body names, and leave the rest. Raises RestError."""
        if any(len(file.data) > limit for file in files.values()):
            raise RestError(413, 40005, "Request entity too large")
        attachments = _attachments(message, body, files)
        content = message.content if body.get("content") is None and "content" not in body else body["content"] or ""
        components = message.components if "components" not in body else body["components"] or []
        if not (content or attachments or components):
            raise RestError(400, 50006, "Cannot send an empty message")
        if self.filtered and self.filtered in " ".join((content, *(each.description for each in attachments))):
            raise RestError(400, 200000, "Message was blocked by automatic moderation")
        if len(content) > 2000:
            raise RestError(400, 50035, "Invalid Form Body: content: must be 2000 or fewer in length")
        custom_ids = [
            button["custom_id"] for row in components for button in row["components"] if "custom_id" in button
        ]
        if len(set(custom_ids)) < len(custom_ids):
            raise RestError(400, 50035, "Invalid Form Body: components: custom ids must be unique")
        message.content, message.attachments, message.components = content, attachments, components
        message.flags = (message.flags | int(body.get("flags") or 0)) & ~LOADING
        message.pinged |= _pinged(content, body.get("allowed_mentions"))
        message.edits += 1


def _saved(message: Message) -> dict[str, Any]:
    kept = ("id", "channel", "content", "components", "flags", "only_for")
    files = [{**asdict(file), "data": base64.b64encode(file.data).decode()} for file in message.attachments]
    return {**{name: getattr(message, name) for name in kept}, "attachments": files}


def _restored(saved: dict[str, Any]) -> Message:
    files = [Attachment(**{**file, "data": base64.b64decode(file["data"])}) for file in saved["attachments"]]
    return Message(**{**saved, "attachments": files})


def _attachments(message: Message, body: dict[str, Any], files: dict[int, Attachment]) -> list[Attachment]:
    """Apply the rule of edits: the array names all that is to remain, old ones by id and new ones by their number.

    https://docs.discord.com/developers/resources/message#edit-message
    """
    if "attachments" not in body:
        if files:
            raise RestError(400, 50035, "Invalid Form Body: attachments: uploaded files must be listed")
        return message.attachments
    known = {old.id: old for old in message.attachments}
    kept = []
    for wanted in body["attachments"] or ():
        number = str(wanted["id"])
        if number in known:
            kept.append(known[number])
        elif number.isdigit() and int(number) in files:
            file = files.pop(int(number))
            file.description = wanted.get("description") or ""
            kept.append(file)
        else:
            raise RestError(400, 50035, f"Invalid Form Body: attachments: no file {number}")
    if files:
        raise RestError(400, 50035, "Invalid Form Body: attachments: uploaded files must be listed")
    if len(kept) > 10:
        raise RestError(400, 50035, "Invalid Form Body: attachments: at most 10")
    return kept


def _pinged(content: str, allowed: dict[str, Any] | None) -> set[str]:
    """Return who is notified. Without `allowed_mentions`, an interaction's reply notifies the people it names."""
    parse = ["users"] if allowed is None else allowed.get("parse", [])
    named = set(re.findall(r"<@!?(\d+)>", content))
    everyone = {"everyone"} if "everyone" in parse and re.search(r"@(everyone|here)", content) else set()
    users = named if "users" in parse else named & {str(user) for user in (allowed or {}).get("users", ())}
    return users | everyone
