"""What the core needs of a chat: something that shows replies there, and a connection to it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from bot.core.errors import DeliveryError
from bot.core.image import ImageLimits
from bot.core.message import Message
from bot.core.origin import Address
from bot.core.replies import Reply


class Verb(StrEnum):
    """What a messenger can be asked to do."""

    SHOW = "show"
    SHOW_ALONE = "show alone"
    DELETE = "delete"
    NOTIFY = "notify"
    PUBLISH = "publish"


class Meaning(StrEnum):
    """What a platform's refusal means for what was to be shown. Each platform has a table from its codes to these."""

    CLOSED = "closed"
    """The bot may not post in this place; it may elsewhere."""
    DELETED = "deleted"
    """Somebody deleted the message."""
    GONE = "gone"
    """The message can no longer be changed: it may still be there, or its place is gone."""
    WORDS_REFUSED = "words refused"
    PICTURE_REFUSED = "picture refused"
    """This file can't be shown, as it was uploaded."""
    TOO_LARGE = "too large"
    NO_FILES = "no files"
    """The place takes no files from the bot."""
    UNAUTHORIZED = "unauthorized"
    """The platform refuses the bot as a whole: nothing can be said by it until its owner has done something."""
    OUR_FAULT = "our fault"
    """The request was wrong, or a passing fault of the platform makes it so."""
    NOT_NOW = "not now"
    """It may work later. Anything unknown means this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Abilities:
    """What a platform can do at one address, and which images it can show there."""

    verbs: frozenset[Verb]
    images: ImageLimits
    alone: bool = False
    """Whether only the user who asked sees what is shown there, although others are in the conversation."""
    direct: bool = False
    """Whether that is a conversation apart from everybody, such as direct messages."""
    reads_ledger: bool = False
    """Whether people see there what the ledger says of a job, no matter which reply is shown: none has to be made."""

    def check(self, verb: Verb) -> None:
        """Raise a permanent DeliveryError if this can't be done there."""
        if verb not in self.verbs:
            raise DeliveryError(f"the platform can't {verb} there", permanent=True)


Remember = Callable[[Address], Awaitable[None]]
"""Stores how far a messenger has come with a reply that is not shown yet, so that the next try goes on from there."""


async def forget(_: Address) -> None:
    """Store nothing: no other try follows."""


class Messenger(Protocol):
    """Shows replies on one platform, while the platform's adapter runs.

    Each verb raises DeliveryError: a permanent one if `abilities` leaves the verb out.
    """

    async def show(self, address: Address, reply: Reply, remember: Remember = forget) -> Address:
        """Show `reply` at `address`, in place of what is there. Idempotent where the platform can edit messages.

        Falls back as the platform allows (original response, channel message by the bot, direct message). If the
        reply is not shown where the user asked, a message there says so. Return the address where the reply is shown
        now, to be used for the next call. What must not be done twice, such as an upload, is given to `remember` as
        soon as it is done: if this call fails, or its process dies, the next call gets that address.

        What people deleted stays deleted: raises MessageDeleted if the reply is final.
        """
        ...

    async def show_alone(self, address: Address, reply: Reply, remember: Remember) -> Address:
        """Show `reply` to the user alone, and say why: people deleted the message that stood at `address`.

        If an address can't be remembered, the call ends, since nothing may be sent twice.
        """
        ...

    async def delete(self, address: Address) -> None:
        """Delete the message at `address`. One that is gone already is deleted."""
        ...

    async def notify(self, address: Address, reply: Reply) -> None:
        """Send the text of `reply` where `address` is, as a new message that mentions the user, and no one else.

        Call it once: after an error the message may be there all the same, and a second one would be a nuisance.
        """
        ...

    async def publish(self, address: Address, reply: Reply, remember: Remember = forget) -> Address:
        """Show `reply` to everybody in the conversation of `address`, as a new message, and return its address.

        A platform that shows its images in several steps gives each address on the way to `remember`: after an error,
        what stands at the last of them is to be deleted.
        """
        ...

    def abilities(self, address: Address) -> Abilities:
        """Return what can be done at `address`, without asking the platform."""
        ...


class Copies(Protocol):
    """A platform's own copies of the images that it shows. They are removed `days` after the job's end."""

    @property
    def days(self) -> int:
        """How long they are kept."""
        ...

    @property
    def part(self) -> str:
        """The part of an address that names them."""
        ...

    def are_at(self, address: Address) -> bool:
        """Return whether there are copies for the message at `address`, as far as that says."""
        ...

    async def remove(self, address: Address, reply: Reply) -> Address:
        """Remove them, slowly, and show `reply` in their place. Return the address without them. Idempotent.

        Raises DeliveryError.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharing:
    """How many connections use the bot's token, as its platform counts: in this process, and in others."""

    ours: int
    others: int


class Adapter(Protocol):
    """The connection to one platform."""

    name: str

    @property
    def unready(self) -> str:
        """Why events don't arrive or replies can't be sent now, in a few words; empty if all is well."""
        ...

    @property
    def sharing(self) -> Sharing | None:
        """How many connections use the token; None if the platform doesn't say."""
        ...

    @property
    def presence(self) -> Message | None:
        """Who the bot is there, and where, for its operator; None until it is ready, or if there is nothing to say."""
        ...

    async def run(self) -> None:
        """Connect, and serve until cancelled. Raises if the connection is lost for good; it may then be run again.

        Raises TokenRefused if the platform doesn't take a token.
        """
        ...
