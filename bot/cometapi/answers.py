"""Reads the gateway's answers, in every shape seen so far. Pure functions; read large bodies in a thread."""

import binascii
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

import pybase64

from bot.cometapi.faults import GatewayError

_REQUEST_ID = re.compile(r"\(request id: ([0-9A-Za-z_-]{1,100})\)")
_REQUEST_ID_HEADERS = ("X-Cometapi-Request-Id", "X-Oneapi-Request-Id", "X-Request-Id")
_MESSAGE_LENGTH = 500
# Some gateways quote the page that something behind them answered with.
_PAGE = re.compile(r"<(!doctype|html|head|body|title|center|h1|script|style)\b.*", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayAnswer:
    """The content of an answer. `images` are bytes, or URLs to fetch them from; `damaged` counts unreadable ones."""

    readable: bool = True
    error: GatewayError | None = None
    images: tuple[bytes | str, ...] = field(default=(), repr=False)
    damaged: int = 0
    revised_prompt: str = field(default="", repr=False)


def read_answer(body: bytes) -> GatewayAnswer:
    """Read an answer of the images endpoint, of any status."""
    payload = read_json(body)
    if not isinstance(payload, dict):
        return GatewayAnswer(readable=False)
    items = _items(payload)
    error = _error(payload) or (_flat_error(payload) if items is None else None)
    images: list[bytes | str] = []
    damaged = 0
    for item in items or ():
        for content in _contents(item):
            try:
                images.append(_image(content))
                break
            except ValueError:
                damaged += 1
    return GatewayAnswer(
        readable=items is not None or error is not None,
        error=error,
        images=tuple(images),
        damaged=damaged,
        revised_prompt=next(filter(None, map(_revised_prompt, items or ())), ""),
    )


def read_json(body: bytes) -> object:
    """Parse JSON. None if it isn't valid."""
    try:
        payload: object = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return payload


def request_id(headers: Mapping[str, str], error: GatewayError | None) -> str:
    """Return the id that the gateway's support asks for, from a header or the error's message; empty if missing."""
    named = next((headers[name] for name in _REQUEST_ID_HEADERS if headers.get(name)), "")
    found = _REQUEST_ID.search(error.message) if error else None
    return named[:100] or (found[1] if found else "")


def _items(payload: Mapping[str, object]) -> list[object] | None:
    """Return the items of `data`, or of a `data` inside it: some gateways wrap the whole answer once more."""
    data = payload.get("data")
    if isinstance(data, dict):
        data = data.get("data", [data] if "url" in data or "b64_json" in data else None)
    return data if isinstance(data, list) else None


def _contents(item: object) -> Iterator[str]:
    """Yield what may be an image. An empty field counts as missing."""
    if isinstance(item, str):
        yield item
    if isinstance(item, dict):
        for name in ("b64_json", "url"):
            content = item.get(name)
            if isinstance(content, str) and content.strip():
                yield content.strip()


def _image(content: str) -> bytes | str:
    """Return a URL unchanged, anything else decoded; the fields' names can't be relied on. Raises ValueError."""
    if content[:8].lower().startswith(("http://", "https://")):
        return content
    if content[:5].lower() == "data:":
        head, comma, content = content.partition(",")
        if not comma:
            raise ValueError("a data URL without data")
        if not head.lower().endswith(";base64"):
            return unquote_to_bytes(content)
    decoded = _decoded(content)
    if not decoded:
        raise ValueError("no bytes")
    return decoded


def _decoded(content: str) -> bytes:
    """Decode base64: first as it is, as nearly always; else after correcting white space, alphabet and padding."""
    with suppress(binascii.Error, ValueError):
        return pybase64.b64decode(content, validate=True)
    compact = "".join(content.split()).translate(str.maketrans("-_", "+/")).rstrip("=")
    try:
        return pybase64.b64decode(compact + "=" * (-len(compact) % 4), validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error


def _revised_prompt(item: object) -> str:
    revised = item.get("revised_prompt") if isinstance(item, dict) else None
    return revised.strip() if isinstance(revised, str) else ""


def _error(payload: Mapping[str, object]) -> GatewayError | None:
    """Read an `error` field, also one inside `data`."""
    for holder in (payload, payload.get("data")):
        error = holder.get("error") if isinstance(holder, dict) else None
        if isinstance(error, dict) and error:
            return GatewayError(
                message=_text(error.get("message")) or _text(error),
                code=_text(error.get("code")) or _text(error.get("type") if error.get("code") is None else ""),
            )
        if error:
            return GatewayError(message=_text(error))
    return None


def _flat_error(payload: Mapping[str, object]) -> GatewayError | None:
    """Read an error without an `error` field: a `message`, `msg` or `detail`, usually with a `code`."""
    message = next((payload[name] for name in ("message", "msg", "detail") if payload.get(name)), None)
    if message is None:
        return None
    return GatewayError(message=_text(message), code=_text(payload.get("code")), enveloped=False)


def _text(value: object) -> str:
    """Return one line of text: it is logged, and a line break in it could look like another log entry."""
    if value is None:
        return ""
    text = str(value) if isinstance(value, str | int | float) else json.dumps(value, ensure_ascii=False)
    text = _PAGE.sub("(a web page)", text)
    printable = "".join(char if char.isprintable() else " " for char in text[:_MESSAGE_LENGTH])
    return " ".join(printable.split())
