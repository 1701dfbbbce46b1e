"""The page itself: one HTML file in which texts are filled in, and the files that it loads."""

import html
import re
from pathlib import Path

from aiohttp import web

from adapters.web.middleware import Middleware, no_such_address
from adapters.web.visitor import Visitor
from bot.core.language import speak

STATIC = Path(__file__).parent / "static"
_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_WORD = re.compile(r"\{\{(\w+)\}\}")


class Page:
    """Serves the page. Files are read once, when the adapter is created, and never by a name from a request."""

    def __init__(self, folder: Path = STATIC) -> None:
        self._html = (folder / "index.html").read_text("utf-8")
        self._files = {
            str(path.relative_to(folder)): (path.read_text("utf-8"), _TYPES[path.suffix])
            for path in sorted(folder.rglob("*"))
            if path.suffix in _TYPES
        }

    def routes(self, middleware: Middleware) -> list[web.AbstractRouteDef]:
        """Return the routes, each guarded by `door`."""
        return [
            web.get("/", middleware.wrap(self._page, from_anywhere=True)),
            web.get("/static/{name:.+}", middleware.wrap(self._file)),
        ]

    async def _page(self, request: web.Request, who: Visitor) -> web.StreamResponse:
        return web.Response(text=filled(self._html, who.locale), content_type="text/html")

    async def _file(self, request: web.Request, who: Visitor) -> web.StreamResponse:
        del who
        if request.match_info["name"] not in self._files:
            raise no_such_address()
        text, media_type = self._files[request.match_info["name"]]
        return web.Response(text=text, content_type=media_type, headers={"Cache-Control": "no-cache"})


def filled(page: str, locale: str) -> str:
    """Return the page with a language's texts in place of `{{…}}`, escaped."""
    words = speak(locale).page
    return _WORD.sub(lambda place: html.escape(words[place[1]]), page)
