"""What goes out: neutral replies that each adapter renders in its platform's own way.

Text is lines of spans. A plain `str` span is the bot's own words; whatever a person wrote is `UserText`. Renderers
escape both, and show the typed spans natively.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Self

from bot.core.errors import BotError
from bot.core.model import StoredImage, User


@dataclass(frozen=True, slots=True)
class UserText:
    """Words of a person or a model: never markup, never a mention."""

    text: str


@dataclass(frozen=True, slots=True)
class Code:
    """Something to be typed or copied as it is."""

    text: str


@dataclass(frozen=True, slots=True)
class Typed(Code):
    """A command to be typed, such as `/imagine a paper boat`. Places may call `command` by another name."""

    command: str

    @classmethod
    def of(cls, command: str, rest: str = "") -> Self:
        """Give the command as it is called where it wasn't renamed, with what is typed behind it."""
        return cls(f"/{command} {rest}".strip(), command)

    def called(self, name: str) -> Code:
        """Give what is typed where the command is called `name`, e.g. `/draw`."""
        return Code(name + self.text.removeprefix(f"/{self.command}"))


@dataclass(frozen=True, slots=True)
class Strong:
    """The bot's own words, emphasised."""

    text: str


@dataclass(frozen=True, slots=True)
class Person:
    """A person, shown by name; nobody is notified."""

    user: User


class Shown(StrEnum):
    """How a moment is shown."""

    RELATIVE = "relative"
    DATE_TIME = "date_time"


@dataclass(frozen=True, slots=True)
class Moment:
    """A time, shown in the reader's own zone."""

    at: datetime
    shown: Shown = Shown.DATE_TIME


@dataclass(frozen=True, slots=True)
class Link:
    """A link with a label of the bot's own words."""

    label: str
    url: str


Span = str | UserText | Code | Strong | Person | Moment | Link
Line = tuple[Span, ...]


class Action(StrEnum):
    """What a button does."""

    AGAIN = "again"
    EDIT = "edit"
    CANCEL = "cancel"
    STOP = "stop"
    SHOW = "show"
    PAGE = "page"
    UNCLEAR = "unclear"
    """A button of a newer release, which this one doesn't know. No button is made of it."""

    @classmethod
    def _missing_(cls, value: object) -> Self:
        return cls.UNCLEAR


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """A button. `argument` is a job's id or a page's cursor; it is at most 60 characters."""

    action: Action
    argument: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One image of a job, by reference: `Gallery.file` gives the bytes in a form that a place can show."""

    job: str
    index: int
    image: StoredImage
    alt: str
    """What the image shows, as plain text of at most 1,000 characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One item of a list, with its own pictures and buttons. `job` is the job that it is about."""

    lines: tuple[Line, ...]
    pictures: tuple[Picture, ...] = ()
    buttons: tuple[Button, ...] = ()
    job: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What people are to see at one address."""

    lines: tuple[Line, ...]
    pictures: tuple[Picture, ...] = ()
    buttons: tuple[Button, ...] = ()
    entries: tuple[Entry, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A form that asks for a prompt. `job` is the job whose prompt is edited; None for a new command."""

    title: str
    label: str
    submit: str
    prompt: str = field(repr=False, default="")
    job: str | None = None
    max_length: int = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What `Bot.dispatch` says to an event; exactly one way to respond to it.

    - `form`: open it.
    - `reply`: show it; to the asker alone if `private`.
    - neither: stay silent (the event was a duplicate, or its effect is shown elsewhere). Acknowledge, say nothing.

    With `job` set, the reply is the queued reply of a job that waits for `Bot.confirm(job, address)` once people can
    see it, or `Bot.withdraw(job)` if the platform refused it.
    """

    reply: Reply | None = None
    form: Form | None = None
    private: bool = False
    job: str | None = None
    refused: bool = False
    """Whether the reply is a refusal: nothing was accepted, nothing is charged."""
    error: BotError | None = None
    """Why it was refused, or the Duplicate that is answered with silence, for places that have codes for it."""


def plain(lines: tuple[Line, ...]) -> str:
    """Give the text without any markup, for alt texts, notifications and logs."""
    return "\n".join("".join(_plain_span(span) for span in line) for line in lines)


def _plain_span(span: Span) -> str:
    match span:
        case str():
            return span
        case UserText(text) | Code(text) | Strong(text):
            return text
        case Person(user):
            return user.name
        case Moment(at):
            return f"{at:%Y-%m-%d %H:%M} UTC"
        case Link(label, url):
            return f"{label} ({url})"
