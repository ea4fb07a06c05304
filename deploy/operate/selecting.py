"""Which events of the log a room is given again, and how each looks then. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import aio_pika
from aio_pika.abc import AbstractIncomingMessage, AbstractMessage

from deploy.local.errors import LocalError
from shared.messaging import topology
from shared.messaging.envelope import Unreadable, read
from shared.messaging.parked import copied, said_at, text

REPLAYED = "x-replayed"
OF_THE_LOG = ("x-stream-offset",)

Targets = Mapping[tuple[str, str], str]
"""Exchange and routing key of what a room hears, and the queue in which it hears it."""


@dataclass(frozen=True)
class Wanted:
    """Which events are meant; what is None or empty does not narrow. `until` is excluded."""

    messages: frozenset[str] = frozenset()
    subject: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def takes(self, message: AbstractIncomingMessage) -> bool:
        """Say whether a message is meant; one without a time is in no period."""
        name = message.routing_key or ""
        if self.messages and name not in self.messages:
            return False
        return self._in_period(said_at(message)) and self.subject in (None, subject_of(message))

    def _in_period(self, said: datetime | None) -> bool:
        if self.since is None and self.until is None:
            return True
        return said is not None and (self.since or said) <= said and (self.until is None or said < self.until)


def targets(room: str, messages: Iterable[str] = ()) -> Targets:
    """Return where a room hears events: all that it hears, or these.

    Raises: LocalError when there is no such room, or it does not hear one of them.
    """
    if room not in topology.HEARS:
        msg = f"there is no room {room!r}: the rooms are {', '.join(topology.HEARS)}"
        raise LocalError(msg)
    heard = topology.HEARS[room]
    for name in messages:
        if name not in heard:
            msg = f"{room} hears no {name!r}: it hears {', '.join(heard)}"
            raise LocalError(msg)
    names = [name for name in heard if name in messages] or heard
    return {(topology.exchange_of(name), name): topology.queue_of(room, name) for name in names}


def target(message: AbstractIncomingMessage, places: Targets, wanted: Wanted) -> str | None:
    """Return the queue that gets a message of the log again, or None when it is not meant."""
    queue = places.get((message.exchange or "", message.routing_key or ""))
    return queue if queue and wanted.takes(message) else None


def replayed(message: AbstractMessage) -> aio_pika.Message:
    """Return the message as it was said, marked as one that is said again."""
    kept = {key: value for key, value in message.headers.items() if key not in OF_THE_LOG}
    return copied(message, {**kept, REPLAYED: True})


def id_of(message: AbstractMessage) -> str:
    """Return the id by which a room tells a message from others."""
    return text(message.headers, "ce-id") or message.message_id or ""


def subject_of(message: AbstractIncomingMessage) -> str:
    """Return the postmortem that a room takes a message to be about; what it cannot read is about `ce-subject`."""
    try:
        return read(
            message.body, message.headers, message_id=message.message_id, routing_key=message.routing_key or ""
        ).subject
    except Unreadable:
        return text(message.headers, "ce-subject")
