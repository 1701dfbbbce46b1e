"""The one HTTP server. It answers for the process from start to end, whatever the platforms do."""

import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from types import TracebackType
from typing import Self

from aiohttp import web

from adapters.http.metrics import exposition
from bot.errors import StorageError
from bot.model import Status

Readiness = Callable[[], Awaitable[tuple[bool, Mapping[str, object]]]]
Counts = Callable[[], Awaitable[Mapping[Status, int]]]

# A Slack payload is at most some hundred kilobytes; nobody uploads images to us.
_MAX_BODY = 2 * 1024 * 1024
_GOODBYE_SECONDS = 2.0


class HttpServer:
    """Serves `/healthz`, `/readyz`, `/metrics` and the given routes while its context lasts."""

    def __init__(
        self,
        *,
        host: str,
        port: int,
        readiness: Readiness,
        counts: Counts,
        routes: Sequence[web.AbstractRouteDef] = (),
    ) -> None:
        self._host, self._port = host, port
        self._readiness, self._counts = readiness, counts
        app = web.Application(client_max_size=_MAX_BODY)
        app.add_routes(
            [
                web.get("/healthz", self._healthz),
                web.get("/readyz", self._readyz),
                web.get("/metrics", self._metrics),
                *routes,
            ]
        )
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=_GOODBYE_SECONDS)
        self.url = ""

    async def __aenter__(self) -> Self:
        """Listen. Raises OSError with one clear sentence if the port is taken."""
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._host, self._port)
        try:
            await site.start()
        except OSError as error:
            await self._runner.cleanup()
            raise OSError(
                f"Port {self._port} on {self._host} can't be used ({error.strerror or error}). "
                "Free it, or choose another with HTTP_PORT (PORT for make demo)."
            ) from error
        self.url = _url(self._runner.addresses[0])
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._runner.cleanup()

    async def _healthz(self, _: web.Request) -> web.Response:
        return web.json_response({"alive": True})

    async def _readyz(self, _: web.Request) -> web.Response:
        ready, details = await self._readiness()
        return web.json_response({"ready": ready, **details}, status=200 if ready else 503)

    async def _metrics(self, _: web.Request) -> web.Response:
        try:
            counts = await self._counts()
        except StorageError:
            return web.Response(status=503, text="The database can't be read at the moment.\n")
        return web.Response(body=exposition(counts), content_type="text/plain", charset="utf-8")


def _url(address: tuple[object, ...] | str) -> str:
    host, port = str(address[0]), address[1]
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return f"http://[{host}]:{port}" if family is socket.AF_INET6 else f"http://{host}:{port}"
