"""What a platform is to the rest of the bot: one value, declared in its adapter's package."""

from argparse import ArgumentParser, Namespace
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from bot.core.chat import Adapter, Messenger
from bot.core.clock import Clock
from bot.core.dispatch import Bot
from bot.core.doctor import Check
from bot.core.images.library import ImageLibrary

S = TypeVar("S")
"""The settings that a platform reads."""

Connected = tuple[Adapter, Sequence[Any]]
"""An adapter, and the routes that the HTTP server has to serve for it, in that server's own type."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """A platform that runs: its messenger exists before the bot, and `connect` builds its adapter around the bot."""

    messenger: Messenger
    connect: Callable[[Bot], Connected]


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorCommand(Generic[S]):
    """A command of `imagine-bot` that is about one platform. `run` returns what it prints.

    `run` raises ValueError for a setting or an argument, and says what to give instead; OSError or BotError for
    what failed.
    """

    name: str
    description: str
    run: Callable[[S, Namespace], Awaitable[str]]
    arguments: Callable[[ArgumentParser], object] = lambda _: None
    """Adds the arguments that `run` reads."""


async def no_checks(_: object) -> Sequence[Check]:
    """Return no checks, for a platform that depends on nothing."""
    return ()


def complete(_: object) -> str:
    """Return that nothing is missing."""
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform(Generic[S]):
    """One platform: its name, settings, parts and checks, and the operator's commands."""

    name: str
    title: str
    """Its name as operators read it."""
    settings: type[S]
    is_set: Callable[[S], bool]
    """Whether the operator wants it to run."""
    switch: str
    """The setting that makes it run."""
    needs: str
    """All the settings that it needs, as `run` lists them when no platform is set up."""
    purpose: str
    """What these are for, in the same list."""
    build: Callable[[S, ImageLibrary, Clock], Chat]
    missing: Callable[[S], str] = complete
    """Returns a sentence that says what isn't set yet, although it has to run; an empty one if nothing is missing."""
    checks: Callable[[S], Awaitable[Sequence[Check]]] = no_checks
    """What the doctor checks."""
    commands: tuple[OperatorCommand[S], ...] = ()
    demo: Mapping[str, object] | None = None
    """The settings with which it is part of the demo; None if it needs an account."""

    def runs(self, settings: object) -> bool:
        """Return whether it runs with these settings."""
        return isinstance(settings, self.settings) and self.is_set(settings)
