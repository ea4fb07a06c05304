"""Hearing: what stands between the wire and a room's handlers.

Read, hand over, answer, acknowledge. A message that had its effect before is answered as it was then;
one that fails in passing waits; one that can never succeed is parked with its reason. A handler that
is cancelled leaves its message unacknowledged, so the broker gives it to somebody again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Generic, TypeVar
from weakref import WeakValueDictionary

import structlog
from faststream.rabbit import RabbitMessage

from shared import observability as seen
from shared.clock import Clock
from shared.contracts import COMMANDS, Message
from shared.contracts.decision import Reply
from shared.messaging import retry, topology
from shared.messaging.broker import Bus
from shared.messaging.documents import AlreadyHandled, Conflict
from shared.messaging.envelope import Received, read
from shared.messaging.outbox import PublishUnconfirmed, Unroutable
from shared.messaging.traced import handling

log = structlog.get_logger(__name__)

D = TypeVar("D")
Handler = Callable[[Received[Any], D], Awaitable[Reply | None]]
Handlers = Mapping[str, Handler[D]]
TRIES_AT_ONCE = 20
"""How often a handler starts over at once when others commit to the same document in between."""


class Hearing(Generic[D]):
    """Hears a room's messages; `handlers` maps the wire name (or command address) to its handler."""

    def __init__(
        self,
        bus: Bus,
        handlers: Handlers[D],
        deps: D,
        *,
        version: str,
        clock: Clock,
        passing: tuple[type[Exception], ...] = (),
    ) -> None:
        self.bus = bus
        self.handlers = handlers
        self.deps = deps
        self.version = version
        self.clock = clock
        self.passing = (*retry.PASSING, *passing)
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def listen(self) -> None:
        """Subscribe to every queue of the room."""
        for queue, exchange, key in topology.bindings(self.bus.room):
            self.bus.hear(queue, exchange, key, self.hear)

    async def hear(self, queue: str, message: RabbitMessage) -> None:
        """Handle one delivery and settle it: acknowledged, waiting, parked, or given back."""
        try:
            received = self._read(queue, message)
        except Exception as error:  # noqa: BLE001 - the outermost frame: every error has a place to go
            await self._later(queue, message, error)
            return
        with structlog.contextvars.bound_contextvars(**names(received)), handling(received, queue) as at_hand:
            try:
                await self._take(at_hand.received)
            except Exception as error:  # noqa: BLE001 - as above
                at_hand.failed(error)
                await self._later(queue, message, error)
                return
        await message.ack()

    def _read(self, queue: str, message: RabbitMessage) -> Received[Any]:
        """Understand a delivery. Raises: Unreadable; Died and Permanent for what may kill its hearers."""
        raw = message.raw_message
        retry.keep_apart(raw.headers)
        return read(
            raw.body,
            raw.headers,
            message_id=raw.message_id,
            routing_key=_routing_key(raw.routing_key, queue, self.bus.room),
            correlation_id=raw.correlation_id,
            reply_to=raw.reply_to,
        )

    async def _take(self, received: Received[Any]) -> None:
        """Handle a message in its turn, and answer whoever waits for it."""
        async with self._turn(received.data.turn):
            with seen.HANDLING.labels(self.bus.room, received.name).time():
                reply = await self._handle(received)
        if received.reply_to:
            answer = reply or Reply()
            await self.bus.reply(received.reply_to, received.id, answer.model_dump_json().encode())

    def _turn(self, turn: str) -> asyncio.Lock:
        """Messages about one postmortem go one after the other in this process: as they came, without conflicts."""
        lock = self._turns.get(turn)
        if lock is None:
            lock = self._turns[turn] = asyncio.Lock()
        return lock

    async def _handle(self, received: Received[Any]) -> Reply | None:
        handler = self.handlers.get(received.name)
        if handler is None:
            msg = f"{self.bus.room} does not hear {received.name}"
            raise retry.Permanent(msg)
        for _ in range(TRIES_AT_ONCE):
            try:
                reply = await handler(received, self.deps)
            except AlreadyHandled as repeat:
                seen.DUPLICATES.labels(self.bus.room, received.name).inc()
                return repeat.reply
            except Conflict:
                continue
            self._count(received)
            return reply
        raise Conflict(received.subject)

    def _count(self, received: Received[Any]) -> None:
        labels = self.bus.room, received.name
        seen.HANDLED.labels(*labels).inc()
        if received.time:
            age = (self.clock.now() - received.time).total_seconds()
            seen.WAITED.labels(*labels).observe(max(0.0, age))  # senders have clocks of their own

    async def _later(self, queue: str, message: RabbitMessage, error: Exception) -> None:
        """Let a failed message wait for its next attempt, or park it; give it back if even that fails."""
        raw, now = message.raw_message, self.clock.now()
        tried = retry.attempt_of(raw.headers) + 1
        again = retry.may_try_again(error, tried, self.passing)
        log.warning("waits" if again else "parked", queue=queue, tried=tried, error=repr(error), exc_info=not again)
        if again:
            exchange, count = topology.retry_exchange(tried, raw.message_id or ""), seen.RETRIED
            headers = retry.waiting_headers(raw.headers, error, tried, now)
        else:
            exchange, count = topology.PARKING, seen.PARKED
            headers = retry.parked_headers(raw.headers, error, tried, queue, self.version, now)
        try:
            await self.bus.forward(message, exchange, queue, headers)
            count.labels(self.bus.room, queue).inc()
        except (PublishUnconfirmed, Unroutable) as lost:
            log.warning("given back", queue=queue, error=str(lost))
            await message.reject(requeue=True)  # never nack: RabbitMQ 4.3 does not count it
            return
        await message.ack()


def names(received: Received[Any]) -> dict[str, str]:
    """Return what every line names that is logged while a message is handled."""
    about = {"postmortem_id": received.subject} if isinstance(received.data, Message) else {}
    return {
        "message": received.name,
        "id": received.id,
        "subject": received.subject,
        "correlation_id": received.correlation_id,
        **about,
    }


def _routing_key(key: str | None, queue: str, room: str) -> str:
    """A message that comes back from waiting has the queue's name as its key; the wire name is in it."""
    if key and key != queue:
        return key
    return queue if queue in COMMANDS else queue.removeprefix(f"{room}.")
