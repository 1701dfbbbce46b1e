"""Text that people read: lines of spans.

A plain `str` span is the bot's own text; text that a person wrote is `UserText`. Renderers escape both, and show the
other types of spans natively.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Self

from bot.core import foreign

if TYPE_CHECKING:
    from bot.core.origin import User


@dataclass(frozen=True, slots=True)
class UserText:
    """Text from a person or a model: never markup, never a mention."""

    text: str

    def __post_init__(self) -> None:
        foreign.put(self, text=foreign.shown(self.text))


@dataclass(frozen=True, slots=True)
class Code:
    """Text to be typed or copied unchanged."""

    text: str

    def __post_init__(self) -> None:
        foreign.put(self, text=foreign.shown(self.text))


@dataclass(frozen=True, slots=True)
class Typed(Code):
    """A command to be typed, such as `/imagine a paper boat`. A platform may have another name for `command`."""

    command: str

    @classmethod
    def of(cls, command: str, rest: str = "") -> Self:
        """Return the command under its original name, followed by `rest`."""
        return cls(f"/{command} {rest}".strip(), command)

    def called(self, name: str) -> Code:
        """Return what to type where the command has the name `name`, e.g. `/draw`."""
        return Code(name + self.text.removeprefix(f"/{self.command}"))


@dataclass(frozen=True, slots=True)
class Strong:
    """The bot's own text, emphasised."""

    text: str


@dataclass(frozen=True, slots=True)
class Person:
    """A user, shown by name but not notified."""

    user: "User"


class Shown(StrEnum):
    """How a moment is shown."""

    RELATIVE = "relative"
    DATE_TIME = "date_time"


@dataclass(frozen=True, slots=True)
class Timestamp:
    """A time, shown in the reader's own time zone."""

    at: datetime
    shown: Shown = Shown.DATE_TIME
    written: str = ""
    """The text for places where a chat can't show that: `Language.moment` puts it in."""


@dataclass(frozen=True, slots=True)
class Link:
    """A link whose label is the bot's own text."""

    label: str
    url: str


Span = str | UserText | Code | Strong | Person | Timestamp | Link
Line = tuple[Span, ...]


def plain(lines: tuple[Line, ...]) -> str:
    """Return the text without any markup, for alt texts, notifications and logs."""
    return "\n".join("".join(_plain_span(span) for span in line) for line in lines)


def _plain_span(span: Span) -> str:
    match span:
        case str():
            return span
        case UserText(text) | Code(text) | Strong(text):
            return text
        case Person(user):
            return user.name
        case Timestamp(at, written=written):
            return written or f"{at:%Y-%m-%d %H:%M} UTC"
        case Link(label, url):
            return f"{label} ({url})"
