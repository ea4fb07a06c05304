"""What `topology.declare` declares, as data: so that nothing here repeats the topology and can differ from it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import cast

from aio_pika import ExchangeType
from aio_pika.abc import AbstractConnection

from shared.messaging import topology


@dataclass(frozen=True)
class Queue:
    """A durable queue and its arguments."""

    name: str
    arguments: dict[str, str | int]


@dataclass(frozen=True)
class Binding:
    """What brings messages of a routing key from an exchange to a queue."""

    exchange: str
    queue: str
    key: str


@dataclass(frozen=True)
class Declared:
    """Everything that the broker has to hold; `exchanges` maps each name to its kind."""

    exchanges: dict[str, str] = field(default_factory=dict)
    queues: list[Queue] = field(default_factory=list)
    bindings: list[Binding] = field(default_factory=list)


def declared() -> Declared:
    """Return what every room declares at its start, in that order."""
    notes = Declared()
    with ThreadPoolExecutor(max_workers=1) as elsewhere:  # there may be a running loop around us
        elsewhere.submit(asyncio.run, topology.declare(cast("AbstractConnection", _Connection(notes)))).result()
    return notes


@dataclass(frozen=True)
class _Connection:
    notes: Declared

    @asynccontextmanager
    async def channel(self) -> AsyncIterator[_Channel]:
        yield _Channel(self.notes)


@dataclass(frozen=True)
class _Named:
    name: str


@dataclass(frozen=True)
class _Channel:
    notes: Declared

    async def declare_exchange(self, name: str, kind: ExchangeType, *, durable: bool) -> _Named:
        assert durable, name  # noqa: S101 - the document below says so of all
        self.notes.exchanges[name] = kind.value
        return _Named(name)

    async def declare_queue(self, name: str, *, durable: bool, arguments: dict[str, str | int]) -> _Queue:
        assert durable, name  # noqa: S101
        self.notes.queues.append(Queue(name, arguments))
        return _Queue(self.notes, name)


@dataclass(frozen=True)
class _Queue:
    notes: Declared
    name: str

    async def bind(self, exchange: str | _Named, routing_key: str | None = None) -> None:
        """Without a key the client takes the queue's name, and so do we."""
        source = exchange if isinstance(exchange, str) else exchange.name
        self.notes.bindings.append(Binding(source, self.name, self.name if routing_key is None else routing_key))
