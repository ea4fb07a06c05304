"""Comparing what the broker has with what it should have, and declaring it."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import httpx
from aio_pika import ExchangeType
from aio_pika.abc import AbstractChannel, AbstractConnection
from aio_pika.exceptions import ChannelNotFoundEntity, ChannelPreconditionFailed

from deploy.local.errors import LocalError
from deploy.operate.broker import Broker, said
from deploy.operate.declared import Binding, Declared, Queue, declared
from deploy.operate.parking import Seen, nothing_seen
from shared.messaging import topology

MISSING = "is missing"
Ask = Callable[[AbstractChannel], Awaitable[Any]]


@dataclass(frozen=True)
class Fault:
    """One thing that is not as it should be, and how."""

    kind: str
    name: str
    what: str

    @property
    def is_missing(self) -> bool:
        """Say whether declaring puts it right."""
        return self.what == MISSING


async def check(connection: AbstractConnection, seen: Seen = nothing_seen) -> list[Fault]:
    """Return every exchange and queue that is missing or has other settings; nothing is changed."""
    plan = declared()
    faults = []
    for name, kind in plan.exchanges.items():
        faults.append(await _exchange(connection, name, kind))
        seen()
    for queue in plan.queues:
        faults.append(await _queue(connection, queue))
        seen()
    return [fault for fault in faults if fault]


async def apply(connection: AbstractConnection) -> Declared:
    """Declare everything, and return it.

    Raises: LocalError when something is there with other settings: those cannot be changed, only be made anew.
    """
    try:
        await topology.declare(connection)
    except ChannelPreconditionFailed as error:
        msg = (
            f"{said(error)}\nIts settings cannot be changed: stop the rooms, empty it (parked messages: redrive or"
            " drop), remove it with `rabbitmqctl delete_queue NAME`, and apply again"
        )
        raise LocalError(msg) from error
    return declared()


def unbound(broker: Broker) -> list[Binding] | None:
    """Return the bindings that are missing; None when no management address is known, for AMQP does not tell.

    Raises: httpx.HTTPError.
    """
    if broker.management_url is None:
        return None
    vhost = quote(unquote(urlsplit(broker.url).path[1:]) or "/", safe="")
    with httpx.Client(base_url=broker.management_url, timeout=10) as client:
        there = client.get(f"/api/bindings/{vhost}").raise_for_status().json()
    bound = {Binding(each["source"], each["destination"], each["routing_key"]) for each in there}
    return [binding for binding in declared().bindings if binding not in bound]


async def _exchange(connection: AbstractConnection, name: str, kind: str) -> Fault | None:
    return await _compared(
        connection,
        Fault("exchange", name, MISSING),
        lambda channel: channel.declare_exchange(name, passive=True),
        lambda channel: channel.declare_exchange(name, ExchangeType(kind), durable=True),
    )


async def _queue(connection: AbstractConnection, queue: Queue) -> Fault | None:
    return await _compared(
        connection,
        Fault("queue", queue.name, MISSING),
        lambda channel: channel.declare_queue(queue.name, passive=True),
        lambda channel: channel.declare_queue(queue.name, durable=True, arguments=dict(queue.arguments)),
    )


async def _compared(connection: AbstractConnection, missing: Fault, find: Ask, repeat: Ask) -> Fault | None:
    """Ask whether it is there, then declare it as it should be, which changes nothing of what is there.

    A refusal closes the channel, so each has its own.
    """
    async with connection.channel() as channel:
        try:
            await find(channel)
            await repeat(channel)
        except ChannelNotFoundEntity:
            return missing
        except ChannelPreconditionFailed as error:
            return replace(missing, what=_difference(said(error)))
    return None


def _difference(refusal: str) -> str:
    """Shorten "... inequivalent arg 'x' for queue 'q' in vhost '/': received 'a' but current is 'b'"."""
    value = r"(?:the value )?(.+?)(?: of type '\w+')?"
    found = re.search(f"inequivalent arg '(.+?)' .*received {value} but current is {value}$", refusal)
    return f"has {found[1]} {found[3]} instead of {found[2]}" if found else refusal
