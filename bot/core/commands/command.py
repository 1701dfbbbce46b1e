"""What a command is: its declaration, and what does it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # code that only prints the commands doesn't need them
    from bot.core.events import ButtonEvent, CommandEvent
    from bot.core.model import Action
    from bot.core.replies import Answer


class Kind(StrEnum):
    """The type of an option's value."""

    TEXT = "text"
    INTEGER = "integer"
    CHOICE = "choice"


class Surface(StrEnum):
    """Where commands are offered by name. A command that is typed elsewhere is answered all the same."""

    CHAT = "chat"
    """Among the commands that a chat knows, next to the commands of other apps."""
    OPTIONS = "options"
    """The same, where a chat's commands have options of their own, and complete them."""
    PAGE = "page"
    """In the menu of the bot's own page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """An option of a command. The values of a CHOICE depend on the model: see `Catalogue.choices`.

    `label` and `description` are marked for translation: forms have both.
    """

    name: str
    label: str
    description: str
    kind: Kind = Kind.CHOICE
    required: bool = False
    values: tuple[str, ...] = ()
    """The values of a CHOICE that are the same for every model."""
    instead_of: str = ""
    """The option that it takes the place of. A form, where both would be seen at once, leaves it out."""
    most: int | None = None
    """The largest value of an INTEGER; the smallest is 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command. `description` and `example`, what may follow it, are marked for translation."""

    name: str
    description: str
    example: str = ""
    options: tuple[Option, ...] = ()
    where: frozenset[Surface] = frozenset(Surface)


@dataclass(frozen=True, slots=True, kw_only=True)
class Handlers:
    """What a use case answers: commands, and the buttons with these actions. Each handler raises BotError."""

    commands: Mapping[Command, Callable[["CommandEvent"], Awaitable["Answer"]]] = field(default_factory=dict)
    buttons: Mapping["Action", Callable[["ButtonEvent"], Awaitable["Answer"]]] = field(default_factory=dict)


class UseCase(Protocol):
    """Something that the bot does for people."""

    def handlers(self) -> Handlers:
        """Return what it answers, and how."""
        ...
