"""Stand-ins that behave like the real thing and can be read: for tests of rooms, with no server at all."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from shared.clock import Clock
from shared.contracts import BaseMessage
from shared.contracts.base import derived_id
from shared.last_written import LastWritten, Written
from shared.messaging.documents import Change, Conflict, Handled, Loaded, Repository
from shared.messaging.envelope import Received, Unsaid
from shared.messaging.outbox import Backlog, PublishUnconfirmed, Relay

S = TypeVar("S")
ROOM = 1_000
"""Documents of which it is kept what was written last."""


class FixedClock:
    """A clock that stands still until it is told to go on."""

    def __init__(self, now: datetime) -> None:
        self.time = now

    def now(self) -> datetime:
        """Return the time it was set to."""
        return self.time

    def advance(self, by: timedelta) -> None:
        """Let time pass."""
        self.time += by


class InMemoryDocuments(Generic[S]):
    """Documents in a dictionary, with the same rules as those in MongoDB."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.states: dict[str, S] = {}
        self.versions: dict[str, int] = {}
        self.handled: dict[str, dict[str, Handled]] = {}
        self.outbox: dict[str, list[Unsaid]] = {}
        self.unsaid_at: dict[str, datetime] = {}
        self.due_at: dict[str, datetime] = {}
        self.stamps: dict[str, object] = {}
        self.last: LastWritten[S] = LastWritten(ROOM)

    async def read(self, key: str, message_id: str) -> tuple[Loaded[S], Handled | None]:
        """Return the document, and whether it has handled this message."""
        await asyncio.sleep(0)  # noqa: TID251 - as a database would, let others run in between
        loaded = Loaded(key, self.versions.get(key, 0), self.states.get(key), self._unsaid(key))
        return loaded, self.handled.get(key, {}).get(message_id)

    def guess(self, key: str, message_id: str) -> Loaded[S] | None:
        """Return the document as it was written last."""
        return self.last.guess(key, message_id)

    async def write(self, change: Change[S]) -> Sequence[Unsaid]:
        """Apply a change whole or not at all; return all that is now unsaid. Raises: Conflict."""
        key = change.key
        await asyncio.sleep(0)  # noqa: TID251
        self._check(key, change.version, change.stamp, change.handled.id)
        self.versions[key] = change.version + 1
        self.stamps[key] = object()
        self.states[key] = change.state
        self.handled.setdefault(key, {})[change.handled.id] = change.handled
        self._drop(key, set(self._unsaid(key) if change.said_all else change.said))
        self.outbox[key] = [*self.outbox.get(key, []), *change.unsaid]
        if self.outbox[key]:
            self.unsaid_at.setdefault(key, change.handled.at)
        self.due_at.pop(key, None)
        if change.due:
            self.due_at[key] = change.due
        self.last.drop(key)
        if change.newer is None and (change.said_all or change.version == 0):
            self.last.put(key, self.written(change))
        return list(self.outbox[key])

    def written(self, change: Change[S]) -> Written[S]:
        """Return a document as this change, the last one, has left it."""
        key = change.key
        return Written(self.versions[key], self.stamps[key], change.state, self._unsaid(key), change.handled.id)

    def _check(self, key: str, version: int, stamp: object | None, message_id: str) -> None:
        """Raises: Conflict where what was loaded does not stand, or the message is handled."""
        stands = self.versions.get(key, 0) == version and stamp in (None, self.stamps.get(key))
        if not stands or message_id in self.handled.get(key, {}):
            self.last.was_wrong(stamp)
            raise Conflict(key)

    async def left_unsaid(self, older_than: float, limit: int) -> Sequence[tuple[str, Sequence[Unsaid]]]:
        """Return documents with messages that have waited this many seconds."""
        before = self.clock.now() - timedelta(seconds=older_than)
        keys = [key for key, at in self.unsaid_at.items() if at <= before]
        return [(key, list(self.outbox[key])) for key in keys[:limit]]

    async def clear(self, said: dict[str, set[str]]) -> None:
        """Drop said messages."""
        for key, ids in said.items():
            self._drop(key, ids)
        self.last.cleared(said)

    async def backlog(self) -> Backlog:
        """Return how much is unsaid."""
        oldest = min(self.unsaid_at.values(), default=self.clock.now())
        return Backlog(len(self.unsaid_at), (self.clock.now() - oldest).total_seconds())

    async def remember(self, loaded: Loaded[S], handled: Handled) -> None:
        """Remember the answer to a message that changed nothing. Raises: Conflict."""
        self._check(loaded.key, loaded.version, loaded.stamp, handled.id)
        self.handled.setdefault(loaded.key, {})[handled.id] = handled

    async def due(self, now: datetime, limit: int) -> Sequence[tuple[str, datetime]]:
        """Return the documents that want to be looked at."""
        return [(key, at) for key, at in self.due_at.items() if at <= now][:limit]

    async def state_of(self, key: str) -> S | None:
        """Return the state of one document."""
        return self.states.get(key)

    def _unsaid(self, key: str) -> frozenset[str]:
        return frozenset(message.id for message in self.outbox.get(key, ()))

    def _drop(self, key: str, ids: set[str]) -> None:
        self.outbox[key] = [message for message in self.outbox.get(key, []) if message.id not in ids]
        if not self.outbox[key]:
            self.unsaid_at.pop(key, None)


class FakeBus:
    """Keeps what was said; `down` makes every publish unconfirmed."""

    def __init__(self) -> None:
        self.said: list[Unsaid] = []
        self.down = False

    async def publish(self, message: Unsaid) -> None:
        """Take a message, or leave its outcome unknown."""
        if self.down:
            raise PublishUnconfirmed("the bus is down")
        self.said.append(message)

    def names(self) -> list[str]:
        """Return the wire names said so far, in order."""
        return [message.name for message in self.said]


def in_memory(room: str, clock: Clock) -> tuple[Repository[Any], InMemoryDocuments[Any], FakeBus]:
    """Return a repository over memory, with its documents and the bus that it speaks to."""
    documents: InMemoryDocuments[Any] = InMemoryDocuments(clock)
    bus = FakeBus()
    return Repository(room, documents, Relay(documents, bus.publish), clock), documents, bus


def received(data: BaseMessage, id: str | None = None) -> Received[Any]:
    """Wrap a message as if it had just been heard; the same content has the same id."""
    return Received(
        id=id or derived_id(data.model_dump_json(), data.name), name=data.address(), data=data, correlation_id="test"
    )
