"""The way into the rooms: messages with confirms, commands with replies, over the bus."""

from __future__ import annotations

import asyncio

import aio_pika
import structlog
from faststream.rabbit import RabbitMessage

from services.gateway.ports import TRACEPARENT, Unavailable
from shared.clock import Clock, new_id
from shared.contracts.base import BaseMessage
from shared.contracts.decision import Reply
from shared.messaging import topology
from shared.messaging.broker import Bus
from shared.messaging.envelope import unsaid
from shared.messaging.outbox import PublishUnconfirmed, Unroutable

log = structlog.get_logger(__name__)


class BusMessages:
    """Messages over RabbitMQ. Replies come to a queue of this process alone and find who waits by the command's id."""

    def __init__(self, bus: Bus, clock: Clock) -> None:
        self.bus = bus
        self.clock = clock
        self.replies = f"gateway.replies.{new_id()}"
        self.waiting: dict[str, asyncio.Future[Reply]] = {}
        bus.hear_replies(self.replies, self._hear)

    async def report(self, id: str, message: BaseMessage) -> None:
        """Say a message and do not wait for an answer. Raises: Unavailable."""
        await self._send(id, message, None)

    async def ask(self, id: str, command: BaseMessage, patience: float) -> Reply | None:
        """Give a command and wait for its reply; None means accepted, no reply yet. Raises: Unavailable."""
        future = self.waiting.setdefault(id, asyncio.get_running_loop().create_future())
        try:
            await self._send(id, command, self.replies)
            async with asyncio.timeout(patience):
                return await asyncio.shield(future)
        except TimeoutError:
            return None
        finally:
            self.waiting.pop(id, None)

    async def park(self, id: str, body: bytes, reason: str, source: str) -> None:
        """Put aside what a verified sender sent and nobody understands. Raises: Unavailable."""
        queue = topology.queue_of("drafting", "IncidentReported.v1")
        message = aio_pika.Message(
            body,
            message_id=id,
            content_type="application/json",
            delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
            headers={"x-error": reason[:500], "x-source": source, "x-queue": queue},
        )
        try:
            await self.bus.put_aside(message, queue)
        except (PublishUnconfirmed, Unroutable) as error:
            raise Unavailable(str(error)) from error

    async def _send(self, id: str, message: BaseMessage, reply_to: str | None) -> None:
        wrapped = unsaid(message, id=id, room="gateway", time=self.clock.now(), traceparent=TRACEPARENT.get())
        try:
            await self.bus.publish(wrapped, reply_to)
        except (PublishUnconfirmed, Unroutable) as error:
            raise Unavailable(str(error)) from error

    async def _hear(self, message: RabbitMessage) -> None:
        future = self.waiting.get(message.correlation_id or "")
        if future is None or future.done():
            log.debug("nobody waits for this reply", id=message.correlation_id)
            return
        future.set_result(Reply.model_validate_json(message.raw_message.body))
