"""Which way each request leaves this machine: directly, or through a proxy; and which certificates are trusted."""

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Self
from urllib.parse import SplitResult, unquote, urlsplit

from bot.core.message import message

if TYPE_CHECKING:
    import ssl

EXAMPLE = "http://proxy.example.com:3128"
_SECURE = frozenset({"https", "wss"})
_PORTS = {"https": 443, "wss": 443, "http": 80, "ws": 80}

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """An HTTP proxy. `url` may be logged; `login` is `name:password`, or empty."""

    url: str
    login: str = field(default="", repr=False)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a proxy's address as operators write it. Raises ValueError without it: it may hold a password."""
        try:
            parts = urlsplit(text)
            port = parts.port
        except ValueError:
            parts, port = SplitResult("", "", "", "", ""), None
        if parts.scheme.startswith("socks"):
            raise ValueError(message("SOCKS is not supported. Write an HTTP proxy such as {example}", example=EXAMPLE))
        understood = parts.scheme in {"http", "https"} and parts.hostname and parts.path in {"", "/"}
        if not understood or parts.query or parts.fragment or not text.isprintable() or " " in text:
            raise ValueError(message("Write an HTTP proxy such as {example}", example=EXAMPLE))
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
        login = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}"
        return cls(url=f"{parts.scheme}://{host}{f':{port}' if port else ''}", login="" if login == ":" else login)


@dataclass(frozen=True, slots=True, kw_only=True)
class WaysOut:
    """The decision for every request. `certificates` are trusted; None leaves it to each library."""

    https: Proxy | None = None
    """For `https` and `wss`."""
    http: Proxy | None = None
    """For `http` and `ws`."""
    direct: Sequence[str] = ()
    """The entries of NO_PROXY: a name with all names below it, an address, a network such as `10.0.0.0/8`, or `*`; a
    name or an address may have a port."""
    certificates: "ssl.SSLContext | None" = None
    certificate_file: str = ""

    def proxy(self, url: str) -> Proxy | None:
        """Return the proxy through which a URL is reached; None for directly. This machine is never behind a proxy."""
        if self.https is None and self.http is None:
            return None
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port or _PORTS.get(parts.scheme, 0)
        if _is_this_machine(host) or any(_covers(entry, host, port) for entry in self.direct):
            return None
        return self.https if parts.scheme in _SECURE else self.http

    def to(self, *urls: str) -> Mapping[str, Proxy | None]:
        """Return the hosts of URLs, each with its proxy."""
        return {urlsplit(url).hostname or url: self.proxy(url) for url in urls}

    def through(self, proxy: Proxy | None) -> "WaysOut":
        """Return the ways of a client that has its own proxy, for use with every host."""
        return self if proxy is None else replace(self, https=proxy, http=proxy, direct=())


DIRECT = WaysOut()


def entries(no_proxy: str) -> Sequence[str]:
    """Return the entries of NO_PROXY, which are separated by commas or spaces."""
    return tuple(no_proxy.lower().replace(",", " ").split())


def _is_this_machine(host: str) -> bool:
    """Return whether a host's name or address is this machine's own."""
    address = _as_address(host)
    if address is not None:
        return address.is_loopback or address.is_unspecified
    return host == "localhost" or host.endswith(".localhost")


def _as_address(host: str) -> IPAddress | None:
    """Return the IP address that a host is written as; None for a name."""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _covers(entry: str, host: str, port: int) -> bool:
    if entry == "*":
        return True
    named, its_port = _with_port(entry)
    if its_port not in {None, port}:
        return False
    address = _as_address(host)
    if address is None:
        name = named.removeprefix("*").strip(".")
        return bool(name) and (host == name or host.endswith(f".{name}"))
    try:
        return address in ipaddress.ip_network(named, strict=False)
    except ValueError:
        return False


def _with_port(entry: str) -> tuple[str, int | None]:
    if entry.startswith("["):
        host, _, port = entry[1:].partition("]")
        return host, int(port[1:]) if port[1:].isdecimal() else None
    host, _, port = entry.partition(":")
    return (host, int(port)) if port.isdecimal() else (entry, None)
