"""Translate discord.py's errors into what they mean for a message that is to be shown, by one table of codes."""

import asyncio
import traceback
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus

import aiohttp
import discord

from adapters.discord.waits import asked_for
from bot.core.chat import Meaning
from bot.core.errors import BotError, DeliveryError
from bot.outgoing.connector import reason

# discord.py allows 300 s for an upload. The worker that waits for it has a lease to keep.
_SECONDS = 60.0

# By code, from https://docs.discord.com/developers/topics/opcodes-and-status-codes#json: all that the routes of
# messages, responses and direct messages can answer. A test holds that each other one has a reason not to come here. If
# a code is missing here, it isn't known what is refused.
_CODES: Mapping[Meaning, str] = {
    Meaning.CLOSED: """
        10002 10004 10007 10012 10013 10015 10016 10062 20001 20012 20024 30033 40007 40012 40058 40060 40067 40094
        50001 50002 50003 50007 50008 50009 50013 50024 50027 50033 50055 50068 50083 50095 50178 50278 60003
        160002 160005 160006 160007 220001 220002 220003 220004 340015
    """,
    Meaning.DELETED: "10008",
    Meaning.GONE: "10003 50005 50021",
    Meaning.WORDS_REFUSED: "20031 200000 200001 240000",
    Meaning.PICTURE_REFUSED: "20009 50046 50110 50123 50138 50146",
    Meaning.TOO_LARGE: "40005 50045",
    Meaning.NO_FILES: "400001",
    Meaning.UNAUTHORIZED: "40001 40002 50010 50014 50025",
    Meaning.OUR_FAULT: "10014 30015 50006 50026 50035 50041 50067 50080 50081 50109 50151",
    Meaning.NOT_NOW: """
        0 20016 20022 20028 20029 30046 40003 40004 40006 40062 40333 110000 110001 130000
    """,
}
MEANINGS: Mapping[int, Meaning] = {int(code): meaning for meaning, codes in _CODES.items() for code in codes.split()}

# How Discord names what is wrong with an answer to a message that isn't there.
_WRONG_FORM, _ANSWERED = 50035, "message_reference"

NO_ANSWER = (aiohttp.ClientError, OSError, TimeoutError)
"""The connection broke, or did not exist: it is not known whether the request took effect."""


class WayClosed(Exception):
    """The reply can't be shown in this way; another way may work."""


class MessageGone(WayClosed):
    """The message can no longer be changed, or its channel is gone."""


class Deleted(MessageGone):
    """Somebody deleted the message."""


class WordsRefused(WayClosed):
    """The server refuses these words, no matter who sends them."""


class PictureRefused(WayClosed):
    """The server doesn't let this picture through, or no file at all."""


class OurFault(WayClosed):
    """Discord calls the request wrong, which may pass, and may be because of the words."""


class Unclear(WayClosed):
    """Discord gives a reason that its documentation doesn't name: it may be the words."""


class TooLarge(WayClosed):
    """The files are larger than the place takes."""


MAY_BE_THE_WORDS = (WordsRefused, OurFault, Unclear)

_REFUSALS: Mapping[Meaning | None, type[WayClosed]] = {
    Meaning.DELETED: Deleted,
    Meaning.GONE: MessageGone,
    Meaning.WORDS_REFUSED: WordsRefused,
    Meaning.PICTURE_REFUSED: PictureRefused,
    Meaning.NO_FILES: PictureRefused,
    Meaning.TOO_LARGE: TooLarge,
    Meaning.OUR_FAULT: OurFault,
    None: Unclear,
}


@asynccontextmanager
async def translated() -> AsyncIterator[None]:
    """Limit a request's time, and translate its errors. Raises WayClosed; DeliveryError if a retry may succeed."""
    try:
        async with asyncio.timeout(_SECONDS):
            yield
    except discord.RateLimited as error:
        raise DeliveryError(f"Discord asks to wait {error.retry_after:.0f} s", retry_after=error.retry_after) from error
    except discord.HTTPException as error:
        raise meaning(error) from error
    except NO_ANSWER as error:
        raise DeliveryError(f"no answer from Discord ({reason(error)})") from error
    except (WayClosed, BotError):
        raise
    except Exception as error:
        # discord.py can't read every answer, and a session may have been closed meanwhile: no verdict on the place.
        raise DeliveryError(f"Discord's answer was not understood ({described(error)})") from error


def meaning(error: discord.HTTPException) -> WayClosed | DeliveryError:
    """Return what a refusal means for the reply."""
    said, code = described(error), code_of(error)
    # discord.py retries neither a 429 from the proxy in front of Discord's API, nor a 503.
    if error.status == HTTPStatus.TOO_MANY_REQUESTS or error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return DeliveryError(f"Discord answered {said}", retry_after=retry_after(error))
    if error.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return TooLarge(said)
    if error.status == HTTPStatus.UNAUTHORIZED and not code:
        return DeliveryError(f"Discord refuses the bot's token ({said})")
    if error.code == _WRONG_FORM and _ANSWERED in error.text:
        return Deleted(said)
    # Without a code of Discord's own, something in between has answered: no verdict on the place, nor on the message.
    known = MEANINGS.get(code)
    if known in {Meaning.NOT_NOW, Meaning.UNAUTHORIZED}:
        return DeliveryError(f"Discord answered {said}")
    return _REFUSALS.get(known, WayClosed)(said)


def code_of(error: BaseException) -> int:
    """Return Discord's own code; 0 without one, as in the answer of something in between."""
    code: object = getattr(error, "code", 0)
    return code if isinstance(code, int) else 0


def described(error: BaseException) -> str:
    """Return an error in a few words: what was answered may be a page, and aiohttp quotes URLs, which have tokens."""
    if isinstance(error, discord.HTTPException):
        return f"{error.status}, code {code_of(error)}"
    if isinstance(error, NO_ANSWER):
        return reason(error)
    last = traceback.extract_tb(error.__traceback__)[-1:]
    where = "".join(f" in {each.name}, line {each.lineno}" for each in last)
    return f"{type(error).__name__}{where}"


def retry_after(error: discord.HTTPException) -> float | None:
    """Return for how many seconds Discord asks to wait, if it says so."""
    return asked_for(error.response.headers)
