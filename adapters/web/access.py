"""Who may use the playground: programs on this machine, and no web page but the playground's own. Pure."""

from collections.abc import Mapping
from enum import StrEnum
from ipaddress import ip_address
from urllib.parse import urlsplit

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

# Set by a proxy: the peer is then on this machine, but the user behind the proxy may be elsewhere.
_FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Real-IP")
_OWN_PAGE = {"same-origin", "none"}


class Denial(StrEnum):
    """Why a request is refused before it is handled; each has a sentence in `adapters.web.words`."""

    NOT_LOCAL = "not_local"
    OTHER_SITE = "other_site"


def denial(*, peer: str | None, headers: Mapping[str, str], from_anywhere: bool = False) -> Denial | None:
    """Return why a request is refused, or None.

    `peer` is the IP address at the other end of the connection. `from_anywhere` is for the page itself, which other
    sites may link to; everything else may be requested only by that page, or by a program that is not a page. The Host
    header is checked because anyone can point their own domain name at 127.0.0.1 (DNS rebinding).
    """
    if not _loopback(peer or "") or any(name in headers for name in _FORWARDED):
        return Denial.NOT_LOCAL
    host = headers.get("Host", "")
    if not _loopback(_name(f"//{host}")):
        return Denial.NOT_LOCAL
    if from_anywhere:
        return None
    origin = headers.get("Origin")
    if origin is not None and origin.lower().partition("//")[2] != host.lower():
        return Denial.OTHER_SITE
    if headers.get("Sec-Fetch-Site", "none") not in _OWN_PAGE:
        return Denial.OTHER_SITE
    return None


def _name(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


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
