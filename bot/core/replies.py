"""Outgoing replies, independent of the platform; each adapter renders them in its platform's own way."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Self

from bot.core.errors import BotError
from bot.core.image import StoredImage
from bot.core.model import Action, Job
from bot.core.origin import Origin
from bot.core.spans import Code, Line, Link, Person, Shown, Span, Strong, Timestamp, Typed, UserText, plain

__all__ = [
    "Answer",
    "Button",
    "Code",
    "Confirmation",
    "Deletion",
    "Entry",
    "Form",
    "Line",
    "Link",
    "Person",
    "Picture",
    "Placement",
    "Reply",
    "Shown",
    "Span",
    "Strong",
    "Timestamp",
    "Typed",
    "UserText",
    "plain",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """A button. `argument` is a job's id or a page's cursor, of at most 60 characters."""

    action: Action
    argument: str
    label: str
    spoken: str = ""
    """The text that is read out to people who can't see its place, if it is more than the label."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One image of a job, by reference: `ImageLibrary.file` returns the bytes in a form that a platform can show."""

    job: str
    index: int
    image: StoredImage
    alt: str
    """What the image shows, as plain text of at most 1,000 characters."""
    brief: str = ""
    """The same without what people wrote."""
    model: str = ""
    """Which model made it; empty if that isn't to be said in its file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One item of a list, with its own pictures and buttons, and the job that it is about."""

    lines: tuple[Line, ...]
    pictures: tuple[Picture, ...] = ()
    buttons: tuple[Button, ...] = ()
    job: Job | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What is to be shown at one address."""

    lines: tuple[Line, ...]
    foot: Line = ()
    """The last line, in small letters where a platform has them. No person or model wrote its words."""
    pictures: tuple[Picture, ...] = ()
    buttons: tuple[Button, ...] = ()
    entries: tuple[Entry, ...] = ()
    search: str | None = None
    """The words that the items of a list were searched for; None if it isn't a list that can be searched."""
    newer: Button | None = None
    older: Button | None = None
    """Lead to the neighbouring pages of a list, if there are any."""
    final: bool = True
    """Whether it stays as it is; otherwise it shows how far a job is, and another reply takes its place."""

    def without_words(self, why: Line) -> Self:
        """Return the same without what people and models wrote, and with a line that says why."""
        entries = tuple(
            replace(entry, lines=_left_out(entry.lines), pictures=_undescribed(entry.pictures))
            for entry in self.entries
        )
        lines, pictures = (*_left_out(self.lines), why), _undescribed(self.pictures)
        return replace(self, lines=lines, pictures=pictures, entries=entries)

    @property
    def all_lines(self) -> tuple[Line, ...]:
        """The lines with the foot, if there is one. The lines of the entries are not among them."""
        return (*self.lines, self.foot) if self.foot else self.lines

    @property
    def all_buttons(self) -> tuple[Button, ...]:
        """The buttons of the whole reply, in the order in which they are shown, without the buttons of the entries."""
        return (*self.buttons, *(button for button in (self.newer, self.older) if button))


def _left_out(lines: tuple[Line, ...]) -> tuple[Line, ...]:
    return tuple(tuple(UserText("…") if isinstance(span, UserText) else span for span in line) for line in lines)


def _undescribed(pictures: tuple[Picture, ...]) -> tuple[Picture, ...]:
    return tuple(replace(picture, alt=picture.brief) for picture in pictures)


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A form that asks for a prompt. `job` is the id of the job whose prompt is edited; None for a new command.

    A form with room for it shows the `options` of that job, too: as they were asked for, by name.
    """

    title: str
    label: str
    submit: str
    prompt: str = field(repr=False, default="")
    job: str | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    max_length: int = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """A form that asks whether what was pressed is meant. `keep` labels a box in it; empty if it has no box."""

    title: str
    text: str
    submit: str
    keep: str = ""
    job: str
    action: Action = Action.DELETE
    """The button that was pressed, and is meant, or not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deletion:
    """A job to be deleted by somebody who may; with `keep` only its message is."""

    job: Job
    by: Origin
    keep: bool = False


class Placement(StrEnum):
    """Where the reply to an event is shown."""

    PUBLIC = "public"
    """In a new message for everyone in the conversation."""
    PRIVATE = "private"
    """In a new message for the user who asked alone."""
    IN_PLACE = "in_place"
    """In the message whose button was pressed, if the user who asked alone sees that; otherwise as PRIVATE."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The response of `Bot.dispatch` to an event, in exactly one of four ways.

    - `form`, `confirmation`: open it.
    - `prompt`: show it as it was written, to the user alone.
    - `reply`: show it, at its `placement`.
    - neither: only acknowledge the event (it was a duplicate, or its effect is shown elsewhere).

    With `job` set, the reply is the queued reply of that job. Call `Bot.confirm(job, address)` once people can see the
    reply, `Bot.withdraw(job)` if the platform refused it, or `Bot.start(job)` if it didn't say: the job waits for that.
    """

    reply: Reply | None = None
    form: Form | None = None
    confirmation: Confirmation | None = None
    prompt: str | None = field(default=None, repr=False)
    placement: Placement = Placement.PUBLIC
    job: str | None = None
    outdated: Job | None = None
    """The job of the pressed message, which shows what is over: `Bot.bring_up_to_date` shows how it ended."""
    ended: Job | None = None
    """The job that somebody has just ended. If another message shows it than the pressed one, that one is a stray."""
    shared: Job | None = None
    """A job that only its asker sees, and wants to show everybody: `Bot.share` lets it be posted, or says why not."""
    deletion: Deletion | None = None
    """What is confirmed to be deleted: `Bot.delete` does that, with the message whose button was pressed."""
    copied: Job | None = None
    """A job to be shown to everybody where the button was pressed: `Bot.show_here` does that, or says why not."""
    refused: bool = False
    """Whether the reply is a refusal: nothing was accepted, nothing is charged."""
    error: BotError | None = None
    """Why it was refused, or the Duplicate that gets no reply, for platforms that have error codes."""

    def saying(self, line: Line) -> Self:
        """Return the same with another line in the reply, for the user alone."""
        lines = self.reply.lines if self.reply else ()
        return replace(self, reply=Reply(lines=(*lines, line)), placement=Placement.PRIVATE)

    @property
    def opens(self) -> bool:
        """Whether it is something that opens for the user alone: a form, a question, a whole prompt."""
        return self.form is not None or self.confirmation is not None or self.prompt is not None
