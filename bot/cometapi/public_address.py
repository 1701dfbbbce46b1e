"""Which addresses images may be fetched from: public ones, and the gateway's own origin."""

import ipaddress
import re
import socket
from collections.abc import Sequence

from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

# Addresses with this prefix stand for an IPv4 address, which is the one that must be public.
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
# https://www.iana.org/assignments/special-use-domain-names, and what networks use without asking.
_PRIVATE_ENDINGS = frozenset(
    {
        "localhost",
        "local",
        "internal",
        "intranet",
        "private",
        "corp",
        "home",
        "lan",
        "localdomain",
        "onion",
        "arpa",
    }
)
# A name or an address that may be quoted; the gateway may send anything as one.
_HOST = re.compile(r"[\w.:%-]{1,253}")


class NotPublic(OSError):
    """An address that images may not be fetched from."""


class GuardedResolver(AbstractResolver):
    """Resolves to public addresses only. The connection uses the checked addresses, so they can't change after that.

    `origin` is exempt: a gateway may run on this machine.
    """

    def __init__(self, inner: AbstractResolver, origin: URL) -> None:
        self._inner, self._origin = inner, origin

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Resolve `host`. Raises NotPublic if any of its addresses isn't public."""
        results = await self._inner.resolve(host, port, family)
        if (host, port) != (self._origin.host, self._origin.port):
            _check_public(host, [result["host"] for result in results])
        return results

    async def close(self) -> None:
        """Close the inner resolver."""
        await self._inner.close()


def check_url(url: URL, origin: URL) -> None:
    """Check, as far as possible before resolving, that an image may be fetched from `url`. Raises NotPublic."""
    if url.user is not None or url.password is not None:
        raise NotPublic("a URL with credentials")
    if url.is_absolute() and url.scheme in {"http", "https"} and url.origin() == origin:
        return
    if url.scheme != "https" or not url.host:
        raise NotPublic(f"a URL of scheme {url.scheme[:20] or '(none)'}")
    # An IP address in the URL is not resolved, so it is checked here.
    if _is_address(url.host):
        _check_public(url.host, [url.host])


def check_name(url: URL) -> None:
    """Check a host by its name, as far as that tells, since a proxy resolves it. Raises NotPublic."""
    host = (url.raw_host or "").rstrip(".").lower()
    labels = host.split(".")
    if _is_address(host):
        return  # `check_url` has looked at it
    if len(labels) < 2 or labels[-1] in _PRIVATE_ENDINGS or _is_number(labels[-1]):
        raise NotPublic(_not_public(host))


def _not_public(host: str) -> str:
    name = host if _HOST.fullmatch(host) else "such a host"
    return f"{name} is not on the public internet"


def _is_number(label: str) -> bool:
    """Return whether a host that ends so is read as an IPv4 address: https://url.spec.whatwg.org/#ends-in-a-number-checker."""
    return label.isdigit() or re.fullmatch(r"0x[0-9a-f]*", label) is not None


def is_public(address: str) -> bool:
    """Return whether an IP address is on the public internet."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        embedded = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if ip in _NAT64:
            embedded = ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)
        if embedded is not None:
            return is_public(str(embedded))
        if ip.is_site_local:  # deprecated, but some networks still route it, and Python counts it as global
            return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)


def _check_public(host: str, addresses: Sequence[str]) -> None:
    if not addresses or not all(is_public(address) for address in addresses):
        raise NotPublic(_not_public(host))


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True
