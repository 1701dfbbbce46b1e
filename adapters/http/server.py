"""An HTTP server of the bot. It answers as long as the process runs, also while platforms are away."""

import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from types import TracebackType
from typing import Self

from aiohttp import web, web_response

from adapters.http.access import Network, may_read
from adapters.http.connections import Connections
from adapters.http.mounted import Mounted
from bot.core.bounds import CHAT_BODY_BYTES
from bot.core.health import Figures
from bot.core.message import message

Readiness = Callable[[bool], Awaitable[tuple[bool, Mapping[str, object]]]]
"""Whether the bot is ready; the argument says whether every platform has to be."""
# aiohttp names itself and Python, also where it answers by itself, to bytes that aren't a request.
web_response.SERVER_SOFTWARE = "imagine-bot"  # type: ignore[attr-defined]  # it has no setting for this
_HERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  as which the bot listens everywhere
Measure = Callable[[], Awaitable[Figures]]


class HttpServer:
    """Serves `/healthz`, `/readyz` and `/metrics` while its context is open, and the routes that are mounted later."""

    def __init__(
        self,
        *,
        host: str,
        port: int,
        readiness: Readiness,
        figures: Measure,
        connections: Connections | None = None,
        allowed: Sequence[Network] = (),
        settings: tuple[str, str] = ("HTTP_HOST", "HTTP_PORT"),
    ) -> None:
        """Prepare to listen there; `settings` name what to change if that can't be.

        `/readyz` and `/metrics` are answered to this machine, and to what is `allowed`.
        """
        self._host, self._port, self._settings = host, port, settings
        self._readiness, self._figures, self._allowed = readiness, figures, allowed
        self._socket = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        self._connections = connections or Connections()
        self._mounted: Mounted | None = None
        self.url = ""

    async def __aenter__(self) -> Self:
        """Start listening. Raises OSError with one clear sentence if the port can't be used."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self._socket.bind((self._host, self._port))
        except OSError as error:
            self._socket.close()
            raise OSError(
                message(
                    "Port {port} on {host} can't be used ({error}). "
                    "Set {port_setting} to another one (PORT for make demo), or {host_setting} to another address.",
                    port=str(self._port),
                    host=self._host,
                    host_setting=self._settings[0],
                    port_setting=self._settings[1],
                    error=error.strerror or str(error),
                )
            ) from error
        self.url = _url(self._socket)
        await self.mount([])
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._mounted:
            await self._mounted.close()
        self._socket.close()

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return int(self._socket.getsockname()[1])

    async def mount(self, routes: Sequence[web.AbstractRouteDef]) -> None:
        """Serve these routes too: a new application takes over the listening socket, and the old one ends."""
        app = web.Application(client_max_size=CHAT_BODY_BYTES)
        own = [
            web.get("/healthz", self._healthz),
            web.get("/readyz", self._readyz),
            web.get("/metrics", self._metrics),
        ]
        app.add_routes([*own, *routes])
        mounted = Mounted(app, self._connections)
        await mounted.start(self._socket.dup())
        earlier, self._mounted = self._mounted, mounted
        if earlier:
            await earlier.close()

    async def _healthz(self, _: web.Request) -> web.Response:
        return web.json_response({"alive": True})

    async def _readyz(self, request: web.Request) -> web.Response:
        if not self._may_read(request):
            return _not_for_you()
        ready, details = await self._readiness("all" in request.query)
        return web.json_response({"ready": ready, **details}, status=200 if ready else 503)

    async def _metrics(self, request: web.Request) -> web.Response:
        if not self._may_read(request):
            return _not_for_you()
        from adapters.http.metrics import METRICS_TYPE, exposition  # not everybody asks, and its library takes a while

        body = exposition(await self._figures())
        return web.Response(body=body, headers={"Content-Type": METRICS_TYPE})

    def _may_read(self, request: web.Request) -> bool:
        peer, own = (_address(request, side) for side in ("peername", "sockname"))
        return may_read(peer=peer, own=own, headers=request.headers, allowed=self._allowed)


def _not_for_you() -> web.Response:
    return web.Response(status=403, text="This is for the bot's machine, and for the networks in METRICS_ALLOW.\n")


def _address(request: web.Request, side: str) -> str | None:
    name = request.transport.get_extra_info(side) if request.transport else None
    return str(name[0]) if isinstance(name, tuple) else None


def _url(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    host = _HERE.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
