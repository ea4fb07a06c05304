"""One postmortem is one document in each room: state, handled message ids and unsaid messages, written at once.

`Documents` is the port; `shared.mongo` has the real one, `shared.testing` the one in memory, and one
test table holds both to the same behaviour. `Repository` is what handlers use: load, then commit.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

from shared.clock import Clock
from shared.contracts.decision import Decision, Kind, Refusal, Reply
from shared.document_schema import Newer
from shared.messaging.envelope import Received, TooLarge, Unsaid, caused_by
from shared.messaging.outbox import Outboxes, Relay

S = TypeVar("S")


class AlreadyHandled(Exception):
    """The message had its effect before; `reply` is the answer that was given then."""

    def __init__(self, reply: Reply | None) -> None:
        super().__init__("already handled")
        self.reply = reply


class Conflict(Exception):
    """Somebody else committed in between: load again and decide again."""


class NotYet(Exception):
    """The message came before what it needs: it waits and is tried again."""


@dataclass(frozen=True, slots=True)
class Loaded(Generic[S]):
    """A document as it was read; `version` 0 and `state` None when there is none yet; `unsaid` are ids.

    `newer` is what a newer program wrote beside the state; it goes along into the change. A document with a `stamp` was
    not read: it is what this process wrote last under that stamp, and may have changed since.
    """

    key: str
    version: int
    state: S | None
    unsaid: frozenset[str]
    newer: Newer | None = None
    stamp: object | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Handled:
    """That a message had its effect, and what was answered."""

    id: str
    at: datetime
    reply: Reply | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change(Generic[S]):
    """One atomic write: applies only to `version`, under `stamp` if there is one, while the message is not handled.

    `said` are unsaid ids that were confirmed meanwhile. `said_all` promises that at this version nothing else than
    `said` stood unsaid. It stays true until the write: between two versions an outbox only shrinks.
    """

    key: str
    version: int
    state: S
    handled: Handled
    unsaid: Sequence[Unsaid] = ()
    said: Collection[str] = field(default_factory=tuple)
    said_all: bool = False
    due: datetime | None = None
    newer: Newer | None = None
    stamp: object | None = None


class Documents(Outboxes, Protocol[S]):
    """Where a room's documents are kept, outboxes and all. Every write is majority-durable when it returns."""

    async def read(self, key: str, message_id: str) -> tuple[Loaded[S], Handled | None]:
        """Return the document, and whether it has handled this message."""

    def guess(self, key: str, message_id: str) -> Loaded[S] | None:
        """Return the document as this process wrote it last, with its stamp, if it may well be the newest still."""

    async def write(self, change: Change[S]) -> Sequence[Unsaid]:
        """Apply a change whole or not at all; return all that is now unsaid, in order. Raises: Conflict."""

    async def remember(self, loaded: Loaded[S], handled: Handled) -> None:
        """Remember the answer to a message that changed nothing of what was loaded. Raises: Conflict."""

    async def due(self, now: datetime, limit: int) -> Sequence[tuple[str, datetime]]:
        """Return the documents that want to be looked at, and since when."""


class Repository(Generic[S]):
    """Load, decide, commit: what a handler needs of its documents.

    `commit` writes state, handled id and outbox in one write, then says the events; what could not
    be said stays in the outbox and is said later by whoever sweeps.
    """

    def __init__(self, room: str, documents: Documents[S], relay: Relay, clock: Clock) -> None:
        self.room = room
        self.documents = documents
        self.relay = relay
        self.clock = clock
        self.due_set: Callable[[datetime], None] = _unheard
        """Told when a document that was committed wants to be looked at again."""

    async def load(self, message: Received[Any], key: str | None = None) -> Loaded[S]:
        """Return the document that a message is about. Raises: AlreadyHandled."""
        loaded, handled = await self.documents.read(key or message.subject, message.id)
        if handled:
            raise AlreadyHandled(handled.reply)
        return loaded

    async def expect(self, message: Received[Any]) -> Loaded[S]:
        """Return the document as this process wrote it last, unread, or else as `load` does. Raises: AlreadyHandled.

        For handlers that do nothing but decide and commit: before the commit nobody knows whether it still stands, nor
        whether the message was handled elsewhere. Whoever is wrong gets a Conflict, and reads when it starts over.
        """
        return self.documents.guess(message.subject, message.id) or await self.load(message)

    async def commit(
        self, loaded: Loaded[S], decision: Decision[S] | Decision[S | None], cause: Received[Any]
    ) -> Reply | None:
        """Make a decision true; return its reply. Raises: Conflict; TooLarge when nobody waits for a reply.

        A refused command changes nothing; only that it was refused is remembered, so that its repeat is not
        decided anew on a later state.
        """
        now = self.clock.now()
        if decision.reply and decision.reply.refusal:
            return await self._refuse(loaded, decision.reply, cause)
        if decision.state is None:
            be_sure(loaded)
            return decision.reply
        try:
            events = caused_by(cause, decision.events, self.room, now)
        except TooLarge as error:
            if not cause.reply_to:
                be_sure(loaded)
                raise
            return await self._refuse(loaded, _too_large(error), cause)
        reply = decision.reply or Reply()
        reply = reply.model_copy(update={"said": {event.id: event.name for event in events}})
        said = self.relay.confirmed(loaded.key)
        unsaid = await self.documents.write(
            Change(
                key=loaded.key,
                version=loaded.version,
                state=decision.state,
                unsaid=events,
                said=said,
                said_all=loaded.unsaid <= said,
                handled=Handled(id=cause.id, at=now, reply=reply),
                due=decision.due,
                newer=loaded.newer,
                stamp=loaded.stamp,
            )
        )
        if decision.due:
            self.due_set(decision.due)
        self.relay.cleared(loaded.key, said)
        await self.relay.say(loaded.key, unsaid, len(events))
        return reply

    async def _refuse(self, loaded: Loaded[S], reply: Reply, cause: Received[Any]) -> Reply:
        if loaded.version:
            handled = Handled(id=cause.id, at=self.clock.now(), reply=reply)
            await self.documents.remember(loaded, handled)
        return reply


def _unheard(_due: datetime) -> None:
    """Nobody looks at it but those who look each second."""


def be_sure(loaded: Loaded[Any]) -> None:
    """See to it that nothing ends without a write that follows from what was not read. Raises: Conflict."""
    if loaded.stamp is not None:
        raise Conflict(loaded.key)


def _too_large(error: TooLarge) -> Reply:
    """Say it to who asked; a text that grew over the limit bit by bit is nobody's bug."""
    return Reply(refusal=Refusal(kind=Kind.INVALID, rule="too-large", detail=f"{error}; shorten the text."))
