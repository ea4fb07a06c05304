"""Where a call may go: public addresses, and what is allowed; nothing that only looks like one of these."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.domain.hooks.addresses import NOT_PUBLIC_V4, Address, Network, is_public, refused

GOOD = """
8.8.8.8 1.1.1.1 99.255.255.255 100.128.0.0 172.15.255.255 172.32.0.0 223.255.255.255 11.0.0.0 126.255.255.255
128.0.0.0 169.253.255.255 169.255.0.0 198.17.255.255 198.20.0.0 2606:4700:4700::1111 2a00:1450:4001:81b::200e
2001:200::1 64:ff9b::8.8.8.8 2002:808:808::1
"""
BAD = """
0.0.0.0 0.1.2.3 10.0.0.0 10.255.255.255 100.64.0.0 100.127.255.255 127.0.0.1 127.255.255.255 169.254.0.1
169.254.169.254 172.16.0.0 172.31.255.255 192.0.0.192 192.0.2.1 192.88.99.1 192.168.0.0 192.168.255.255 198.18.0.0
198.19.255.255 198.51.100.7 203.0.113.7 224.0.0.1 239.255.255.255 240.0.0.0 255.255.255.255 168.63.129.16
100.100.100.200 :: ::1 fe80::1 fe80::1%eth0 fec0::1 fc00::1 fd00:ec2::254 ff02::1 100::1 2001:db8::1 2001::1 2001:20::1
2001:10::1 3fff::1 5f00::1 4000::1 ::ffff:127.0.0.1 64:ff9b::10.0.0.1 64:ff9b:1::808:808 2002:7f00:1::1
2002:a9fe:a9fe::1 ::127.0.0.1 localhost 127.1 0x7f.1 2130706433 8.8.8.8/8
"""
OURS = tuple(map(ip_network, ("10.0.0.0/8", "127.0.0.1/32", "fd00:1::/32")))
V4 = st.integers(0, 2**32 - 1).map(IPv4Address)
V6 = st.integers(0, 2**128 - 1).map(IPv6Address)
NOT_PUBLIC = st.sampled_from(NOT_PUBLIC_V4).flatmap(
    lambda network: st.integers(int(network[0]), int(network[-1])).map(IPv4Address)
)


def wrapped(inner: IPv4Address) -> dict[str, IPv6Address]:
    """Every way of putting an IPv4 address into an IPv6 one."""
    n = int(inner)
    return {
        "mapped": IPv6Address(0xFFFF << 32 | n),
        "compatible": IPv6Address(n),
        "translated": IPv6Address(0xFFFF << 48 | n),
        "nat64": IPv6Address(0x64_FF9B << 96 | n),
        "local nat64": IPv6Address(0x64_FF9B_0001 << 80 | n),
        "6to4": IPv6Address(0x2002 << 112 | n << 80 | 1),
        "teredo server": IPv6Address(0x2001_0000 << 96 | n << 64),
        "teredo client": IPv6Address(0x2001_0000 << 96 | 0x0808_0808 << 64 | n ^ 0xFFFF_FFFF),
        "isatap": IPv6Address(0x2A00_1450 << 96 | 0x0000_5EFE << 32 | n),
        "isatap, universal": IPv6Address(0x2A00_1450 << 96 | 0x0200_5EFE << 32 | n),
    }


@pytest.mark.parametrize("address", GOOD.split())
def test_what_is_on_the_public_internet_may_be_called(address: str) -> None:
    assert refused([address], ()) is None
    assert refused([address], (), only_allowed=True) == address


@pytest.mark.parametrize("address", ["", *BAD.split()])
def test_nothing_else_may(address: str) -> None:
    assert refused([address], ()) == address


@given(NOT_PUBLIC)
def test_an_address_that_is_not_public_is_none_in_any_disguise(inner: IPv4Address) -> None:
    assert not is_public(inner)
    for way, outer in wrapped(inner).items():
        assert not is_public(outer), way


@given(V4 | V6)
def test_what_counts_as_public_here_is_so_for_the_standard_library(address: Address) -> None:
    if is_public(address) and not (isinstance(address, IPv6Address) and address in IPv6Network("64:ff9b::/96")):
        assert address.is_global
        assert not address.is_multicast


@given(st.lists(V4 | V6, max_size=4), NOT_PUBLIC)
def test_one_bad_address_among_others_is_enough(good: list[Address], bad: IPv4Address) -> None:
    assert refused([*map(str, good), str(bad)], ()) is not None


@given(st.sampled_from(OURS), st.integers(0, 2**24 - 1))
def test_what_is_allowed_may_be_called_whether_encrypted_or_not(network: Network, n: int) -> None:
    address = str(network[n % network.num_addresses])
    assert refused([address], OURS) is None
    assert refused([address], OURS, only_allowed=True) is None


@given(NOT_PUBLIC)
def test_what_is_not_public_may_be_called_only_where_it_is_allowed(address: IPv4Address) -> None:
    allowed = any(address in network for network in OURS if isinstance(network, IPv4Network))
    assert (refused([str(address)], OURS) is None) == allowed


def test_an_allowed_address_is_allowed_however_it_is_written() -> None:
    assert refused(["::ffff:127.0.0.1", "64:ff9b::10.1.2.3"], OURS) is None
    assert refused(["2002:a01:203::1"], OURS) == "2002:a01:203::1"


def test_a_name_without_an_address_has_no_bad_one() -> None:
    assert refused([], ()) is None
