"""The user who sends a request: a signed cookie identifies them, and another keeps the language that they chose."""

import hashlib
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from http.cookies import SimpleCookie

from aiohttp import web
from aiohttp.hdrs import SET_COOKIE

from adapters.web import NAME, language, words
from adapters.web.address import WebAddress
from adapters.web.key import Key, unsigned
from bot.core.language import Language, speak
from bot.core.language.catalogues import catalogues
from bot.core.origin import Conversation, Origin, User

# Browsers have one set of cookies for all ports of a machine, so that another bot there sets one of this name, too.
# Beside it is one whose name ends with the key's mark. The release before reads the first one.
COOKIE = "imagine_playground"
_SECONDS = 400 * 24 * 3600  # Browsers keep a cookie no longer than this.
_BEARER = "Bearer "


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """A user of the page. Their secret, which the cookie has, gives access to their images: no ledger has it."""

    secret: str = field(repr=False)
    locale: str
    """The language of the page, such as `pt-BR`."""
    is_new: bool = False
    """Whether no cookie says who they are yet."""

    @property
    def texts(self) -> Language:
        """The language, to speak it; `prepare` it before."""
        return speak(self.locale)

    @property
    def user(self) -> User:
        """The user, as the bot knows them."""
        return _user(self.secret, words.you(self.texts))

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


def visitor(request: web.BaseRequest, key: Key) -> Visitor | None:
    """Return the user whose page sends a request; None without a cookie that was made with the key."""
    people = (key.person(cookie) for name in (_own(key), COOKIE) for cookie in _cookies(request, name))
    return next((known_by(request, person) for person in people if person), None)


def unproven(request: web.BaseRequest) -> Iterator[Visitor]:
    """Return who a request may be from, by cookies that weren't made with the key."""
    people = dict.fromkeys(unsigned(cookie) for name, cookie in _all_cookies(request) if name.startswith(COOKIE))
    return (known_by(request, person) for person in people if person)


def newcomer(request: web.BaseRequest) -> Visitor:
    """Return a new user."""
    return known_by(request, secrets.token_urlsafe(), is_new=True)


def known_by(request: web.BaseRequest, secret: str, *, is_new: bool = False) -> Visitor:
    """Return the user with this secret, and with the language that the request asks for."""
    return Visitor(secret=secret, locale=locale(request), is_new=is_new)


def locale(request: web.BaseRequest) -> str:
    """Return the language to answer in, such as `pt-BR`."""
    accepted = ",".join(request.headers.getall("Accept-Language", ()))
    *_, chosen = ("", *_cookies(request, language.COOKIE))
    wanted = language.wanted(chosen=chosen, accepted=accepted)
    return catalogues().best(*wanted).replace("_", "-")


def shown_proof(request: web.BaseRequest) -> str:
    """Return the token that comes with the cookie; for an image in the address, since browsers send no headers."""
    authorization = request.headers.get("Authorization", "")
    if authorization.startswith(_BEARER):
        return authorization.removeprefix(_BEARER).strip()
    return request.query.get("token", "")


def remember(response: web.StreamResponse, who: Visitor, key: Key) -> None:
    """Set the cookie, or extend its life. Scripts can't read it, and no other site can cause it to be sent."""
    for name in (COOKIE, _own(key)):
        _set(response, name, key.cookie(who.secret))


def remember_language(response: web.StreamResponse, tag: str) -> None:
    """Keep the language that a visitor chose."""
    _set(response, language.COOKIE, tag)


def _set(response: web.StreamResponse, name: str, value: str) -> None:
    response.headers.add(SET_COOKIE, _written(name, value))


@lru_cache(maxsize=64)  # each command of a page sets the same ones: to write them takes ten times as long
def _written(name: str, value: str) -> str:
    cookies = SimpleCookie({name: value})
    cookies[name].update({"max-age": str(_SECONDS), "path": "/", "httponly": "on", "samesite": "Strict"})
    return cookies[name].OutputString()


def _own(key: Key) -> str:
    return f"{COOKIE}_{key.mark}"


def _cookies(request: web.BaseRequest, name: str) -> Iterator[str]:
    """Return every cookie of the name: servers at other ports of this machine can set one for a part of the page."""
    return (value for its_name, value in _all_cookies(request) if its_name == name)


def _all_cookies(request: web.BaseRequest) -> Iterator[tuple[str, str]]:
    for header in request.headers.getall("Cookie", ()):
        yield from _named(header)


@lru_cache(maxsize=64)  # a browser sends the same ones with each request
def _named(header: str) -> Sequence[tuple[str, str]]:
    parts = (each.strip().partition("=") for each in header.split(";"))
    return tuple((name, value.strip('"')) for name, _, value in parts)


@lru_cache(maxsize=256)  # a page asks for the same user's jobs again and again
def _user(secret: str, name: str) -> User:
    digest = hashlib.sha256(secret.encode()).hexdigest()[:32]
    return User(id=f"{NAME}:{digest}", name=name)
