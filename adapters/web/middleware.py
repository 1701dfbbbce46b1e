"""What every request passes through: who has access, who the visitor is, and how an error is shown."""

import logging
from collections.abc import Awaitable, Callable
from http import HTTPStatus

from aiohttp import web

from adapters.web import words
from adapters.web.access import HEADERS, denial
from adapters.web.parse import BadBody
from adapters.web.render import error_json, http_status
from adapters.web.visitor import Visitor, remember, visitor
from bot.core.errors import BotError, StorageError
from bot.core.language import prepare
from bot.core.language.refusals import refusal
from bot.core.refusals import Busy
from bot.core.replies import Line

logger = logging.getLogger(__name__)

Handler = Callable[[web.Request, Visitor], Awaitable[web.StreamResponse]]
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

    def wrap(
        self, handler: Handler, *, from_anywhere: bool = False
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """Return the handler that aiohttp calls."""

        async def wrapped(request: web.Request) -> web.StreamResponse:
            who = visitor(request)
            await prepare(who.locale)
            denied = denial(peer=_peer(request), headers=request.headers, from_anywhere=from_anywhere)
            if denied is not None:
                return _adorned(_refusal(HTTPStatus.FORBIDDEN, words.refusal(who.texts, denied.value)))
            response = await _answered(handler, request, who)
            if not response.prepared:
                remember(response, who)
                _adorned(response)
            return response

        return wrapped


def _peer(request: web.Request) -> str | None:
    peer = request.transport.get_extra_info("peername") if request.transport else None
    return str(peer[0]) if isinstance(peer, tuple) else None


def _adorned(response: web.StreamResponse) -> web.StreamResponse:
    for name, value in HEADERS.items():
        response.headers[name] = value
    response.headers.setdefault("Cache-Control", "no-store")
    return response


async def _answered(handler: Handler, request: web.Request, who: Visitor) -> web.StreamResponse:
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
