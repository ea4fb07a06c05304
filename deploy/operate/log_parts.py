"""Reading the log of events many at a time, from one place to another: for what looks at all of it.

The messages are the broker's own; the wrapper that can answer each of them costs more than understanding them does.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any, NamedTuple, Self

from aio_pika.abc import AbstractConnection
from aiormq.abc import AbstractChannel, DeliveredMessage

from deploy.local.errors import LocalError
from deploy.operate.log import LOST, PLACE, SILENT_S
from shared.messaging import topology
from shared.messaging.parked import text

AHEAD = 1000
"""So many messages are on their way to us at once."""
AT_ONCE = 500
Coming = asyncio.Queue[DeliveredMessage | None]


class Entry(NamedTuple):
    """What stands in the log at one place, without what ties it to a channel; cheap to hand to another process."""

    place: int
    exchange: str
    name: str
    headers: dict[str, Any]
    message_id: str | None
    body: bytes

    @classmethod
    def of(cls, message: DeliveredMessage) -> Self:
        """Return what a message of the log says."""
        properties, headers = message.header.properties, message.header.properties.headers or {}
        place = int(str(headers[PLACE]))
        return cls(
            place, message.exchange or "", message.routing_key or "", headers, properties.message_id, message.body
        )

    @property
    def id(self) -> str:
        """The id by which a room tells it from others."""
        return text(self.headers, "ce-id") or self.message_id or ""


async def parts(connection: AbstractConnection, begin: int, end: int) -> AsyncIterator[Sequence[DeliveredMessage]]:
    """Yield all messages from one place up to, not including, another, in order, up to `AT_ONCE` at a time.

    Raises: LocalError when the log stops to answer or the connection is lost.
    """
    if begin >= end:
        return
    async with connection.channel() as channel:
        coming: Coming = asyncio.Queue()

        async def closed(*_: object) -> None:
            await coming.put(None)

        channel.close_callbacks.add(closed)
        bare = await channel.get_underlay_channel()
        await bare.basic_qos(prefetch_count=AHEAD)
        await bare.basic_consume(topology.LOG, coming.put, arguments={PLACE: begin})
        while begin < end:
            part = await _part(coming)
            begin = Entry.of(part[-1]).place + 1
            await _taken(bare, part[-1])  # first: the next ones come while these are worked on
            yield part if begin <= end else [message for message in part if Entry.of(message).place < end]


async def _part(coming: Coming) -> list[DeliveredMessage]:
    """Wait for a message, and take what else has come. Raises: LocalError."""
    try:
        async with asyncio.timeout(SILENT_S):
            found = [await coming.get()]
    except TimeoutError as error:
        msg = f"{topology.LOG} said nothing for {SILENT_S:.0f} s: see `afterword topology check`, then run this again"
        raise LocalError(msg) from error
    while len(found) < AT_ONCE and not coming.empty():
        found.append(coming.get_nowait())
    if None in found:
        raise LocalError(LOST)
    return [message for message in found if message]


async def _taken(channel: AbstractChannel, message: DeliveredMessage) -> None:
    """Tell the broker that a message and all before it were taken. Raises: LocalError when the connection is gone."""
    try:
        await channel.basic_ack(message.delivery_tag or 0, multiple=True, wait=False)
    except Exception as error:
        raise LocalError(LOST) from error
