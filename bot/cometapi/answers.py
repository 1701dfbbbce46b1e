"""Reads the gateway's answers, in every shape seen so far. Pure functions; read large bodies in a thread."""

import binascii
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from types import MappingProxyType
from urllib.parse import unquote_to_bytes

import pybase64

from bot.cometapi import words
from bot.cometapi.error_fields import read_error
from bot.cometapi.faults import GatewayError
from bot.cometapi.json_text import read_json
from bot.core.foreign import line, text

_REQUEST_ID = re.compile(r"\(request id: ([0-9A-Za-z_-]{1,100})\)")
_REQUEST_ID_HEADERS = ("X-Cometapi-Request-Id", "X-Oneapi-Request-Id", "X-Request-Id")

# Where images were seen: OpenAI's names, and those of Replicate, DashScope, Google and Stability.
_LISTS = ("data", "images", "output", "results", "predictions", "artifacts", "image_urls", "image_base64")
_CONTENTS = ("b64_json", "url", "image", "image_url", "base64", "bytesBase64Encoded")
_TASKS = ("task_id", "taskId", "job_id", "id")
_NESTED = 2
_LONGEST_ID = 100
_LONGEST_NAME, _NAMES = 30, 10
# No more is ever looked at: a wrong answer could make the bot fetch without end.
MOST = 4
# A relative address is no longer; base64 of an image that begins like one is: `/9j/` begins a JPEG.
_LONGEST_PATH = 2000
_JPEG = b"\xff\xd8\xff"


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayAnswer:
    """The content of an answer. `images` are bytes, or addresses to fetch them from: the first whole one counts.

    `damaged` counts the ones that can't be read. `empty`: it has a list without anything in it. `refused`: it says that
    the image was refused after it was drawn. `task` names an image that is still to be made. `request_id` is what the
    body says of it, `fields` are the names in it.
    """

    error: GatewayError | None = None
    images: tuple[bytes | str, ...] = field(default=(), repr=False)
    damaged: int = 0
    empty: bool = False
    refused: bool = False
    task: str = ""
    request_id: str = ""
    fields: tuple[str, ...] = ()
    revised_prompt: str = field(default="", repr=False)


UNREADABLE = GatewayAnswer()


def read_answer(
    body: bytes, *, ok: bool = True, content_type: str = "", decoded: Mapping[str, bytes] = MappingProxyType({})
) -> GatewayAnswer:
    """Read an answer of the images endpoint; `ok`: its status means success. Raises TooManyParts.

    `decoded` has the images of strings. Only the beginning of these is left in the body.
    """
    payload = read_json(body, content_type=content_type)
    if isinstance(payload, list) and not ok and payload and isinstance(payload[0], dict):
        payload = payload[0]
    if not isinstance(payload, dict | list):
        return UNREADABLE
    items = _items(payload)
    images, damaged = _images(items or (), decoded)
    fields = payload if isinstance(payload, dict) else {}
    error = read_error(fields, ok=ok, holds_something=bool(items))
    return GatewayAnswer(
        error=error,
        images=images,
        damaged=damaged,
        empty=items is not None and not items,
        refused=any(map(_is_refused, (*(items or ()), fields))),
        task=next((task for task in map(_task, (fields, *(items or ()), fields.get("output"))) if task), ""),
        request_id=_request_id(error, fields),
        fields=tuple(line(name, _LONGEST_NAME) for name in list(fields)[:_NAMES]),
        revised_prompt=next(filter(None, map(_revised_prompt, items or ())), ""),
    )


def request_id(headers: Mapping[str, str], answer: GatewayAnswer = UNREADABLE) -> str:
    """Return the id that the gateway's support asks for, from a header or else the answer; empty if missing."""
    named = next((headers[name] for name in _REQUEST_ID_HEADERS if headers.get(name)), "")
    return line(named, _LONGEST_ID) or answer.request_id


def _request_id(error: GatewayError | None, fields: Mapping[str, object]) -> str:
    found = _REQUEST_ID.search(error.message) if error else None
    return found[1] if found else line(fields.get("request_id"), _LONGEST_ID)


def _items(holder: object, nested: int = 0) -> Sequence[object] | None:
    """Return the items of an answer: of a list with a known name, or of one inside it, as some wrap it once more."""
    if isinstance(holder, list):
        inside = _items(holder[0], nested) if len(holder) == 1 and isinstance(holder[0], list) else None
        return holder if inside is None else inside
    if isinstance(holder, str):
        return [holder] if nested and (len(holder) > _LONGEST_PATH or holder.startswith(("http", "data:"))) else None
    if not isinstance(holder, dict) or nested > _NESTED:
        return None
    found = (_items(holder[name], nested + 1) for name in _LISTS if holder.get(name) is not None)
    first = next((items for items in found if items is not None), None)
    return [holder] if first is None and any(holder.get(name) for name in _CONTENTS) else first


def _images(items: Sequence[object], decoded: Mapping[str, bytes]) -> tuple[tuple[bytes | str, ...], int]:
    """Return everything that may be an image, in order, and how many could not be read."""
    images: list[bytes | str] = []
    damaged = 0
    for content in (content for item in items for content in _contents(item)):
        if len(images) == MOST:
            break
        try:
            images.append(decoded.get(content) or _image(content))
        except ValueError:
            damaged += 1
    return tuple(images), damaged


def _contents(item: object, nested: int = 0) -> Iterator[str]:
    """Yield what may be an image. An empty field counts as missing."""
    if isinstance(item, str):
        if item.strip():
            yield item.strip()
    elif isinstance(item, dict) and nested < _NESTED:
        for name in _CONTENTS:
            yield from _contents(item.get(name), nested + 1)


def _image(content: str) -> bytes | str:
    """Return an address unchanged, anything else decoded; the fields' names can't be relied on. Raises ValueError."""
    if content[:8].lower().startswith(("http://", "https://")):
        return content
    if content[:5].lower() == "data:":
        head, comma, content = content.partition(",")
        if not comma:
            raise ValueError("a data URL without data")
        if not head.lower().endswith(";base64"):
            return unquote_to_bytes(content)
    try:
        decoded = _decoded(content)
    except ValueError:
        if _is_path(content):
            return content
        raise
    if not decoded:
        raise ValueError("no bytes")
    return content if content.startswith("/") and _is_path(content) and not decoded.startswith(_JPEG) else decoded


def _is_path(content: str) -> bool:
    """Return whether a text may be an address without its host."""
    return (
        len(content) <= _LONGEST_PATH and "/" in content and content.isascii() and not re.search(r"[\s<>\"]", content)
    )


def _decoded(content: str) -> bytes:
    """Decode base64: first as it is, as nearly always; else after correcting white space, alphabet and padding."""
    with suppress(binascii.Error, ValueError):
        return pybase64.b64decode(content, validate=True)
    compact = "".join(content.split()).translate(str.maketrans("-_", "+/")).rstrip("=")
    try:
        return pybase64.b64decode(compact + "=" * (-len(compact) % 4), validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error


def _is_refused(item: object) -> bool:
    if not isinstance(item, dict):
        return False
    return any(name in item and pattern.search(str(item[name])) for name, pattern, _ in words.REFUSED_ITEMS)


def _task(holder: object) -> str:
    found = next((holder[name] for name in _TASKS if holder.get(name)), "") if isinstance(holder, dict) else ""
    return line(found, _LONGEST_ID)


def _revised_prompt(item: object) -> str:
    revised = item.get("revised_prompt") if isinstance(item, dict) else None
    return text(revised) if isinstance(revised, str) else ""
