"""Moments in the life of a request at which a test may act, for instance kill the process that sent it."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware


class Phase(StrEnum):
    """`ARRIVED`: the request is here, and will not be processed. `PROCESSED`: it took effect, its answer is lost."""

    ARRIVED = "arrived"
    PROCESSED = "processed"


@dataclass(slots=True, kw_only=True)
class Planned:
    """What is to happen, once, at the first request whose `METHOD /path` contains `where`."""

    where: str
    moment: Phase
    act: Callable[[], None]
    upload: bool = False
    """Only a request that carries files counts."""
    skip: int = 0
    """How many such requests go through before."""


class Interrupts:
    """Middleware for a fake server."""

    def __init__(self) -> None:
        self._planned: list[Planned] = []

    def plan(self, planned: Planned) -> None:
        """Let it happen."""
        self._planned.append(planned)

    def middleware(self) -> Middleware:
        """Return the middleware."""

        @web.middleware
        async def act(request: web.Request, handler: Handler) -> web.StreamResponse:
            planned = self._take(request)
            if planned is None:
                return await handler(request)
            if planned.moment is Phase.PROCESSED:
                await handler(request)
            planned.act()
            if request.transport is not None:
                request.transport.abort()
            return web.Response()

        return act

    def _take(self, request: web.Request) -> Planned | None:
        line = f"{request.method} {request.path}"
        for planned in self._planned:
            if planned.where in line and (not planned.upload or request.content_type.startswith("multipart/")):
                planned.skip -= 1
                if planned.skip >= 0:
                    return None
                self._planned.remove(planned)
                return planned
        return None
