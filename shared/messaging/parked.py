"""Parked messages as people see them, and how one looks when it goes back. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import aio_pika
from aio_pika.abc import AbstractMessage

from shared.messaging import retry, topology

REDRIVEN = "x-redriven"
NO_ID = "-"
OF_THE_PARKING = ("x-error", "x-traceback", "x-queue", "x-version", "x-last-error", retry.PARKED_AT, retry.DIED)
PARKINGS: dict[str, str] = {
    topology.parking_of(queue): queue for room in topology.HEARS for queue, _, _ in topology.bindings(room)
}
"""Every parking queue, and whose messages are in it."""


@dataclass(frozen=True)
class Parked:
    """One parked message in short. `queue` is where it was heard, and where it goes when it is redriven."""

    queue: str
    id: str
    type: str
    subject: str
    said: datetime | None
    attempts: int
    redriven: int
    error: str

    def as_json(self) -> dict[str, Any]:
        """Return the fields for programs; the time in ISO 8601."""
        return {**vars(self), "said": self.said.isoformat() if self.said else None}


def parked(message: AbstractMessage, parking: str) -> Parked:
    """Return what the list shows of a message in a parking queue, however little of it is as it should be."""
    headers = message.headers
    queue = text(headers, "x-queue")
    here = PARKINGS.get(parking, parking)
    return Parked(
        queue=queue if queue in PARKINGS.values() else here,
        id=text(headers, "ce-id") or message.message_id or NO_ID,
        type=text(headers, "ce-type") or message.type or "",
        subject=text(headers, "ce-subject"),
        said=said_at(message),
        attempts=retry.attempt_of(headers),
        redriven=_count(headers, REDRIVEN),
        error=_error(headers),
    )


def redriven(message: AbstractMessage) -> aio_pika.Message:
    """Return the message as it goes back: ids, body and other headers kept, its attempts counted anew."""
    kept = {key: value for key, value in retry.clean(message.headers).items() if key not in OF_THE_PARKING}
    return copied(message, {**kept, retry.ATTEMPT: 0, REDRIVEN: _count(message.headers, REDRIVEN) + 1})


def copied(message: AbstractMessage, headers: dict[str, Any]) -> aio_pika.Message:
    """Return a persistent message with the same body and properties, and these headers."""
    return aio_pika.Message(
        message.body,
        headers=headers,
        content_type=message.content_type,
        content_encoding=message.content_encoding,
        message_id=message.message_id,
        type=message.type,
        correlation_id=message.correlation_id,
        reply_to=message.reply_to,
        timestamp=message.timestamp,
        app_id=message.app_id,
        delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
    )


def pretty(body: bytes) -> str:
    """Return a body for reading: JSON laid out, other text as it is, and what is no text with its bytes escaped."""
    try:
        return json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    except ValueError:
        return body.decode("utf-8", "backslashreplace")


def moment(value: str | None) -> datetime | None:
    """Read a point in time, such as 2026-03-02 or 2026-03-02T09:14:00+01:00; without an offset it is UTC.

    Raises: ValueError when it is none.
    """
    if value is None:
        return None
    found = datetime.fromisoformat(value)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def text(headers: Mapping[str, Any], key: str) -> str:
    """Return a header as text, empty when it is not there."""
    value = headers.get(key)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return "" if value is None else str(value)


def said_at(message: AbstractMessage) -> datetime | None:
    """Return when a message was said: `ce-time`, else the AMQP timestamp; None when neither can be read."""
    try:
        return moment(text(message.headers, "ce-time") or None) or message.timestamp
    except ValueError:
        return None


def _count(headers: Mapping[str, Any], key: str) -> int:
    value = headers.get(key)
    return value if isinstance(value, int) and value > 0 else 0


def _error(headers: Mapping[str, Any]) -> str:
    """The first line of the error; what the broker itself parked has none, but a reason."""
    told = text(headers, "x-error").strip()
    if told:
        return " ".join(told.split())
    reason = text(headers, "x-first-death-reason")
    if reason == "delivery_limit":
        return "its hearer died with it every time (delivery limit)"
    return reason and f"put here by the broker: {reason}"
