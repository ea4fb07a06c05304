"""Where a request comes from: the peer, unless it is our own proxy; a client cannot make itself another."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from services.gateway.domain.addresses import client_address

OURS = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("203.0.113.7", [], "203.0.113.7"),
        ("203.0.113.7", ["198.51.100.1"], "203.0.113.7"),
        ("10.0.0.2", ["203.0.113.7"], "203.0.113.7"),
        ("10.0.0.2", ["198.51.100.1, 203.0.113.7"], "203.0.113.7"),
        ("10.0.0.2", ["198.51.100.1, 203.0.113.7, 10.0.0.3"], "203.0.113.7"),
        ("10.0.0.2", ["198.51.100.1", "203.0.113.7", "10.0.0.3"], "203.0.113.7"),
        ("10.0.0.2", ["10.0.0.9, 10.0.0.3"], "10.0.0.9"),
        ("10.0.0.2", [], "10.0.0.2"),
        ("10.0.0.2", ["203.0.113.7, unknown"], "10.0.0.2"),
        ("10.0.0.2", [""], "10.0.0.2"),
        ("10.0.0.2", ["203.0.113.7:4711"], "203.0.113.7"),
        ("::ffff:10.0.0.2", ["203.0.113.7"], "203.0.113.7"),
        ("fd00::2", ["[2001:db8:1:2::7]:4711"], "2001:db8:1:2::/64"),
        ("fd00::2", ["2001:db8:1:2:ffff::9"], "2001:db8:1:2::/64"),
        ("testclient", ["203.0.113.7"], "unknown"),
        (None, ["203.0.113.7"], "unknown"),
    ],
)
def test_the_address_that_is_held_responsible(peer: str | None, forwarded: list[str], client: str) -> None:
    assert client_address(peer, forwarded, OURS) == client


def test_without_trusted_proxies_nobody_is_believed() -> None:
    assert client_address("10.0.0.2", ["203.0.113.7"], ()) == "10.0.0.2"
