"""One address names all nodes of a cluster."""

from __future__ import annotations

import pytest

from shared.messaging.nodes import nodes, place, shuffled

THREE = "amqp://afterword:s,cret@one:5672,two:5673, three/vhost?heartbeat=5"


def test_one_node_is_its_own_address() -> None:
    url = "amqp://afterword:secret@rabbitmq:5672/"
    assert nodes(url) == (url,)


def test_each_node_has_the_account_the_vhost_and_the_query_of_all() -> None:
    assert nodes(THREE) == (
        "amqp://afterword:s,cret@one:5672/vhost?heartbeat=5",
        "amqp://afterword:s,cret@two:5673/vhost?heartbeat=5",
        "amqp://afterword:s,cret@three/vhost?heartbeat=5",
    )


def test_addresses_of_ipv6_are_hosts_too() -> None:
    assert nodes("amqps://u:p@[::1]:5671,[::2]:5671/") == ("amqps://u:p@[::1]:5671/", "amqps://u:p@[::2]:5671/")


@pytest.mark.parametrize("url", ["amqp://u:p@one:5672,/", "amqp://u:p@:5672/", "amqp://"])
def test_a_host_that_is_left_out_is_named(url: str) -> None:
    with pytest.raises(ValueError, match="a host is missing: name each node as host:port"):
        nodes(url)


def test_clients_spread_over_all_nodes() -> None:
    orders = {tuple(shuffled(THREE)) for _ in range(200)}
    assert {order[0] for order in orders} == set(nodes(THREE))
    assert {frozenset(order) for order in orders} == {frozenset(nodes(THREE))}


def test_people_are_shown_no_password() -> None:
    assert place(THREE) == "one:5672,two:5673, three"


def test_an_address_of_something_else_is_refused() -> None:
    with pytest.raises(ValueError, match=r"it begins with amqp:// or amqps://"):
        nodes("http://rabbitmq:15672/")
