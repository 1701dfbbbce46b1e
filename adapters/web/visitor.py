"""Who sends a request: a random cookie identifies a user, and another keeps the language that they chose."""

import hashlib
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from aiohttp import web

from adapters.web import language, words
from adapters.web.address import NAME, WebAddress
from bot.core.language import Language, speak
from bot.core.language.catalogues import catalogues
from bot.core.origin import Conversation, Origin, User

COOKIE = "imagine_playground"
_SECONDS = 400 * 24 * 3600  # Browsers keep a cookie no longer than this.
_WELL_FORMED = re.compile(r"[A-Za-z0-9_-]{32,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """A user of the page. The cookie gives access to the user's images, so it is not stored in the ledger."""

    cookie: str = field(repr=False)
    locale: str
    """The language of the page, such as `pt-BR`."""

    @property
    def texts(self) -> Language:
        """The language, to speak it; `prepare` it before."""
        return speak(self.locale)

    @property
    def user(self) -> User:
        """The user, as the bot knows them."""
        digest = hashlib.sha256(self.cookie.encode()).hexdigest()[:32]
        return User(id=f"{NAME}:{digest}", name=words.you(self.texts))

    def origin(self, key: str) -> Origin:
        """Return who asks, in the only conversation that they have on the page. `key` is the user's own."""
        user = self.user
        return Origin(
            user=user,
            conversation=Conversation(id=user.id),
            address=WebAddress(person=user.id).envelope,
            locale=self.locale,
            key=f"{user.id}:{key}",
        )


def visitor(request: web.BaseRequest, new_cookie: Callable[[], str] = secrets.token_urlsafe) -> Visitor:
    """Return who sends a request; without a valid cookie, it is a new visitor."""
    brought = request.cookies.get(COOKIE, "")
    cookie = brought if _WELL_FORMED.fullmatch(brought) else new_cookie()
    accepted = ",".join(request.headers.getall("Accept-Language", ()))
    wanted = language.wanted(chosen=request.cookies.get(language.COOKIE, ""), accepted=accepted)
    return Visitor(cookie=cookie, locale=catalogues().best(*wanted).replace("_", "-"))


def remember(response: web.StreamResponse, who: Visitor) -> None:
    """Set the cookie, or extend its life. Scripts can't read it, and no other site can cause it to be sent."""
    _set(response, COOKIE, who.cookie)


def remember_language(response: web.StreamResponse, tag: str) -> None:
    """Keep the language that a visitor chose."""
    _set(response, language.COOKIE, tag)


def _set(response: web.StreamResponse, name: str, value: str) -> None:
    response.set_cookie(name, value, max_age=_SECONDS, path="/", httponly=True, samesite="Strict")
