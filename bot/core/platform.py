"""What a platform is to the rest of the bot: one value, declared in its adapter's package."""

from argparse import Namespace
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from bot.core.access import Access
from bot.core.message import Message

if TYPE_CHECKING:  # what they import is of use only once a bot runs
    from bot.core.chat import Adapter, Copies, Messenger
    from bot.core.clock import Clock
    from bot.core.dispatch import Bot
    from bot.core.doctor import Check
    from bot.core.images.library import ImageLibrary
    from bot.core.setup import Place, Talk
    from bot.core.ways_out import Proxy

S = TypeVar("S")
"""The settings that a platform reads."""

Written = Callable[[Collection[str]], Mapping[str, str]]
"""Returns what is written for the settings with these names, which are in lower case."""

Connected = tuple["Adapter", Sequence[Any]]
"""An adapter, and the routes that the HTTP server has to serve for it, in that server's own type."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Listener:
    """Where a platform listens by itself, instead of sharing the HTTP server."""

    host: str
    port: int
    host_setting: str
    port_setting: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Chat:
    """A platform that runs: its messenger exists before the bot, and `connect` builds its adapter around the bot."""

    messenger: "Messenger"
    connect: Callable[["Bot"], Connected]
    copies: "Copies | None" = None
    """The platform's own copies of the images, if they are to be removed after a while."""
    opened_at: Callable[[int], str] | None = None
    """Returns the address that people open, given the port of the platform's own listener. It may hold a key."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class OperatorArgument:
    """An optional argument of an operator's command, such as `--http URL`. `description` is a marked text."""

    flag: str
    metavar: str
    description: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class OperatorCommand(Generic[S]):
    """A command of `imagine-bot` that is about one platform. `run` returns what it prints, if need be after waiting.

    `description` is a marked text. `run` raises ValueError for a setting or an argument, and OSError or BotError for
    what failed, each with the message that says so.
    """

    name: str
    description: str
    run: Callable[[S, Namespace], str | Awaitable[str]]
    arguments: tuple[OperatorArgument, ...] = ()
    """The arguments that `run` reads."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class PrintingCommand:
    """A command that prints what follows from a few settings. To check all settings would take most of its time.

    `run` gets a function for reading them, and raises ValueError as `OperatorCommand`'s.
    """

    name: str
    description: str
    run: Callable[[Written, Namespace], str]
    arguments: tuple[OperatorArgument, ...] = ()


async def no_checks(_: object) -> "Sequence[Check]":
    """Return no checks, for a platform that depends on nothing."""
    return ()


def no_hosts(_: object) -> "Mapping[str, Proxy | None]":
    """Return no hosts, for a platform that calls no other server."""
    return {}


def no_listener(_: object) -> Listener | None:
    """Return no listener, for a platform that connects by itself, or shares the HTTP server."""
    return None


def complete(_: object) -> Message | None:
    """Return that nothing is missing."""
    return None


def everybody(_: object) -> Access:
    """Return that everybody who reaches the bot may draw."""
    return Access()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Setup(Generic[S]):
    """How one platform is set up."""

    secrets: Sequence[str]
    """The settings that may be asked for."""
    missing: Callable[[S], Sequence[str]]
    """Returns which of them are needed and not set."""
    talk: Callable[["Talk[S]"], Awaitable["Place"]]
    """Asks for everything, and returns where the bot can be tried."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Platform(Generic[S]):
    """One platform: its name, settings, parts and checks, and the operator's commands."""

    name: str
    title: str
    """Its name as operators read it: a marked text."""
    runs: Callable[[S], bool]
    """Whether the operator wants it to run."""
    switch: str
    """The setting that makes it run."""
    needs: str
    """All the settings that it needs, as `run` lists them when no platform is set up; a marked text if it has words."""
    build: Callable[[S, "ImageLibrary", "Clock"], Chat]
    missing: Callable[[S], Message | None] = complete
    """Returns what isn't set yet, although it has to run; None if nothing is missing."""
    access: Callable[[S], Access] = everybody
    """Returns who may draw there."""
    checks: Callable[[S], Awaitable[Sequence["Check"]]] = no_checks
    """What the doctor checks."""
    hosts: Callable[[S], "Mapping[str, Proxy | None]"] = no_hosts
    """The hosts that it reaches, each with the proxy in between."""
    setup: Setup[S] | None = None
    """How an operator sets it up; None if there is nothing to ask."""
    listener: Callable[[S], Listener | None] = no_listener
    """Where it listens by itself."""
    commands: tuple[OperatorCommand[S] | PrintingCommand, ...] = ()
    demo: Callable[[S, int], Mapping[str, object]] | None = None
    """Returns the settings that make it the demo, at this port unless one is set; None if it needs an account."""
