"""Which addresses a call may go to: what is on the public internet, and what the organisation allows beside it. Pure.

Whoever writes a subscriber's name into the DNS could else let the gateway knock at doors inside its own network, or at
the cloud's own (169.254.169.254). IPv6 has many ways of writing an IPv4 address; each counts as the address in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

NOT_PUBLIC_V4 = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",  # this network
            "10.0.0.0/8",
            "100.64.0.0/10",  # behind a carrier's NAT
            "127.0.0.0/8",
            "168.63.129.16/32",  # a cloud's own services, at a public address
            "169.254.0.0/16",  # link-local, and clouds' metadata
            "172.16.0.0/12",
            "192.0.0.0/24",  # IETF protocols
            "192.0.2.0/24",  # documentation
            "192.88.99.0/24",  # 6to4 relays, deprecated
            "192.168.0.0/16",
            "198.18.0.0/15",  # benchmarking
            "198.51.100.0/24",  # documentation
            "203.0.113.0/24",  # documentation
            "224.0.0.0/4",  # multicast
            "240.0.0.0/4",  # reserved, and broadcast
        ),
    )
)
PUBLIC_V6 = IPv6Network("2000::/3")
"""All that IANA has given out for the public; loopback, link-local, unique local, multicast are outside of it."""
NOT_PUBLIC_V6 = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # IETF protocols, Teredo and ORCHID among them
            "2001:db8::/32",  # documentation
            "3fff::/20",  # documentation
        ),
    )
)
NAT64 = IPv6Network("64:ff9b::/96")
TRANSLATED = IPv6Network("::ffff:0:0:0/96")
SIX_TO_FOUR = IPv6Network("2002::/16")
ISATAP = frozenset({0x0000_5EFE, 0x0200_5EFE})
LOW_32 = 0xFFFF_FFFF


def refused(found: Iterable[str], allow: Sequence[Network], *, only_allowed: bool = False) -> str | None:
    """Return the first of the addresses that a call may not go to, or None when all are good.

    `only_allowed`: being public is not enough. One bad address among good ones is enough to refuse a name: else it
    would be up to the DNS which of them is used. What is no address is refused.
    """
    return next((each for each in found if not _may_be_called(each, allow, only_allowed)), None)


def is_public(address: Address) -> bool:
    """Say whether an address is on the public internet, and so is every IPv4 address in it."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in NOT_PUBLIC_V4)
    inner = list(_inner(address))
    if _stands_for_another(address):
        return all(map(is_public, inner))
    good = address in PUBLIC_V6 and not any(address in network for network in NOT_PUBLIC_V6)
    return good and all(map(is_public, inner))


def _may_be_called(text: str, allow: Sequence[Network], only_allowed: bool) -> bool:
    try:
        address = ip_address(text)
    except ValueError:
        return False
    meant: tuple[Address, ...] = (address,)
    if isinstance(address, IPv6Address) and _stands_for_another(address):
        meant = tuple(_inner(address))
    if all(any(one in network for network in allow) for one in meant):
        return True
    return not only_allowed and is_public(address)


def _stands_for_another(address: IPv6Address) -> bool:
    """Say whether packets to it go to the IPv4 address in it."""
    return address.ipv4_mapped is not None or address in NAT64 or address in TRANSLATED


def _inner(address: IPv6Address) -> Iterator[IPv4Address]:
    """Return the IPv4 addresses that an IPv6 address carries: mapped, translated, tunnelled."""
    value = int(address)
    if _stands_for_another(address):
        yield IPv4Address(value & LOW_32)
    if address in SIX_TO_FOUR:
        yield IPv4Address(value >> 80 & LOW_32)
    if value >> 32 & LOW_32 in ISATAP:
        yield IPv4Address(value & LOW_32)
