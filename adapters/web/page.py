"""The page itself: one HTML file in which words are filled in, the files that it loads, and the language."""

import html
import re
from collections.abc import Sequence
from http import HTTPStatus
from pathlib import Path
from urllib.parse import parse_qs

from aiohttp import web

from adapters.web.body import PageBodies
from adapters.web.middleware import Middleware, no_such_address
from adapters.web.parse import BadBody
from adapters.web.switch import switch
from adapters.web.visitor import Visitor, remember_language
from adapters.web.words import words
from bot.core.language.catalogues import catalogues
from bot.core.language.described import Described

STATIC = Path(__file__).parent / "static"
_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_WORD = re.compile(r"\{\{(\w+)\}\}")
_SWITCH = "{{{languages}}}"


class Page:
    """Serves the page. Files are read once, when the adapter is created, and never by a name from a request."""

    def __init__(self, folder: Path = STATIC) -> None:
        self._bodies = PageBodies()
        self._html = (folder / "index.html").read_text("utf-8")
        self._files = {
            str(path.relative_to(folder)): (path.read_text("utf-8"), _TYPES[path.suffix])
            for path in sorted(folder.rglob("*"))
            if path.suffix in _TYPES
        }

    def routes(self, middleware: Middleware) -> list[web.AbstractRouteDef]:
        """Return the routes of what the page loads, each wrapped."""
        return [
            web.post("/language", middleware.wrap(self._language, cookie_only=True)),
            web.get("/static/{name:.+}", middleware.wrap(self._file, cookie_only=True)),
        ]

    async def page(self, request: web.Request, who: Visitor) -> web.StreamResponse:
        """Answer with the page, in the visitor's language."""
        page = filled(self._html, who, await catalogues().described())
        return web.Response(text=page, content_type="text/html")

    async def _language(self, request: web.Request, who: Visitor) -> web.StreamResponse:
        sent = parse_qs((await self._bodies.read(request)).decode("ascii", "replace"))
        tag = sent.get("language", [""])[-1]
        if tag not in {each.tag for each in await catalogues().described()}:
            raise BadBody("bad_language")
        # The page is fetched by its own address, so that a reload doesn't send the choice again.
        response = web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": "/"})
        remember_language(response, tag)
        return response

    async def _file(self, request: web.Request, who: Visitor) -> web.StreamResponse:
        del who
        if request.match_info["name"] not in self._files:
            raise no_such_address()
        text, media_type = self._files[request.match_info["name"]]
        return web.Response(text=text, content_type=media_type, headers={"Cache-Control": "no-cache"})


def filled(page: str, who: Visitor, languages: Sequence[Described]) -> str:
    """Return the page with its words in place of `{{…}}`, escaped, and with the switch between languages."""
    current = next(each for each in languages if each.tag == who.locale)
    said = {**words(who.texts), "tag": current.tag, "direction": current.direction}
    before, after = (_WORD.sub(lambda place: html.escape(said[place[1]]), part) for part in page.split(_SWITCH))
    return before + switch(said["language"], current, languages) + after
