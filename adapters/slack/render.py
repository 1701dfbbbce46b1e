"""Turn replies into Block Kit. Pure.

User text goes into `rich_text`, whose text elements Slack does not parse: it can't become bold, a link or a mention.
Users are shown by name, as text: a mention may notify the user, even in a message of the bot.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from adapters.slack.address import Files
from adapters.slack.parse import ACTION_PREFIX, LISTS, escaped
from bot.core.model import Action
from bot.core.replies import (
    Button,
    Code,
    Confirmation,
    Line,
    Link,
    Person,
    Picture,
    Reply,
    Shown,
    Span,
    Strong,
    Timestamp,
    UserText,
    plain,
)

# https://docs.slack.dev/reference/block-kit/blocks and …/block-elements/button-element
MAX_BLOCKS = 50
MAX_TEXT = 3000
MAX_ALT = 2000
# https://docs.slack.dev/reference/block-kit/composition-objects/text-object, in a context block
_MAX_FOOT = 3000
MAX_LABEL = 75
# https://docs.slack.dev/reference/block-kit/composition-objects/confirmation-dialog-object
_MAX_QUESTION, _MAX_EXPLAINED, _MAX_ANSWER = 100, 300, 30
# Slack takes no image without a description.
_NO_WORDS = "…"

Block = dict[str, Any]


def picture_key(picture: Picture) -> tuple[str, int]:
    """Return the key of a picture's uploaded file."""
    return picture.job, picture.index


class Trash(NamedTuple):
    """How *Delete* is shown: as an icon that `person` alone sees, or without a person as a button for all."""

    question: Confirmation
    cancel: str
    person: str = ""


def message(
    reply: Reply, *, now: datetime, files: Files | None = None, asker: str = "", trash: Trash | None = None
) -> dict[str, Any]:
    """Return `text` and `blocks`. Without `files` the pictures are left out: an ephemeral message can't hold files.

    Without `trash` there is no *Delete*. The blocks mention `asker`, if given. https://docs.slack.dev/reference/methods/chat.postEphemeral
    """
    return {"text": fallback(reply), "blocks": blocks(reply, now=now, files=files or {}, asker=asker, trash=trash)}


def blocks(reply: Reply, *, now: datetime, files: Files, asker: str = "", trash: Trash | None = None) -> list[Block]:
    """Return the blocks: text, pictures, entries, buttons."""
    built = [_text(reply.lines, now, asker), *_images(reply.pictures, files)]
    last = [*_foot(reply.foot), *_actions(reply.all_buttons, trash)]
    for entry in reply.entries:
        built += [{"type": LISTS}, _text(entry.lines, now), *_images(entry.pictures, files)]
        built += _actions(entry.buttons, trash)
    return [*built[: MAX_BLOCKS - len(last)], *last]


def fallback(reply: Reply) -> str:
    """Return the text for notifications and screen readers, without anything that Slack would read as markup."""
    lines = (*reply.all_lines, *(line for entry in reply.entries for line in entry.lines))
    return cut(escaped(plain(lines)))


def cut(text: str, limit: int = MAX_TEXT) -> str:
    """Shorten escaped text, without half an entity at its end."""
    if len(text) <= limit:
        return text
    return re.sub(r"&[a-z]*$", "", text[: limit - 1]) + "…"


def _text(lines: Sequence[Line], now: datetime, asker: str = "") -> Block:
    elements: list[Block] = [{"type": "user", "user_id": asker}, {"type": "text", "text": " "}] if asker else []
    for position, line in enumerate(lines):
        if position:
            elements.append({"type": "text", "text": "\n"})
        elements += [element for span in line if (element := _element(span, now))]
    section = {"type": "rich_text_section", "elements": elements or [{"type": "text", "text": " "}]}
    return {"type": "rich_text", "elements": [section]}


def _foot(line: Line) -> list[Block]:
    """Return the last line in small text. Slack doesn't parse a plain text: it mentions nobody."""
    text = plain((line,))[:_MAX_FOOT]
    return [{"type": "context", "elements": [{"type": "plain_text", "text": text, "emoji": False}]}] if text else []


def _element(span: Span, now: datetime) -> Block | None:
    match span:
        case str() | UserText():
            return _words(span if isinstance(span, str) else span.text)
        case Code(text):
            return _words(text, {"code": True})
        case Strong(text):
            return _words(text, {"bold": True})
        case Person(user):
            return _words(user.name, {"bold": True})
        case Timestamp():
            return _date(span, now)
        case Link(label, url):
            linked = url.startswith(("https://", "http://"))
            return {"type": "link", "url": url, "text": label} if linked and label else _words(label)


def _words(text: str, style: dict[str, bool] | None = None) -> Block | None:
    if not text:
        return None
    element: Block = {"type": "text", "text": text[:MAX_TEXT]}
    return {**element, "style": style} if style else element


def _date(moment: Timestamp, now: datetime) -> Block:
    """Show a time in the reader's zone: https://docs.slack.dev/reference/block-kit/block-elements/date-element.

    Slack supports `{ago}` only for times in the past.
    """
    past = moment.at <= now
    pattern = "{ago}" if moment.shown is Shown.RELATIVE and past else "{date_short_pretty} {time}"
    stamp = int(moment.at.timestamp())
    return {"type": "date", "timestamp": stamp, "format": pattern, "fallback": plain(((moment,),))}


def _images(pictures: Sequence[Picture], files: Files) -> list[Block]:
    shown = ((picture, files.get(picture_key(picture))) for picture in pictures)
    return [
        {"type": "image", "slack_file": {"id": file}, "alt_text": picture.alt[:MAX_ALT] or _NO_WORDS}
        for picture, file in shown
        if file
    ]


def _actions(buttons: Sequence[Button], trash: Trash | None) -> list[Block]:
    plain_ones = [_button(button, place) for place, button in enumerate(buttons) if button.action is not Action.DELETE]
    delete = next((button for button in buttons if button.action is Action.DELETE), None)
    if delete is None or trash is None:
        return _block("actions", plain_ones)
    asking = {**_button(delete, len(plain_ones)), "confirm": _confirm(trash)}
    if not trash.person:
        return _block("actions", [*plain_ones, asking])
    # https://docs.slack.dev/reference/block-kit/block-elements/icon-button-element
    icon = {
        **asking,
        "type": "icon_button",
        "icon": "trash",
        "accessibility_label": trash.question.title[:MAX_LABEL],
        "visible_to_user_ids": [trash.person],
    }
    return [*_block("actions", plain_ones), *_block("context_actions", [icon])]


def _button(button: Button, place: int) -> Block:
    return {
        "type": "button",
        # An action_id must be unique in its block; two buttons that turn pages differ by their position.
        "action_id": f"{ACTION_PREFIX}{button.action}:{place}",
        "text": _plain(button.label, MAX_LABEL),
        "value": button.argument,
        **({"accessibility_label": cut(button.spoken, MAX_LABEL)} if button.spoken else {}),
    }


def _confirm(trash: Trash) -> Block:
    question = trash.question
    return {
        "title": _plain(question.title, _MAX_QUESTION),
        "text": _plain(question.text, _MAX_EXPLAINED),
        "confirm": _plain(question.submit, _MAX_ANSWER),
        "deny": _plain(trash.cancel, _MAX_ANSWER),
        "style": "danger",
    }


def _block(kind: str, elements: list[Block]) -> list[Block]:
    return [{"type": kind, "elements": elements}] if elements else []


def _plain(text: str, limit: int) -> Block:
    return {"type": "plain_text", "text": text[:limit], "emoji": False}
