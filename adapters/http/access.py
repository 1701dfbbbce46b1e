"""Who may read `/readyz` and `/metrics`: this machine, and the networks that the operator names. Pure."""

from collections.abc import Mapping, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

Network = IPv4Network | IPv6Network

_FORWARDED = {
    "cf-connecting-ip",
    "client-ip",
    "fly-client-ip",
    "forwarded",
    "true-client-ip",
    "via",
    "x-client-ip",
    "x-cluster-client-ip",
    "x-envoy-external-address",
    "x-real-ip",
}
_FORWARDED_FAMILY = ("x-forwarded", "x-original-")


def may_read(*, peer: str | None, own: str | None, headers: Mapping[str, str], allowed: Sequence[Network]) -> bool:
    """Return whether a request may be answered that came from `peer` to this machine's address `own`.

    Requests that come through a proxy are refused. Their headers prove nothing, since clients can write them as well. A
    proxy on this machine that adds no header and keeps no `Host` can't be told from a program of this machine.
    """
    if any(name.lower() in _FORWARDED or name.lower().startswith(_FORWARDED_FAMILY) for name in headers):
        return False
    address = _address(peer)
    if address is None:
        return False
    if any(address in network for network in allowed):
        return True
    # The page of another site may have pointed its own name here, and a proxy may have kept the name it was asked for.
    return (address.is_loopback or address == _address(own)) and _is_of_machines(headers.get("Host", ""))


def _address(name: str | None) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address((name or "").partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _is_of_machines(host: str) -> bool:
    """Return whether a Host header has an address, or a name that means this machine everywhere."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    return name == "localhost" or name.endswith(".localhost") or _address(name) is not None
