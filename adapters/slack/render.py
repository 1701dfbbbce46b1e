"""Turn replies into Block Kit. Pure.

User text goes into `rich_text`, whose text elements Slack does not parse: it can't become bold, a link or a mention.
Users are shown by name, as text: a mention may notify the user, even in a message of the bot.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from adapters.slack.address import Files
from adapters.slack.parse import ACTION_PREFIX, escaped
from bot.core.model import Action
from bot.core.replies import (
    Button,
    Code,
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
# Slack takes no image without a description.
_NO_WORDS = "…"

Block = dict[str, Any]


def picture_key(picture: Picture) -> tuple[str, int]:
    """Return the key of a picture's uploaded file."""
    return picture.job, picture.index


def message(reply: Reply, *, now: datetime, files: Files | None = None, asker: str = "") -> dict[str, Any]:
    """Return `text` and `blocks`. Without `files` the pictures are left out: an ephemeral message can't hold files.

    The blocks mention `asker`, if given. https://docs.slack.dev/reference/methods/chat.postEphemeral
    """
    return {"text": fallback(reply), "blocks": blocks(reply, now=now, files=files or {}, asker=asker)}


def blocks(reply: Reply, *, now: datetime, files: Files, asker: str = "") -> list[Block]:
    """Return the blocks: text, pictures, entries, buttons."""
    built = [_text(reply.lines, now, asker), *_images(reply.pictures, files)]
    last = [*_foot(reply.foot), *_actions(reply.all_buttons)]
    for entry in reply.entries:
        built += [{"type": "divider"}, _text(entry.lines, now), *_images(entry.pictures, files)]
        built += _actions(entry.buttons)
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
    pattern = "{ago}" if moment.shown is Shown.RELATIVE and past else "{date_short_pretty}, {time}"
    stamp = int(moment.at.timestamp())
    return {"type": "date", "timestamp": stamp, "format": pattern, "fallback": plain(((moment,),))}


def _images(pictures: Sequence[Picture], files: Files) -> list[Block]:
    shown = ((picture, files.get(picture_key(picture))) for picture in pictures)
    return [
        {"type": "image", "slack_file": {"id": file}, "alt_text": picture.alt[:MAX_ALT] or _NO_WORDS}
        for picture, file in shown
        if file
    ]


def _actions(buttons: Sequence[Button]) -> list[Block]:
    elements = [
        {
            "type": "button",
            # An action_id must be unique in its block; two buttons that turn pages differ by their position.
            "action_id": f"{ACTION_PREFIX}{button.action}:{place}",
            "text": {"type": "plain_text", "text": button.label[:MAX_LABEL], "emoji": False},
            "value": button.argument,
        }
        for place, button in enumerate(buttons)
        if button.action is not Action.DELETE
    ]
    return [{"type": "actions", "elements": elements}] if elements else []
