"""Messages as the AMQP library has them: for tests that say something past the kernel."""

from __future__ import annotations

import aio_pika

from shared.messaging.envelope import Unsaid
from shared.messaging.envelope import to_amqp as outgoing


def to_amqp(said: Unsaid, reply_to: str | None = None) -> aio_pika.Message:
    """Return a message just as the kernel would say it."""
    made = outgoing(said, reply_to)
    given = made.properties
    return aio_pika.Message(
        made.body,
        headers=given.headers,
        content_type=given.content_type,
        message_id=given.message_id,
        type=given.message_type,
        correlation_id=given.correlation_id,
        timestamp=given.timestamp,
        app_id=given.app_id,
        reply_to=given.reply_to,
        delivery_mode=given.delivery_mode,
    )
