"""Connects every request of aiohttp's by the way that was decided on, for every library."""

from base64 import b64encode

import aiohttp
from aiohttp import hdrs
from aiohttp.abc import AbstractResolver
from aiohttp.client_reqrep import ClientRequest
from aiohttp.connector import Connection
from aiohttp.tracing import Trace
from yarl import URL

from bot.core.ways_out import Proxy, WaysOut


class ProxyFailed(aiohttp.ClientConnectionError):
    """The proxy made no connection: the request was not sent."""


class Connector(aiohttp.TCPConnector):
    """One client's connections. What a library knows of proxies itself has no effect.

    discord.py takes one proxy for all hosts, and slack_sdk reads HTTPS_PROXY without NO_PROXY.
    """

    def __init__(
        self,
        ways_out: WaysOut,
        *,
        limit: int = 100,
        force_close: bool = False,
        resolver: AbstractResolver | None = None,
        socket_factory: aiohttp.SocketFactoryType | None = None,
    ) -> None:
        super().__init__(
            ssl=ways_out.certificates or True,
            limit=limit,
            force_close=force_close,
            resolver=resolver,
            socket_factory=socket_factory,
            use_dns_cache=resolver is None,
        )
        self._ways_out = ways_out

    async def connect(self, req: ClientRequest, traces: list[Trace], timeout: aiohttp.ClientTimeout) -> Connection:
        """Connect for a request. Raises ProxyFailed."""
        proxy = self._ways_out.proxy(str(req.url))
        if proxy is None:
            req.update_proxy(None, None, None)
            return await super().connect(req, traces, timeout)
        login = _login(proxy)
        # Apart from the URL, which errors quote. Through a tunnel it is for the proxy alone.
        req.update_proxy(URL(proxy.url), None, login)
        if not req.is_ssl():
            req.headers.update(login)
        try:
            return await super().connect(req, traces, timeout)
        except aiohttp.ClientSSLError:
            raise
        except aiohttp.ClientError as error:
            raise ProxyFailed(_failure(proxy, error)) from error


def reason(error: BaseException) -> str:
    """Return in a few words why no connection was made: without a page, a ticket or a password."""
    if isinstance(error, ProxyFailed):
        return str(error)
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return "its certificate is not trusted: see SSL_CERT_FILE"
    return type(error).__name__


def _login(proxy: Proxy) -> dict[str, str]:
    if not proxy.login:
        return {}
    return {hdrs.PROXY_AUTHORIZATION: f"Basic {b64encode(proxy.login.encode()).decode()}"}


def _failure(proxy: Proxy, error: aiohttp.ClientError) -> str:
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return f"the proxy {proxy.url} answered {error.status}"
    if isinstance(error, aiohttp.ClientProxyConnectionError):
        return f"the proxy {proxy.url} can't be reached"
    return f"the proxy {proxy.url} cut the connection"
