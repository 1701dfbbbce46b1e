"""Who may use the playground: people with its key, at an address of this machine, and no other site's page. Pure."""

from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import urlsplit

from adapters.web.key import Key

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' blob: data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
        "object-src 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    # With "no-referrer", browsers keep the page's own origin back from it as well, when a form is sent.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}

_OWN_PAGE = {"same-origin", "none"}


class Denial(StrEnum):
    """Why a request is refused before it is handled; each has a sentence in `adapters.web.words`."""

    NOT_LOCAL = "not_local"
    OTHER_SITE = "other_site"
    NO_KEY = "no_key"


def denial(headers: Mapping[str, str], *, from_anywhere: bool = False) -> Denial | None:
    """Return why a request is refused no matter who sends it, or None: the key is asked for next.

    `from_anywhere` is for the page itself, which other sites may link to; everything else may be requested only by that
    page, or by a program that is not a page. The Host header is checked because anyone can point their own domain name
    at 127.0.0.1 (DNS rebinding). No header proves where somebody is: a proxy on this machine may pass on strangers'
    requests without a word.
    """
    host = headers.get("Host", "")
    if not _is_local(host):
        return Denial.NOT_LOCAL
    if from_anywhere:
        return None
    origin = headers.get("Origin")
    if origin is not None and origin.lower().partition("//")[2] != host.lower():
        return Denial.OTHER_SITE
    if headers.get("Sec-Fetch-Site", "none") not in _OWN_PAGE:
        return Denial.OTHER_SITE
    return None


def address(host: str, port: int, key: Key) -> str:
    """Return the address that people open: always one of this machine, also where the page listens on all."""
    here = host if _loopback(host) and ":" not in host else "[::1]" if _loopback(host) else "127.0.0.1"
    return f"http://{here}:{port}/?key={key.secret}"


@lru_cache(maxsize=64)  # a browser sends the same one with each request
def _is_local(host: str) -> bool:
    try:
        return _loopback(urlsplit(f"//{host}").hostname or "")
    except ValueError:
        return False


def _loopback(name: str) -> bool:
    # RFC 6761, section 6.3: browsers resolve `localhost` and all names under it to the loopback address themselves.
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        address = ip_address(name)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)
