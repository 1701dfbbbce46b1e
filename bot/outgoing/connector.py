"""Connects every request of aiohttp's by the way that was decided on, for every library."""

import ssl
from base64 import b64encode

import aiohttp
from aiohttp import hdrs
from aiohttp.abc import AbstractResolver
from aiohttp.client_reqrep import ClientRequest
from aiohttp.connector import Connection
from aiohttp.tracing import Trace
from yarl import URL

from bot.core.ways_out import Proxy, WaysOut
from bot.outgoing.certificates import system

# Of another time or for another name: to trust its authority would not help. They are X509_V_ERR_CERT_NOT_YET_VALID,
# _HAS_EXPIRED, _HOSTNAME_MISMATCH and _IP_ADDRESS_MISMATCH: https://docs.openssl.org/3.5/man3/X509_STORE_CTX_get_error/
_NOT_VALID = frozenset({9, 10, 62, 64})

# How many seconds a connection is kept for the next request: by default, and to a chat, whose next request often comes
# when an image is drawn. A new connection takes two or three round trips before anything is sent. Servers keep one for
# at least a minute (nginx 75 s, Amazon's load balancers 60 s). It has to be closed earlier: if a request is sent while
# the server closes the connection, nobody can say whether it arrived.
_KEPT_SECONDS, KEPT_FOR_IMAGES_SECONDS = 15.0, 50.0


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
        kept: float = _KEPT_SECONDS,
        resolver: AbstractResolver | None = None,
        socket_factory: aiohttp.SocketFactoryType | None = None,
    ) -> None:
        super().__init__(
            ssl=ways_out.certificates or system(),
            limit=limit,
            force_close=force_close,
            keepalive_timeout=None if force_close else kept,
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
        cause = error.certificate_error
        if isinstance(cause, ssl.SSLCertVerificationError) and cause.verify_code in _NOT_VALID:
            return f"its certificate is not valid: {cause.verify_message}"
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
