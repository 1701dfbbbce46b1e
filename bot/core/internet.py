"""Which hosts are on the public internet: addresses for certain, names as far as a name tells."""

import ipaddress
import re
from urllib.parse import urlsplit

from bot.core.message import message

# Addresses with this prefix stand for an IPv4 address, which is the one that must be public.
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
# Networks use these prefixes for themselves, which Python counts as global: RFC 8215 (NAT64), RFC 9602 (segment ids).
_OWN = (ipaddress.ip_network("64:ff9b:1::/48"), ipaddress.ip_network("5f00::/16"))
# https://www.iana.org/assignments/special-use-domain-names, and names that networks use without asking.
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
_HOST = re.compile(r"[\w.:-]{1,253}", re.ASCII)


def is_public(address: str) -> bool:
    """Return whether an IP address is on the public internet."""
    if "%" in address:  # of one network card
        return False
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        embedded = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if ip in _NAT64:
            embedded = ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)
        if embedded is not None:
            return is_public(str(embedded))
        # Site-local ones are deprecated, but some networks still route them, and Python counts them as global.
        if ip.is_site_local or any(ip in network for network in _OWN):
            return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)


def may_be_public(host: str) -> bool:
    """Return whether a host of a URL may be on the public internet, by its text alone.

    An address that isn't written in its usual form may not: programs disagree on what 127.1 or 0x7f.1 is.
    """
    return _HOST.fullmatch(host) is not None and not is_private(host) and (is_address(host) or not _is_number(host))


def is_private(host: str) -> bool:
    """Return whether a host of a URL is certainly on this machine or its own network, by its text alone."""
    if is_address(host):
        return not is_public(host)
    labels = host.lower().rstrip(".").split(".")
    return not _is_number(host) and (len(labels) == 1 or labels[-1] in _PRIVATE_ENDINGS)


def check_encrypted(url: str) -> None:
    """Check that what is sent to a URL doesn't cross the internet unencrypted. Raises ValueError with what to do."""
    parts = urlsplit(url)
    if parts.scheme in {"http", "ws"} and not is_private(parts.hostname or ""):
        raise ValueError(
            message(
                "Write {secure}://, since others on the way can read what is sent over {plain}://; "
                "if this host is in your own network, set ALLOW_HTTP=1.",
                secure=f"{parts.scheme}s",
                plain=parts.scheme,
            )
        )


def is_address(host: str) -> bool:
    """Return whether a host is an IP address in its usual form."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def quotable(host: str) -> str:
    """Return a host as it may be quoted: others may have written anything as one."""
    return host if _HOST.fullmatch(host) else "such a host"


def _is_number(host: str) -> bool:
    """Return whether a host is read as an IPv4 address: https://url.spec.whatwg.org/#ends-in-a-number-checker."""
    last = host.lower().rstrip(".").rpartition(".")[2]
    return last.isdigit() or re.fullmatch(r"0x[0-9a-f]*", last) is not None
