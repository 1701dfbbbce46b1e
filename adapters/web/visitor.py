"""Who is at the other end: a person is a random cookie."""

import hashlib
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from aiohttp import web

from adapters.web.messenger import PLATFORM
from bot.core.language import speak
from bot.core.model import Conversation, User

COOKIE = "imagine_playground"
_SECONDS = 400 * 24 * 3600  # The longest that browsers keep a cookie.
_WELL_FORMED = re.compile(r"[A-Za-z0-9_-]{32,64}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """A person on the page. The cookie is their key to what was drawn for them, so it is kept from the ledger."""

    cookie: str = field(repr=False)
    locale: str

    @property
    def user(self) -> User:
        """Give the person as the bot knows them."""
        digest = hashlib.sha256(self.cookie.encode()).hexdigest()[:32]
        return User(id=f"{PLATFORM}:{digest}", name=speak(self.locale).page["you"])

    @property
    def conversation(self) -> Conversation:
        """Give the one conversation that a person has on the page."""
        return Conversation(id=self.user.id)


def visitor(request: web.BaseRequest, new_cookie: Callable[[], str] = secrets.token_urlsafe) -> Visitor:
    """Recognise who asks; whoever brings no cookie of ours is new."""
    brought = request.cookies.get(COOKIE, "")
    cookie = brought if _WELL_FORMED.fullmatch(brought) else new_cookie()
    language = _LANGUAGE.match(request.headers.get("Accept-Language", ""))
    return Visitor(cookie=cookie, locale=language[0] if language else "en")


def remember(response: web.StreamResponse, who: Visitor) -> None:
    """Give the cookie, or make it last longer. Scripts can't read it, and no other site can make it be sent."""
    response.set_cookie(COOKIE, who.cookie, max_age=_SECONDS, path="/", httponly=True, samesite="Strict")
