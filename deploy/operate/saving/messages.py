"""Messages as they are kept: what the broker has of each, and by which way it comes back to where it was."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from decimal import Decimal
from typing import Any

import aio_pika
from aio_pika.abc import AbstractConnection, AbstractIncomingMessage
from bson.decimal128 import Decimal128

from deploy.operate import parking
from deploy.operate.declared import declared
from deploy.operate.log_parts import parts
from deploy.operate.saving.files import Row
from shared.messaging import topology

PROPERTIES = (
    *("content_type", "content_encoding", "priority", "correlation_id", "reply_to", "message_id", "timestamp", "type"),
    "app_id",
)
OF_THE_BROKER = frozenset({"x-stream-offset", "x-delivery-count", "x-acquired-count"})
"""Headers that it adds when it hands a message over: of where it stood, and how often it was given back."""
WAITING = frozenset(topology.waiting(delay) for delay in topology.waiting_times())
AHEAD = 200
"""So many messages are on their way to the broker at once."""


def queues() -> tuple[str, ...]:
    """Return every queue but the log; those in which messages wait for a time come first.

    From there they move on by themselves: looked at last, they could have been passed over.
    """
    names = [each.name for each in declared().queues if each.name != topology.LOG]
    return tuple(sorted(names, key=lambda name: name not in WAITING))


def kept(message: AbstractIncomingMessage, exchange: str, key: str) -> Row:
    """Return a message as a document that says where to it goes back."""
    headers = {name: _stored(value) for name, value in message.headers.items() if name not in OF_THE_BROKER}
    properties = {name: value for name in PROPERTIES if (value := getattr(message, name)) is not None}
    return {
        "exchange": exchange,
        "routing_key": key,
        "properties": properties,
        "headers": headers,
        "body": message.body,
    }


def message_of(row: Mapping[str, Any]) -> aio_pika.Message:
    """Return the message again."""
    return aio_pika.Message(
        row["body"],
        headers={name: _sent(value) for name, value in row["headers"].items()},
        delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
        **row["properties"],
    )


def _stored(value: Any) -> Any:
    """Return what a header holds as BSON has it."""
    match value:
        case bytearray():
            return bytes(value)
        case Decimal():
            return Decimal128(value)
        case dict():
            return {name: _stored(each) for name, each in value.items()}
        case list():
            return [_stored(each) for each in value]
    return value


def _sent(value: Any) -> Any:
    """Return the same as AMQP has it."""
    match value:
        case bytes():
            return bytearray(value)
        case Decimal128():
            return value.to_decimal()
        case dict():
            return {name: _sent(each) for name, each in value.items()}
        case list():
            return [_sent(each) for each in value]
    return value


async def in_queue(connection: AbstractConnection, queue: str) -> list[Row]:
    """Return all that waits in a queue, in order; it stays there."""
    found: list[Row] = []

    async def note(message: AbstractIncomingMessage) -> bool:
        found.append(kept(message, *way_back(queue, message.routing_key or "")))
        return False

    await parking.walk(connection, queue, note)
    return found


def way_back(queue: str, key: str) -> tuple[str, str]:
    """Return exchange and routing key by which a message comes to where it was, or to where it waited for."""
    if queue in WAITING:
        return "", key
    hearer = queue.removeprefix(topology.parking_of(""))
    return ("", queue) if hearer == queue else (topology.PARKING, hearer)


async def in_log(connection: AbstractConnection, begin: int, end: int) -> AsyncIterator[list[Row]]:
    """Yield the log from one place up to another, many at a time; marks of those who read it are no part of it."""
    async for part in parts(connection, begin, end):
        yield [
            kept(aio_pika.IncomingMessage(each), each.exchange or "", each.routing_key or "")
            for each in part
            if each.exchange
        ]
