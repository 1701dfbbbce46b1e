"""From where images may be fetched: public addresses, and the gateway's own origin."""

import socket

from aiohttp import AddrInfoType
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from bot.core.internet import is_public, may_be_public, quotable
from bot.core.ways_out import WaysOut
from bot.outgoing.connector import Connector


class NotPublic(OSError):
    """An address that images may not be fetched from."""


def check_url(url: URL, origin: URL) -> None:
    """Check that an image may be fetched from `url`, as far as its text tells. Raises NotPublic.

    `origin` is exempt: a gateway may run on this machine.
    """
    if url.user is not None or url.password is not None:
        raise NotPublic("a URL with credentials")
    if url.is_absolute() and url.scheme in {"http", "https"} and url.origin() == origin:
        return
    if url.scheme != "https" or not url.raw_host:
        raise NotPublic(f"a URL of scheme {url.scheme[:20] or '(none)'}")
    if not may_be_public(url.raw_host):
        raise _not_public(url.raw_host)


class GuardedResolver(AbstractResolver):
    """Resolves to public addresses only. The connection uses the checked addresses, so they can't change after that."""

    def __init__(self, inner: AbstractResolver) -> None:
        self._inner = inner

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Resolve `host`. Raises NotPublic if any of its addresses isn't public."""
        results = await self._inner.resolve(host, port, family)
        if not results or not all(is_public(result["host"]) for result in results):
            raise _not_public(host)
        return results

    async def close(self) -> None:
        """Close the inner resolver."""
        await self._inner.close()


class PublicConnector(Connector):
    """Connects to public addresses only, no matter what resolved them: each is looked at on its way to the socket."""

    def __init__(self, ways_out: WaysOut, resolver: AbstractResolver) -> None:
        super().__init__(ways_out, force_close=True, resolver=resolver, socket_factory=_public_socket)


def _public_socket(to: AddrInfoType) -> socket.socket:
    """Open a socket for what getaddrinfo calls an address. Raises NotPublic before anything is sent."""
    family, kind, protocol, _, address = to
    if not is_public(address[0]):
        raise _not_public(address[0])
    return socket.socket(family, kind, protocol)


def _not_public(host: str) -> NotPublic:
    return NotPublic(f"{quotable(host)} is not on the public internet")
