"""Reads what an answer says went wrong, in every shape seen so far."""

import json
import re
from collections.abc import Iterator, Mapping

from bot.cometapi import words
from bot.cometapi.faults import GatewayError
from bot.core.foreign import line

# Some gateways quote the page that something behind them answered with.
_PAGE = re.compile(r"<(!doctype|html|head|body|title|center|h1|script|style)\b.*", re.IGNORECASE | re.DOTALL)
_LONGEST = 8000
_MESSAGES = (
    *("message", "msg", "detail", "error_msg", "error_message", "errorMessage", "status_msg", "errors"),
    "error_description",
)
_CODES = ("code", "error_code", "errorCode", "status_code", "type", "status", "reason", "name")
# Where a flat error is: in the answer itself, or in these of its fields.
_HOLDERS = ("base_resp", "output", "result")
_DEPTH = 4

Fields = Mapping[str, object]


def read_error(payload: Fields, *, ok: bool, holds_something: bool) -> GatewayError | None:
    """Return the error of an answer, None if there is no error.

    `ok`: its status means success; then a message alone isn't an error, nor is one beside a code of success.
    `holds_something`: it has items, which may be images to come.
    """
    error = _explicit(payload, ok=ok)
    return error if error or holds_something else _flat(payload, ok=ok)


def one_line(value: object, longest: int = _LONGEST) -> str:
    """Return one line of text for the log. It never quotes a web page."""
    if value is None:
        return ""
    said = value if isinstance(value, str | int | float) else json.dumps(value, ensure_ascii=False)
    return line(_PAGE.sub("(a web page)", str(said)[: 2 * _LONGEST]), longest)


def _explicit(payload: Fields, *, ok: bool) -> GatewayError | None:
    """Read an `error` field, also one inside `data`, or in the first of its items."""
    for holder in _holders_of_error(payload):
        error = holder.get("error")
        if isinstance(error, dict) and error:
            if ok and _is_success(error):
                continue
            return _of(error, error)
        if error is True:  # the fields are beside it
            return _of(holder, holder)
        if error:
            beside = one_line(_first(holder, _MESSAGES))
            message = f"{one_line(error)}: {beside}" if beside else one_line(error)
            return GatewayError(message=message, codes=tuple(_codes({**holder, "error": None})), param=_param(holder))
    return None


def _holders_of_error(payload: Fields) -> Iterator[Fields]:
    yield payload
    data = payload.get("data")
    inside = data[0] if isinstance(data, list) and data else data
    if isinstance(inside, dict):
        yield inside


def _flat(payload: Fields, *, ok: bool) -> GatewayError | None:
    """Read an error without an `error` field: a message, usually with a code."""
    for holder in (payload, *(payload[name] for name in _HOLDERS if name in payload)):
        if not isinstance(holder, dict) or _first(holder, _MESSAGES) is None:
            continue
        said = holder.get("success")
        if ok and said is not False and (_is_success(holder) or not tuple(_own_codes(holder))):
            continue
        error = _of(holder, {name: value for name, value in holder.items() if name != "data"})
        return GatewayError(message=error.message, codes=error.codes, param=error.param, enveloped=False)
    return None


def _of(holder: Fields, codes: Fields) -> GatewayError:
    message = one_line(_first(holder, _MESSAGES)) or one_line(dict(holder))
    behind = holder.get("metadata")
    raw = behind.get("raw") if isinstance(behind, dict) else None  # the answer that OpenRouter got
    return GatewayError(
        message=f"{message}: {one_line(raw)}" if raw else message, codes=tuple(_codes(codes)), param=_param(holder)
    )


def _first(holder: Fields, names: tuple[str, ...]) -> object:
    return next((holder[name] for name in names if holder.get(name)), None)


def _param(holder: Fields) -> str:
    return one_line(holder.get("param"), 100)


def _is_success(holder: Fields) -> bool:
    return any(code.lower() in words.SUCCESS for code in _own_codes(holder))


def _own_codes(holder: Fields) -> Iterator[str]:
    """Yield the codes of an object itself, shortened: its `code` before its `type`."""
    for name in _CODES:
        value = holder.get(name)
        if isinstance(value, str | int) and not isinstance(value, bool) and str(value):
            yield str(value)[:100]


def _codes(value: object, depth: int = 0) -> Iterator[str]:
    """Yield the codes of an object, then those of the objects inside it."""
    if depth > _DEPTH:
        return
    if isinstance(value, dict):
        yield from _own_codes(value)
        for inside in value.values():
            yield from _codes(inside, depth + 1)
    elif isinstance(value, list):
        for inside in value[:10]:
            yield from _codes(inside, depth + 1)
