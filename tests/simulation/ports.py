"""The kernel's ports as one simulated process sees them: every call may fail on either side, or be its last."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Protocol, TypeVar

from shared.last_written import LastWritten, Written
from shared.messaging import topology
from shared.messaging.documents import Change, Handled, Loaded
from shared.messaging.envelope import Unsaid
from shared.messaging.outbox import Backlog, PublishUnconfirmed
from shared.testing import ROOM, InMemoryDocuments
from tests.simulation.broker import Broker, Raw
from tests.simulation.faults import Fate, Faults, StoreTrouble
from tests.simulation.record import Record
from tests.simulation.steps import PAUSE
from tests.simulation.words import QUEUES

T = TypeVar("T")


class Host(Protocol):
    """The process that makes the calls, and the world around it."""

    room: str
    name: str
    broker: Broker
    faults: Faults
    record: Record

    def die(self) -> None:
        """Be killed."""


async def call(host: Host, what: str, error: type[Exception], effect: Callable[[], Awaitable[T]]) -> T:
    """Make one call to a server. Its effect is indivisible; its answer may be lost, and its caller too."""
    fate = host.faults.fate(what)
    if fate is not Fate.WELL:
        host.record.note("%s %s: %s", host.name, what, fate.name)
    if fate is Fate.FAILED_BEFORE:
        raise error(what)
    if fate is Fate.KILLED_BEFORE:
        await _last(host)
    result = await effect()
    if fate is Fate.FAILED_AFTER:
        raise error(what)
    if fate is Fate.KILLED_AFTER:
        await _last(host)
    await PAUSE
    return result


async def _last(host: Host) -> None:
    host.die()
    await PAUSE


class Store:
    """One process's sight of its room's documents; the documents are those that the rooms' own tests use.

    What it wrote last it knows for itself: so do the processes of a room.
    """

    def __init__(self, host: Host, shared: InMemoryDocuments[Any]) -> None:
        self.host = host
        self.shared = shared
        self.last: LastWritten[Any] = LastWritten(ROOM)

    async def read(self, key: str, message_id: str) -> tuple[Loaded[Any], Handled | None]:
        """Read a document."""
        return await call(self.host, "read", StoreTrouble, lambda: self.shared.read(key, message_id))

    def guess(self, key: str, message_id: str) -> Loaded[Any] | None:
        """Look at what this process wrote last."""
        return self.last.guess(key, message_id)

    async def write(self, change: Change[Any]) -> Sequence[Unsaid]:
        """Write a document, and note for the checker what was decided with it."""
        unsaid, written = await call(self.host, "write", StoreTrouble, lambda: self._write(change))
        self.last.put(change.key, written)
        return unsaid

    async def _write(self, change: Change[Any]) -> tuple[Sequence[Unsaid], Written[Any]]:
        unsaid = await self.shared.write(change)
        written = self.shared.written(change)
        self.host.record.decided(self.host.room, change.key, change.unsaid)
        self.host.record.note(
            "%s wrote %s v%d for %s", self.host.name, change.key, change.version + 1, change.handled.id
        )
        return unsaid, written

    async def left_unsaid(self, older_than: float, limit: int) -> Sequence[tuple[str, Sequence[Unsaid]]]:
        """Look for what was left behind."""
        return await call(self.host, "look", StoreTrouble, lambda: self.shared.left_unsaid(older_than, limit))

    async def clear(self, said: dict[str, set[str]]) -> None:
        """Clear what was said."""
        await call(self.host, "clear", StoreTrouble, lambda: self.shared.clear(said))
        self.last.cleared(said)

    async def backlog(self) -> Backlog:
        """Count what is unsaid."""
        return await call(self.host, "backlog", StoreTrouble, self.shared.backlog)

    async def remember(self, loaded: Loaded[Any], handled: Handled) -> None:
        """Remember a refusal."""
        await call(self.host, "remember", StoreTrouble, lambda: self.shared.remember(loaded, handled))

    async def due(self, now: datetime, limit: int) -> Sequence[tuple[str, datetime]]:
        """Look for what is due."""
        return await call(self.host, "due", StoreTrouble, lambda: self.shared.due(now, limit))


class Line:
    """One process's connection to the broker: what the kernel's `Bus` offers."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self.room = host.room

    async def publish(self, message: Unsaid) -> None:
        """Say a message."""

        async def said() -> None:
            headers = {"ce-id": message.id, "ce-type": message.name}
            raw = Raw(message.body.encode(), headers, message.id, message.name, message.correlation_id)
            self.host.broker.put(QUEUES[message.name], raw)
            self.host.record.said(message)
            self.host.record.note("%s said %s %s", self.host.name, message.name, message.id)

        await call(self.host, "publish", PublishUnconfirmed, said)

    async def forward(self, message: Delivery, exchange: str, queue: str, headers: dict[str, Any]) -> None:
        """Send a heard message on, to wait or to be parked."""

        async def sent() -> None:
            raw = replace(message.raw_message, headers=headers, deliveries=0)
            if exchange == topology.PARKING:
                self.host.broker.park(queue, raw)
            else:
                self.host.broker.wait(exchange, queue, raw, self.host.record.now())
            self.host.record.note("%s sent %s on to %s", self.host.name, raw.id, exchange)

        await call(self.host, "forward", PublishUnconfirmed, sent)

    async def reply(self, queue: str, correlation_id: str, body: bytes) -> None:
        """Answer; nobody minds a lost one, as with the real bus."""
        await PAUSE
        self.host.broker.replies.setdefault(correlation_id, []).append(body)


class Delivery:
    """A message in the hands of a process, to be settled."""

    def __init__(self, host: Host, tag: int, raw: Raw) -> None:
        self.host = host
        self.tag = tag
        self.raw_message = raw

    async def ack(self) -> None:
        """Acknowledge; the connection may be lost on the way, which gives back all that the process holds."""
        await self._settle("ack")
        if self.host.faults.strikes("ack lost", self.host.faults.rate):
            self.host.record.note("%s ack of %s: lost with its connection", self.host.name, self.raw_message.id)
            self.host.broker.drop(self.host)
            raise ConnectionError("ack lost")
        self.host.broker.settle(self.tag)

    async def reject(self, requeue: bool = False) -> None:
        """Give back."""
        await self._settle("reject")
        self.host.broker.give_back(self.tag)

    async def _settle(self, what: str) -> None:
        await PAUSE
        if self.tag not in self.host.broker.held:
            msg = f"{what} on a connection that is gone"
            raise ConnectionError(msg)


class Outside:
    """The world outside: entries by key, put there at most once a key, whoever does it."""

    def __init__(self, host: Host, entries: dict[str, str]) -> None:
        self.host = host
        self.entries = entries

    async def put(self, key: str, want: str) -> None:
        """Make the entry unless it is there."""

        async def made() -> None:
            self.entries.setdefault(key, want)
            self.host.record.note("%s put entry %s", self.host.name, key)

        await call(self.host, "outside", ConnectionError, made)
