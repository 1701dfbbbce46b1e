"""Turn replies into JSON. Pure. Nothing here is markup: the page makes text nodes of it."""

from datetime import datetime
from http import HTTPStatus
from typing import Literal, NotRequired, TypedDict

from bot.core import errors, refusals
from bot.core.commands import FLAGS
from bot.core.commands.flags import to_type
from bot.core.model import Job
from bot.core.replies import (
    Button,
    Code,
    Entry,
    Form,
    Line,
    Link,
    Person,
    Picture,
    Reply,
    Span,
    Strong,
    Timestamp,
    UserText,
)
from bot.core.replies import plain as plain_text


class SpanJson(TypedDict):
    """A span: `text` can always be shown alone; the other fields allow a better display."""

    kind: Literal["text", "user", "code", "strong", "person", "moment", "link"]
    text: str
    at: NotRequired[str]
    shown: NotRequired[str]
    url: NotRequired[str]


class ImageJson(TypedDict):
    """An image: where it is, what it shows, and its size in pixels."""

    url: str
    download: str
    alt: str
    width: int
    height: int


class ButtonJson(TypedDict):
    """A button; `argument` is a job's id, or a page's cursor."""

    action: str
    argument: str
    label: str
    spoken: str
    """What a screen reader says, if that is more than the label."""


class EntryJson(TypedDict):
    """One item of a list."""

    job: str | None
    lines: list[list[SpanJson]]
    images: list[ImageJson]
    buttons: list[ButtonJson]


class ReplyJson(TypedDict):
    """A reply: `text` is the same as `lines` and `foot`, as plain text."""

    text: str
    lines: list[list[SpanJson]]
    foot: list[SpanJson]
    """The last line, which is shown small."""
    images: list[ImageJson]
    buttons: list[ButtonJson]
    entries: list[EntryJson]
    search: str | None
    """What a list was searched for; null if it can't be searched."""


class RequestJson(TypedDict):
    """The request to the model; None means the model's own default."""

    model: str
    prompt: str
    n: int
    size: str | None
    quality: str | None
    style: str | None
    background: str | None
    output_format: str | None


class JobJson(TypedDict):
    """A job as it is now. Times are ISO 8601, UTC."""

    job: str
    status: str
    ended: bool
    request: RequestJson
    typed: str
    """The prompt as it has to be typed: led by a lone `--`, if something in it looks like a flag."""
    options: dict[str, str]
    """The options as they were asked for, by name."""
    undo: bool
    """Whether it can still be taken back before anything is sent."""
    deleting: bool
    """Whether it will be deleted in a moment, which can still be undone."""
    reply: ReplyJson
    revised_prompt: str
    asked_model: str | None
    fault: str | None
    parent: str | None
    created_at: str
    started_at: str | None
    ended_at: str | None


class FormJson(TypedDict):
    """A form that asks for a prompt."""

    title: str
    label: str
    submit: str
    prompt: str
    job: str | None
    max_length: int


class ErrorJson(TypedDict):
    """A refusal: the sentence, and the same in spans."""

    error: str
    lines: list[list[SpanJson]]


def reply_json(reply: Reply) -> ReplyJson:
    """Render a reply."""
    return {
        "text": plain_text(reply.all_lines),
        "lines": _lines(reply.lines),
        "foot": [_span(span) for span in reply.foot],
        "images": [_image(picture) for picture in reply.pictures],
        "buttons": [_button(button) for button in reply.all_buttons],
        "entries": [_entry(entry) for entry in reply.entries],
        "search": reply.search,
    }


def job_json(job: Job, reply: Reply, *, undo: bool = False, deleting: bool = False) -> JobJson:
    """Render a job with the reply that shows its state."""
    request = job.request
    return {
        "job": job.id,
        "status": job.status.value,
        "ended": job.status.ended,
        "request": {
            "model": request.model,
            "prompt": request.prompt,
            "n": request.n,
            "size": request.size,
            "quality": request.quality,
            "style": request.style,
            "background": request.background,
            "output_format": request.output_format,
        },
        "typed": to_type(request.prompt, FLAGS),
        "options": dict(job.options),
        "undo": undo,
        "deleting": deleting,
        "reply": reply_json(reply),
        "revised_prompt": job.revised_prompt,
        "asked_model": job.asked.model if job.asked else None,
        "fault": job.fault.value if job.fault else None,
        "parent": job.parent,
        "created_at": job.created_at.isoformat(),
        "started_at": _time(job.started_at),
        "ended_at": _time(job.ended_at),
    }


def form_json(form: Form) -> FormJson:
    """Render a form."""
    return {
        "title": form.title,
        "label": form.label,
        "submit": form.submit,
        "prompt": form.prompt,
        "job": form.job,
        "max_length": form.max_length,
    }


def error_json(line: Line) -> ErrorJson:
    """Render the sentence of a refusal."""
    return {"error": plain_text((line,)), "lines": _lines((line,))}


_STATUSES: tuple[tuple[type[errors.BotError], HTTPStatus], ...] = (
    (refusals.UsageError, HTTPStatus.BAD_REQUEST),
    (refusals.NotYours, HTTPStatus.FORBIDDEN),
    (refusals.NotYoursToDelete, HTTPStatus.FORBIDDEN),
    (refusals.JobNotFound, HTTPStatus.NOT_FOUND),
    (refusals.NoSuchImage, HTTPStatus.NOT_FOUND),
    (refusals.ImagesNotKept, HTTPStatus.GONE),
    (refusals.TooLate, HTTPStatus.CONFLICT),
    (refusals.QuotaExceeded, HTTPStatus.TOO_MANY_REQUESTS),
    (refusals.TooManyOpen, HTTPStatus.TOO_MANY_REQUESTS),
    (refusals.BacklogFull, HTTPStatus.TOO_MANY_REQUESTS),
    (refusals.BudgetSpent, HTTPStatus.TOO_MANY_REQUESTS),
    (refusals.Refusal, HTTPStatus.SERVICE_UNAVAILABLE),
    (errors.StorageError, HTTPStatus.SERVICE_UNAVAILABLE),
)


def http_status(error: errors.BotError | None) -> HTTPStatus:
    """Return the HTTP status of a refusal."""
    for kind, status in _STATUSES:
        if isinstance(error, kind):
            return status
    return HTTPStatus.INTERNAL_SERVER_ERROR


def _lines(lines: tuple[Line, ...]) -> list[list[SpanJson]]:
    return [[_span(span) for span in line] for line in lines]


def _span(span: Span) -> SpanJson:
    match span:
        case str():
            return {"kind": "text", "text": span}
        case UserText(text):
            return {"kind": "user", "text": text}
        case Code(text):
            return {"kind": "code", "text": text}
        case Strong(text):
            return {"kind": "strong", "text": text}
        case Person(user):
            return {"kind": "person", "text": user.name}
        case Timestamp(at, shown):
            return {"kind": "moment", "text": plain_text(((span,),)), "at": at.isoformat(), "shown": shown.value}
        case Link(label, url):
            # Anything else in a link (`javascript:`, `data:`) would be run by a browser rather than opened.
            if url.startswith(("https://", "http://")):
                return {"kind": "link", "text": label, "url": url}
            return {"kind": "text", "text": label}


def _image(picture: Picture) -> ImageJson:
    url = f"/api/jobs/{picture.job}/images/{picture.index}"
    return {
        "url": url,
        "download": f"{url}?download=1",
        "alt": picture.alt,
        "width": picture.image.width,
        "height": picture.image.height,
    }


def _button(button: Button) -> ButtonJson:
    return {"action": button.action.value, "argument": button.argument, "label": button.label, "spoken": button.spoken}


def _entry(entry: Entry) -> EntryJson:
    return {
        "job": entry.job.id if entry.job else None,
        "lines": _lines(entry.lines),
        "images": [_image(picture) for picture in entry.pictures],
        "buttons": [_button(button) for button in entry.buttons],
    }


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
