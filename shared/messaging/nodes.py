"""Where RabbitMQ is: one address for all nodes of a cluster, and connections that go to a living one by themselves.

`amqp://user:password@one:5672,two:5672,three:5672/vhost` names three nodes with the same account, as MongoDB's
connection strings do. AMQP's own URI has one host only (rabbitmq.com/docs/uri-spec), and so have the libraries.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import cycle
from random import SystemRandom
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import aio_pika
import aiormq
import structlog
from aio_pika.abc import AbstractConnection
from yarl import URL

log = structlog.get_logger(__name__)
SCHEMES = ("amqp", "amqps")
UNREACHABLE: tuple[type[Exception], ...] = (ConnectionError, TimeoutError, OSError, aiormq.AMQPError)


def nodes(url: str) -> tuple[str, ...]:
    """Return the URL of each node that a URL names, in their order. Raises: ValueError for another kind of URL."""
    parts = urlsplit(url)
    if parts.scheme not in SCHEMES:
        msg = "it begins with amqp:// or amqps://"
        raise ValueError(msg)
    account, at, hosts = parts.netloc.rpartition("@")
    named = [host.strip() for host in hosts.split(",")]
    if not all(host.partition(":")[0] for host in named):
        msg = "a host is missing: name each node as host:port, with commas between them"
        raise ValueError(msg)
    return tuple(urlunsplit(parts._replace(netloc=f"{account}{at}{host}")) for host in named)


def shuffled(url: str) -> list[str]:
    """Return the nodes in an order of chance, so that many clients spread over all of them."""
    found = list(nodes(url))
    SystemRandom().shuffle(found)
    return found


async def connect(nodes: Sequence[str], *, seconds: float, name: str = "afterword") -> AbstractConnection:
    """Return a connection to the first node (of these URLs) that answers within so many seconds.

    `name` is what operators see of it. Raises: what the last node that was asked has said, one of `UNREACHABLE`.
    """
    *others, last = nodes
    for node in others:
        try:
            return await _connect(node, seconds, name)
        except UNREACHABLE as error:
            log.info("another node is asked", node=place(node), error=str(error))
    return await _connect(last, seconds, name)


async def _connect(node: str, seconds: float, name: str) -> AbstractConnection:
    return await aio_pika.connect(
        node, timeout=seconds, client_properties={"connection_name": name}, connection_class=Attempt
    )


class Attempt(aio_pika.Connection):
    """A connection that is closed when it could not be made.

    The library leaves that to whichever thread collects it, and where no loop runs there, that complains.
    """

    async def connect(self, timeout: float | None = None) -> None:  # noqa: ASYNC109 - as the library calls it
        """Connect, or close. Raises: what the broker or the line to it has said."""
        try:
            await super().connect(timeout)
        except BaseException:
            await self.close()
            raise


def place(url: str) -> str:
    """Return hosts and ports, for people: without the account."""
    return urlsplit(url).netloc.rpartition("@")[2]


class Roaming(aio_pika.RobustConnection):
    """A connection that comes back by itself, each time to the next of several nodes."""

    def __init__(self, url: URL, *args: Any, nodes: Sequence[str], **more: Any) -> None:
        """Take the first node's URL with all that is asked of a connection, and the URLs of all, that one first."""
        super().__init__(url, *args, **more)
        self._next = cycle([*nodes[1:], nodes[0]])

    async def _on_connection_close(self, closing: asyncio.Future[Any]) -> None:
        """Called when an attempt has failed, and when a connection is lost: the next attempt goes elsewhere."""
        node = URL(next(self._next))
        self.url = self.url.with_host(node.host or "").with_port(node.port)
        await super()._on_connection_close(closing)
