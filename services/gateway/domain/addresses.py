"""Where a request comes from, when proxies stand in between. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
SITE_BITS = 64
"""Of an IPv6 address: whoever has one has all that begin alike."""


def client_address(peer: str | None, forwarded: Sequence[str], trusted: Sequence[Network]) -> str:
    """Return the address to hold responsible: the peer, unless that is a proxy that we trust.

    Then it is the right-most address in X-Forwarded-For that is none of our proxies: what stands further left may
    have been written by anybody. `forwarded` are the values of that header, in order.
    """
    found = _parsed(peer or "")
    hops = [hop for value in forwarded for hop in value.split(",")]
    while found is not None and _is_trusted(found, trusted) and hops:
        further = _parsed(hops.pop())
        if further is None:
            break
        found = further
    return _named(found) if found else "unknown"


def _is_trusted(address: Address, trusted: Sequence[Network]) -> bool:
    return any(address in network for network in trusted)


def _parsed(text: str) -> Address | None:
    """Read an address, with or without a port."""
    bare = text.strip()
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        address = ip_address(bare)
    except ValueError:  # a name, or nonsense: nobody that could be held responsible
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _named(address: Address) -> str:
    if isinstance(address, IPv6Address):
        return str(ip_network((int(address), SITE_BITS), strict=False))
    return str(address)
