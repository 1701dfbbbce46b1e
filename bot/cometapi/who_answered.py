"""Says in a few words what answered, where it wasn't the gateway: the log has no page, but its title."""

import html
import re
from collections.abc import Iterator, Mapping

from yarl import URL

from bot.cometapi.error_fields import one_line

_TITLE = re.compile(rb"<title[^>]{0,200}>([^<]{1,300})", re.IGNORECASE)
_LONGEST = 100
_HEADERS = ("Server", "Via", "CF-Ray", "X-Amzn-ErrorType")


def is_page(headers: Mapping[str, str], body: bytes) -> bool:
    """Return whether an answer is a web page, which the API never returns: something else is at this address."""
    return "html" in headers.get("Content-Type", "").lower() or body[:200].lstrip().startswith(b"<")


def described(status: int, headers: Mapping[str, str], body: bytes, base: URL) -> str:
    """Return the status, a page's title, the server's name, and the host that it redirects to, without any path."""
    return ", ".join((f"status {status}", *_details(status, headers, body, base)))


def _details(status: int, headers: Mapping[str, str], body: bytes, base: URL) -> Iterator[str]:
    if 300 <= status < 400 and (place := _place(headers.get("Location", ""), base)):
        yield f"it has moved to {place}"
    if is_page(headers, body):
        found = _TITLE.search(body[:20_000])
        title = one_line(html.unescape(found[1].decode("utf-8", "replace")), _LONGEST) if found else ""
        yield f"a web page titled “{title.replace('<', '‹')}”" if title else "a web page"
    for name in _HEADERS:
        if said := one_line(headers.get(name, ""), _LONGEST):
            yield f"{name} {said}"


def _place(location: str, base: URL) -> str:
    try:
        return str(base.join(URL(location)).origin()) if location else ""
    except ValueError:
        return ""
