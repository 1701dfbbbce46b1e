"""Pages of one sentence, for a browser that isn't let in; and one without any, which leads it on."""

import base64
import hashlib
import html
from http import HTTPStatus

from aiohttp import web

from adapters.web.words import words
from bot.core.language import Language
from bot.core.replies import Line, plain

# The page's own style sheets are behind the key as well.
_STYLE = (
    ":root{color-scheme:light dark}"
    "body{font:1.125rem/1.6 system-ui,sans-serif;max-width:36rem;margin:20vh auto;padding:0 1.5rem}"
    "h1{font-size:1.5rem}"
)
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_POLICY = f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


def notice(texts: Language, lines: tuple[Line, ...], status: HTTPStatus) -> web.Response:
    """Return a page that says this."""
    title, said = html.escape(words(texts)["title"]), html.escape(plain(lines))
    tag = texts.locale.replace("_", "-")
    page = (
        f'<!doctype html><html lang="{tag}"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head>'
        f"<body><main><h1>{title}</h1><p>{said}</p></main></body></html>"
    )
    return _page(page, status)


def onward(path: str) -> web.Response:
    """Return a page that leads a browser to another one of this site, as if a person went there by themselves."""
    page = f'<!doctype html><html><head><meta http-equiv="refresh" content="0; url={html.escape(path)}"></head></html>'
    return _page(page, HTTPStatus.OK)


def _page(page: str, status: HTTPStatus) -> web.Response:
    response = web.Response(text=page, content_type="text/html", status=status)
    response.headers["Content-Security-Policy"] = _POLICY
    return response
