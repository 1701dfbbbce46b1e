"""The HTTP servers: the one that platforms share, and one for each platform that listens by itself."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from adapters.http.connections import Connections
from adapters.http.server import HttpServer
from bot.cli.platforms import Platforms
from bot.core.health import Health
from bot.core.message import message
from bot.core.platform import Listener
from bot.settings import Settings


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class Servers:
    """The open servers. A platform's routes are served by its own, where it has one."""

    shared: HttpServer | None
    own: Mapping[str, HttpServer]

    @property
    def url(self) -> str:
        """The base URL of `/healthz`: at the shared server, if there is one."""
        return (self.shared or next(iter(self.own.values()))).url

    async def mount(self, routes: Mapping[str, Sequence[Any]]) -> None:
        """Serve these routes, by platform. Routes that were mounted before and aren't named are no longer served."""
        for name, server in self.own.items():
            await server.mount(routes.get(name, ()))
        if self.shared:
            await self.shared.mount([route for name in routes if name not in self.own for route in routes[name]])


@asynccontextmanager
async def open_servers(
    settings: Settings, platforms: Platforms, health: Health, *, shared: bool
) -> AsyncIterator[Servers]:
    """Listen while the context lasts. Raises OSError for a port that can't be used, ValueError for one named twice."""
    listeners = {each.name: each.listener(settings) for each in platforms if each.runs(settings)}
    own = {name: listener for name, listener in listeners.items() if listener}
    taken = {settings.http_port: "HTTP_PORT"} if shared else {}
    for listener in own.values():
        _check(listener, taken)
    connections = Connections()
    async with AsyncExitStack() as stack:

        async def opened(host: str, port: int, names: tuple[str, str]) -> HttpServer:
            server = HttpServer(
                host=host,
                port=port,
                readiness=health.readiness,
                figures=health.figures,
                connections=connections,
                allowed=settings.metrics_allow,
                settings=names,
            )
            return await stack.enter_async_context(server)

        yield Servers(
            shared=await opened(settings.http_host, settings.http_port, ("HTTP_HOST", "HTTP_PORT")) if shared else None,
            own={
                name: await opened(each.host, each.port, (each.host_setting, each.port_setting))
                for name, each in own.items()
            },
        )


def _check(listener: Listener, taken: dict[int, str]) -> None:
    """Raise ValueError if a port is taken already: even on another address, one may answer in place of the other."""
    if listener.port and listener.port in taken:
        raise ValueError(
            message(
                "{setting}: Write another port than that of {other}: strangers may reach that one.",
                setting=listener.port_setting,
                other=taken[listener.port],
            )
        )
    taken[listener.port] = listener.port_setting
