"""The steps that every request passes: whether it has access, which visitor sends it, and how an error is shown."""

import logging
from collections.abc import Awaitable, Callable
from http import HTTPStatus

from aiohttp import web
from aiohttp.hdrs import METH_GET

from adapters.web import words
from adapters.web.access import HEADERS, Denial, denial
from adapters.web.key import Key
from adapters.web.parse import BadBody
from adapters.web.render import error_json, http_status
from adapters.web.visitor import Visitor, locale, newcomer, remember, shown_proof, visitor
from bot.core.errors import BotError, StorageError
from bot.core.language import Language, prepare, speak
from bot.core.language.refusals import refusal
from bot.core.refusals import Busy
from bot.core.replies import Line

logger = logging.getLogger(__name__)

Handler = Callable[[web.Request, Visitor], Awaitable[web.StreamResponse]]
Aiohttp = Callable[[web.Request], Awaitable[web.StreamResponse]]
_BODY_STATUSES = {
    "too_large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "too_slow": HTTPStatus.REQUEST_TIMEOUT,
}


class Wrong(Exception):
    """A request that can't be answered. `word` names the sentence in `adapters.web.words`."""

    def __init__(self, word: str, status: HTTPStatus) -> None:
        super().__init__(word)
        self.word, self.status = word, status


def no_such_address() -> Wrong:
    """Return the error for a route that doesn't exist."""
    return Wrong("not_found", HTTPStatus.NOT_FOUND)


class Middleware:
    """Wraps handlers, so that only allowed requests reach them, and every error is shown as one sentence."""

    def __init__(self, key: Key) -> None:
        self._key = key

    def wrap(self, handler: Handler, *, cookie_only: bool = False) -> Aiohttp:
        """Return the handler that aiohttp calls.

        `cookie_only` is for what a browser asks for by itself, and which shows nothing of a user: there, the cookie is
        enough. Everything else needs the page's token too, or the key.
        """

        async def wrapped(request: web.Request) -> web.StreamResponse:
            denied = denial(request.headers)
            who = None if denied else self._allowed(request, cookie_only=cookie_only)
            if who is None:
                return adorned(_denied(await spoken(request), denied or Denial.NO_KEY))
            await prepare(who.locale)
            response = await answered(handler, request, who)
            if not response.prepared:
                if who.is_new or request.method != METH_GET:  # a page asks for something many times a minute
                    remember(response, who, self._key)
                adorned(response)
            return response

        return wrapped

    def _allowed(self, request: web.Request, *, cookie_only: bool) -> Visitor | None:
        who, proof = visitor(request, self._key), shown_proof(request)
        if proof and self._key.is_(proof):
            return who or newcomer(request)
        if who and (cookie_only or self._key.is_token(proof, who.secret)):
            return who
        return None


async def spoken(request: web.Request) -> Language:
    """Return the language that a request is answered in."""
    tag = locale(request)
    await prepare(tag)
    return speak(tag)


def adorned(response: web.StreamResponse) -> web.StreamResponse:
    """Add the headers that every answer has."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def _denied(texts: Language, denied: Denial) -> web.Response:
    return _refusal(HTTPStatus.FORBIDDEN, words.refusal(texts, denied.value))


async def answered(handler: Handler, request: web.Request, who: Visitor) -> web.StreamResponse:
    """Return the handler's answer, or the sentence of its error."""
    try:
        return await handler(request, who)
    except Wrong as error:
        return _refusal(error.status, words.refusal(who.texts, error.word))
    except BadBody as error:
        status = _BODY_STATUSES.get(error.word, HTTPStatus.BAD_REQUEST)
        return _refusal(status, words.refusal(who.texts, error.word))
    except StorageError as error:
        logger.debug("%s is not answered: %s", request.path, error)  # the store itself warns
        return _refusal(HTTPStatus.SERVICE_UNAVAILABLE, refusal(who.texts, Busy()))
    except BotError as error:
        return _refusal(http_status(error), refusal(who.texts, error))


def _refusal(status: HTTPStatus, line: Line) -> web.Response:
    return web.json_response(error_json(line), status=status)
