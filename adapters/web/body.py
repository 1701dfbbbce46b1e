"""Read a request's body, with limits on bytes and on time."""

from aiohttp import web

from adapters.web.parse import BadBody
from bot.core.body import Bodies, NotRead, Unread
from bot.core.bounds import PAGE_BODY_BYTES
from bot.core.refusals import Busy


class PageBodies:
    """Reads the bodies that are sent to the page."""

    def __init__(self, bodies: Bodies | None = None) -> None:
        self._bodies = bodies or Bodies(PAGE_BODY_BYTES)

    async def read(self, request: web.Request) -> bytes:
        """Return the whole body. Raises BadBody if it isn't one, is too large or too slow, Busy if there is no room."""
        try:
            return await self._bodies.read(request.content.iter_any(), request.content_length)
        except NotRead as error:
            raise (Busy() if error.why is Unread.NO_ROOM else BadBody(error.why.value)) from error
        except (web.RequestPayloadError, ConnectionError) as error:
            raise BadBody("not_json") from error
