"""The page's own address. With the key it lets a browser in; without, it shows the page to one that was let in."""

import secrets
from http import HTTPStatus
from itertools import islice

from aiohttp import web

from adapters.web import words
from adapters.web.access import Denial, denial
from adapters.web.key import Key
from adapters.web.middleware import Handler, adorned, answered, spoken
from adapters.web.notice import notice, onward
from adapters.web.visitor import Visitor, newcomer, remember, unproven, visitor
from bot.core.bounds import OLD_COOKIES
from bot.core.commands import HISTORY
from bot.core.dispatch import Bot
from bot.core.events import CommandEvent
from bot.core.language import Language
from bot.core.replies import Reply

_ELSEWHERE = {"cross-site", "same-site"}


class Busy(Exception):
    """It can't be found out now which person a visitor is. `reply` says why."""

    def __init__(self, reply: Reply) -> None:
        super().__init__()
        self.reply = reply


class Opening:
    """Answers at `/`, where a person begins."""

    def __init__(self, key: Key, bot: Bot, page: Handler) -> None:
        self._key, self._bot, self._page = key, bot, page

    def routes(self) -> list[web.AbstractRouteDef]:
        """Return the route."""
        return [web.get("/", self._answer)]

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        texts = await spoken(request)
        if denied := denial(request.headers, from_anywhere=True):
            return adorned(_refused(texts, denied))
        given = request.query.get("key")
        if given is not None:
            return adorned(await self._open(request, texts, given))
        if who := visitor(request, self._key):
            response = await answered(self._page, request, who)
            remember(response, who, self._key)
        elif _from_elsewhere(request):
            # A browser that follows a link of another site sends no cookie; it does where this page leads it on.
            response = onward("/")
        else:
            response = _refused(texts, Denial.NO_KEY)
        return adorned(response)

    async def _open(self, request: web.Request, texts: Language, given: str) -> web.Response:
        if not self._key.is_(given):
            return _refused(texts, Denial.NO_KEY)
        try:
            who = await self._person(request)
        except Busy as error:
            return notice(texts, error.reply.lines, HTTPStatus.SERVICE_UNAVAILABLE)
        # The part after "#" is never sent to a server, and only scripts of this port can read it.
        page = f"/#token={self._key.token(who.secret)}"
        if _from_elsewhere(request):
            response = onward(page)
        else:
            response = web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": page})
        response.headers["Referrer-Policy"] = "no-referrer"
        remember(response, who, self._key)
        return response

    async def _person(self, request: web.Request) -> Visitor:
        """Return the visitor. An old cookie counts if the ledger knows its person: nobody can make one up.

        Raises Busy if the ledger can't be asked.
        """
        if who := visitor(request, self._key):
            return who
        for who in islice(unproven(request), OLD_COOKIES):
            event = CommandEvent(origin=who.origin(secrets.token_hex(16)), command=HISTORY.name)
            answer = await self._bot.dispatch(event)
            if answer.refused and answer.reply:
                raise Busy(answer.reply)
            if answer.reply and answer.reply.entries:
                return who
        return newcomer(request)


def _from_elsewhere(request: web.Request) -> bool:
    return request.headers.get("Sec-Fetch-Site") in _ELSEWHERE


def _refused(texts: Language, denied: Denial) -> web.Response:
    return notice(texts, (words.refusal(texts, denied.value),), HTTPStatus.FORBIDDEN)
