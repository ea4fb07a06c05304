"""Giving a room again what it heard once: from the log of events to the room's own queues, and to no others."""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractIncomingMessage
from aio_pika.exceptions import DeliveryError, PublishError

from deploy.local.errors import LocalError
from deploy.operate import log
from deploy.operate.parking import Seen, counts, nothing_seen, ready
from deploy.operate.selecting import Wanted, replayed, target, targets

AT_ONCE = 200
"""So many messages are sent before we wait until the broker has them."""
MOST = 1000
"""With more than these in a queue we wait for its room to take some."""
PATIENCE_S = 120.0
CONFIRM_S = 10.0


@dataclass
class Survey:
    """What the log has for a room: how many messages of each name."""

    counted: Counter[str] = field(default_factory=Counter)


async def survey(connection: AbstractConnection, room: str, wanted: Wanted, seen: Seen = nothing_seen) -> Survey:
    """Return what `replay` would send now; nothing is sent.

    Raises: LocalError when there is no such room or message, or no log.
    """
    places, found = targets(room, wanted.messages), Survey()

    async def note(message: AbstractIncomingMessage) -> None:
        if target(message, places, wanted):
            found.counted[message.routing_key or ""] += 1
        seen()

    await log.walk(connection, note, wanted.since)
    return found


async def replay(connection: AbstractConnection, room: str, wanted: Wanted, seen: Seen = nothing_seen) -> Counter[str]:
    """Send the room every event of the log that it hears and that is meant, in order; return how many of each name.

    Reads as far as the log goes at the start: what is said meanwhile comes to the room by itself. Safe to repeat.

    Raises: LocalError when there is no such room, message, queue or log, or nobody takes what is sent.
    """
    places = targets(room, wanted.messages)
    await all_there(connection, places.values())
    async with connection.channel(on_return_raises=True) as channel:
        refill = Refill(channel, seen)

        async def send(message: AbstractIncomingMessage) -> None:
            queue = target(message, places, wanted)
            if queue:
                await refill.take(message, queue)

        await log.walk(connection, send, wanted.since)
        await refill.flush()
    return refill.done


@dataclass
class Refill:
    """Sends messages in order, `AT_ONCE` at a time, no faster than they are taken."""

    channel: AbstractChannel
    seen: Seen
    done: Counter[str] = field(default_factory=Counter)
    batch: list[tuple[AbstractIncomingMessage, str]] = field(default_factory=list)

    async def take(self, message: AbstractIncomingMessage, queue: str) -> None:
        """Send a message to a queue, now or together with those that follow. Raises: LocalError."""
        self.batch.append((message, queue))
        if len(self.batch) == AT_ONCE:
            await self.flush()

    async def flush(self) -> None:
        """Send what was taken, and return when the broker has all of it."""
        for queue in {queue for _, queue in self.batch}:
            await _room_in(self.channel, queue)
        batch, self.batch = self.batch, []
        # started in this order, and the client writes in the order of their start
        outcomes = await asyncio.gather(*(self._sent(*each) for each in batch), return_exceptions=True)
        for (message, queue), outcome in zip(batch, outcomes, strict=True):
            if isinstance(outcome, BaseException):
                raise _failed(queue, outcome, self.done.total()) from outcome
            self.done[message.routing_key or ""] += 1
            self.seen()

    async def _sent(self, message: AbstractIncomingMessage, queue: str) -> None:
        await self.channel.default_exchange.publish(replayed(message), routing_key=queue, timeout=CONFIRM_S)


def _failed(queue: str, error: BaseException, done: int) -> LocalError:
    why = {PublishError: "does not exist", DeliveryError: "refused a message", TimeoutError: "does not confirm"}
    what = why.get(type(error), "was not reached: the connection was lost")
    return LocalError(
        f"{queue} {what}; see `afterword topology check`, then run this again. Replayed before it: {done}"
    )


async def _room_in(channel: AbstractChannel, queue: str) -> None:
    """Wait until a queue has few enough messages. Raises: LocalError when they do not become fewer."""
    clock = asyncio.get_running_loop()
    fewest, since = math.inf, clock.time()
    while (waiting := await ready(channel, queue)) > MOST:
        if waiting < fewest:
            fewest, since = waiting, clock.time()
        elif clock.time() - since > PATIENCE_S:
            msg = f"nobody takes the {waiting} messages out of {queue}: start its room, then run this again"
            raise LocalError(msg)
        await asyncio.sleep(0.1)


async def all_there(connection: AbstractConnection, queues: Iterable[str]) -> None:
    """Look whether these queues are there. Raises: LocalError that names those that are not."""
    missing = [name for name, n in (await counts(connection, queues)).items() if n < 0]
    if missing:
        msg = f"the broker has no {', '.join(missing)}: `afterword topology apply` makes it, then run this again"
        raise LocalError(msg)
