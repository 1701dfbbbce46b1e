"""Which hosts are on the public internet: addresses for certain, names as far as a name tells."""

import ipaddress
import re

# Addresses with this prefix stand for an IPv4 address, which is the one that must be public.
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
# Networks use these prefixes for themselves, which Python counts as global: RFC 8215 (NAT64), RFC 9602 (segment ids).
_OWN = (ipaddress.ip_network("64:ff9b:1::/48"), ipaddress.ip_network("5f00::/16"))
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
    """Return whether a host of a URL may be on the public internet, by what is written.

    An address that isn't written in its usual form isn't: programs disagree on what 127.1 or 0x7f.1 is.
    """
    if not _HOST.fullmatch(host):
        return False
    if ":" in host or _ends_in_a_number(host):
        return is_address(host) and is_public(host)
    labels = host.lower().rstrip(".").split(".")
    return len(labels) > 1 and labels[-1] not in _PRIVATE_ENDINGS


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


def _ends_in_a_number(host: str) -> bool:
    """Return whether a host is read as an IPv4 address: https://url.spec.whatwg.org/#ends-in-a-number-checker."""
    last = host.lower().rstrip(".").rpartition(".")[2]
    return last.isdigit() or re.fullmatch(r"0x[0-9a-f]*", last) is not None
