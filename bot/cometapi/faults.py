"""Which fault an error is: by its code and message first, since the gateway's status often means something else."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from bot.cometapi import words
from bot.core.model import Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayError:
    """An error as the gateway reported it. Any field may be empty."""

    message: str = ""
    codes: tuple[str, ...] = ()
    """Its `code`, its `type`, and those of the errors inside it."""
    param: str = ""
    enveloped: bool = True
    """Whether it came as the gateway's own `error`, rather than from something in between."""


class Verdict(NamedTuple):
    """What an error means. `certain`: a code, a type or the status says so, and not the message alone."""

    fault: Fault
    certain: bool = True


_BY_STATUS = {
    401: Fault.AUTH,
    402: Fault.BALANCE,
    403: Fault.FORBIDDEN,
    404: Fault.MISCONFIGURED,
    405: Fault.MISCONFIGURED,
    408: Fault.TIMEOUT,
    413: Fault.TOO_LARGE,
    429: Fault.RATE_LIMIT,
    451: Fault.BLOCKED,
    501: Fault.MISCONFIGURED,
    503: Fault.BUSY,
    511: Fault.BLOCKED,
}
# 524 is Cloudflare's "the origin took too long": the request continues behind it.
# https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-5xx-errors/error-524/
_TIMEOUTS = frozenset({408, 504, 524})
# One user's prompt must not block all users, and a message at these statuses often quotes it.
_OF_EVERYBODY = frozenset({Fault.AUTH, Fault.BALANCE, Fault.RATE_LIMIT, Fault.MODEL_UNAVAILABLE})
_QUOTING = frozenset({400, 422})
_OF_THE_REQUEST = frozenset({400, 404, 422})


def judge(status: int, error: GatewayError | None, *, page: bool = False) -> Verdict:
    """Return what an answer means. `error` is None if it held none that could be read; `page`: it is a web page.

    A failure that the gateway itself reports is certain: it bills nothing for it, unless it says so. A time-out is not
    certain, nor is a 5xx from something in between.
    """
    if status == 413:  # no matter what the body says
        return Verdict(fault=Fault.TOO_LARGE)
    if error is None:
        return Verdict(fault=_by_status(status, enveloped=False, page=page))
    codes = [words.plain(code) for code in error.codes]
    # Of any code: a type may say more than the code.
    vague = words.first(words.BY_VAGUE_CODE, *codes)
    by_code = words.first(words.BY_CODE, *codes)
    by_message = _by_message(status, error.message, quoting=status in _QUOTING and vague is not Fault.AUTH)
    if by_code in {None, Fault.BAD_REQUEST} and error.param == "model" and status in _OF_THE_REQUEST:
        by_code = Fault.NO_IMAGES if by_message is Fault.NO_IMAGES else Fault.MODEL_UNAVAILABLE
    if by_code is not None:
        return Verdict(fault=by_code)
    status = _status_inside(status, codes)
    by_status = _by_status(status, enveloped=error.enveloped)
    if by_message is None:
        return Verdict(fault=vague or by_status)
    return Verdict(fault=by_message, certain=by_message in {vague, by_status} or _is_of_the_model(by_message, codes))


def _by_message(status: int, message: str, *, quoting: bool) -> Fault | None:
    fault = words.first(words.BY_MESSAGE, message)
    if quoting and fault in _OF_EVERYBODY:
        return None
    return Fault.RATE_LIMIT if status == 429 and fault is Fault.BUSY else fault


def _is_of_the_model(fault: Fault, codes: Sequence[str]) -> bool:
    """Return whether the code agrees that the model can't make images by this route."""
    return fault is Fault.NO_IMAGES and "convertrequestfailed" in codes


def _status_inside(status: int, codes: Sequence[str]) -> int:
    """Return the status that an error with a status of success names."""
    inside = next((code for code in codes if re.fullmatch(r"[45]\d\d", code)), "")
    return int(inside) if status < 300 and inside else status


def _by_status(status: int, *, enveloped: bool, page: bool = False) -> Fault:
    if status in _TIMEOUTS:
        return Fault.TIMEOUT
    if (status == 403 and not enveloped) or (status == 401 and page):
        return Fault.BLOCKED
    if status >= 500 and not enveloped and status not in {501, 511}:
        return Fault.UNCLEAR
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if status >= 500 or status < 300:
        return Fault.GATEWAY
    return Fault.MISCONFIGURED if status < 400 else Fault.BAD_REQUEST
