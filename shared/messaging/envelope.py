"""CloudEvents 1.0 in AMQP headers: `ce-*` attributes around a JSON body (binary content mode)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

import orjson
from aio_pika import DeliveryMode
from aiormq import spec

from shared.contracts import MESSAGES, BaseMessage
from shared.contracts.base import derived_id
from shared.contracts.upcast import UPCASTERS, upcast

M = TypeVar("M", bound=BaseMessage)
SOURCE = "afterword/"


LARGEST = 4 * 2**20
"""The most bytes that a body may have. A document holds its text twice, in the state and unsaid, and 16 MiB is the most
that MongoDB takes in a document, as RabbitMQ 4 in a message."""


class TooLarge(Exception):
    """A decision wants to say more than a message may hold."""


class Unreadable(Exception):
    """The message cannot be understood, now or ever: it belongs in parking."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Received(Generic[M]):
    """A message as a room heard it; `id` is the same on every redelivery.

    `time` is when it was said; None when its sender does not tell, or in no form that we know.
    """

    id: str
    name: str
    data: M
    correlation_id: str
    time: datetime | None = None
    traceparent: str | None = None
    reply_to: str | None = None

    @property
    def subject(self) -> str:
        """The id of what the message is about: of a postmortem, mostly."""
        return self.data.subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsaid:
    """A message that is decided and not yet said: what an outbox holds."""

    id: str
    name: str
    subject: str
    source: str
    time: datetime
    body: str
    correlation_id: str
    causation_id: str | None = None
    traceparent: str | None = None


def unsaid(
    message: BaseMessage,
    *,
    id: str,
    room: str,
    time: datetime,
    correlation_id: str | None = None,
    causation_id: str | None = None,
    traceparent: str | None = None,
) -> Unsaid:
    """Wrap a message for saying; its routing key is the message's own address. Raises: TooLarge."""
    body = message.model_dump_json()
    if len(body.encode()) > LARGEST:
        msg = f"{message.address()} would have {len(body.encode()):,} bytes; {LARGEST:,} is the most"
        raise TooLarge(msg)
    return Unsaid(
        id=id,
        name=message.address(),
        subject=message.subject,
        source=SOURCE + room,
        time=time,
        body=body,
        correlation_id=correlation_id or id,
        causation_id=causation_id,
        traceparent=traceparent,
    )


def caused_by(cause: Received[Any], events: tuple[BaseMessage, ...], room: str, now: datetime) -> list[Unsaid]:
    """Wrap the facts of a decision; their ids follow from the cause, a second one of a name gets its number."""
    wrapped, seen = [], dict[str, int]()
    for event in events:
        nth = seen[event.name] = seen.get(event.name, 0) + 1
        words = (event.name,) if nth == 1 else (event.name, str(nth))
        wrapped.append(
            unsaid(
                event,
                id=derived_id(cause.id, *words),
                room=room,
                time=now,
                correlation_id=cause.correlation_id,
                causation_id=cause.id,
                traceparent=cause.traceparent,
            )
        )
    return wrapped


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message in the form that the broker takes."""

    body: bytes
    properties: spec.Basic.Properties


def to_amqp(message: Unsaid, reply_to: str | None = None) -> Outgoing:
    """Build the persistent AMQP message: CloudEvents headers, and the properties that operators look at."""
    headers: dict[str, Any] = {
        "ce-specversion": "1.0",
        "ce-id": message.id,
        "ce-source": message.source,
        "ce-type": message.name,
        "ce-time": message.time.isoformat(),
        "ce-subject": message.subject,
    }
    if message.causation_id:
        headers["x-causation-id"] = message.causation_id
    if message.traceparent:
        headers["traceparent"] = message.traceparent
    properties = spec.Basic.Properties(
        headers=headers,
        content_type="application/json",
        message_id=message.id,
        message_type=message.name,
        correlation_id=message.correlation_id,
        timestamp=message.time,
        app_id=message.source,
        reply_to=reply_to,
        delivery_mode=DeliveryMode.PERSISTENT,
    )
    return Outgoing(message.body.encode(), properties)


def read(
    body: bytes,
    headers: Mapping[str, Any],
    *,
    message_id: str | None,
    routing_key: str,
    correlation_id: str | None = None,
    reply_to: str | None = None,
) -> Received[Any]:
    """Understand a message from the wire.

    The type is `ce-type`, else the routing key; the id `ce-id`, else the AMQP message id. A sender
    without either cannot be deduplicated and is refused. Raises: Unreadable, naming field and reason.
    """
    if len(body) > LARGEST:
        msg = f"body: {len(body):,} bytes; {LARGEST:,} is the most"
        raise Unreadable(msg)
    name = _text(headers, "ce-type") or routing_key
    if name != routing_key:
        msg = f"ce-type: {name!r} came as {routing_key!r}; who may say the one need not be allowed to say the other"
        raise Unreadable(msg)
    id = _text(headers, "ce-id") or message_id
    if not id:
        msg = "ce-id: missing; a message without an id cannot be told from its own repeat"
        raise Unreadable(msg)
    data = _parse(name, body)
    return Received(
        id=id,
        name=name,
        data=data,
        correlation_id=correlation_id or id,
        time=_time(_text(headers, "ce-time")),
        traceparent=_text(headers, "traceparent"),
        reply_to=reply_to,
    )


def _parse(name: str, body: bytes) -> BaseMessage:
    try:
        if name in UPCASTERS:
            name, data = upcast(name, orjson.loads(body))
            body = orjson.dumps(data)
        return MESSAGES[name].model_validate_json(body)
    except KeyError as error:
        msg = f"ce-type: {name!r} is not a message of this system"
        raise Unreadable(msg) from error
    except ValueError as error:
        raise Unreadable(f"{name}: {error}") from error


def _time(value: str | None) -> datetime | None:
    """Read `ce-time`; nothing is decided by it, so a sender that writes it in a way of its own is not refused."""
    try:
        found = datetime.fromisoformat(value) if value else None
    except ValueError:
        return None
    return found.astimezone(UTC) if found and found.tzinfo else None


def _text(headers: Mapping[str, Any], key: str) -> str | None:
    value = headers.get(key)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return None if value is None else str(value)
