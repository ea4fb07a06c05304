"""The relay: says what documents hold unsaid, decision by decision, and remembers what to clear.

At least once: a crash between the broker's confirm and the clearing says a message twice, under the
same id, which the hearer's handled ids absorb. Clearing costs no write of its own: the next commit
of the document takes it along, or one bulk write takes many. Only where others write the same documents is it soon,
since whoever commits next says again what still stands there.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol
from weakref import WeakValueDictionary

import structlog

from shared.messaging.envelope import Unsaid

log = structlog.get_logger(__name__)

GIVE_UP_AFTER = 3
"""So many documents in a row without a confirm mean that the broker is away; one alone may be at fault itself."""
CLEAR_WITHIN_S = 0.01
"""What is said in this time is cleared by one write, where others are about."""
OTHERS_FOR_S = 60.0
"""For how long others are taken to be about once their messages were found; so each minute they may be found once."""

Publish = Callable[[Unsaid], Awaitable[None]]


class PublishUnconfirmed(Exception):
    """The broker did not confirm: the outcome is unknown, say it again under the same id."""


class Unroutable(Exception):
    """No queue takes the message: the topology is not what it should be."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """How many documents hold messages that are not said and cleared, and how long the oldest has waited (seconds)."""

    documents: int
    oldest: float


class Outboxes(Protocol):
    """The part of a document store that a relay needs."""

    async def left_unsaid(self, older_than: float, limit: int) -> Sequence[tuple[str, Sequence[Unsaid]]]:
        """Return documents whose oldest unsaid message has waited this many seconds, and what they hold."""

    async def clear(self, said: dict[str, set[str]]) -> None:
        """Drop said messages from the documents' outboxes, many documents in one write."""

    async def backlog(self) -> Backlog:
        """Return how much is unsaid, whoever is to say it."""


@dataclass(slots=True, weakref_slot=True, eq=False)
class _Turn:
    """Whose turn it is to say what a document holds; and what was said, and may be cleared, while others waited."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    said: set[str] = field(default_factory=set)


class Relay:
    """Says unsaid messages through `publish`, which returns only when the broker has confirmed."""

    def __init__(self, outboxes: Outboxes, publish: Publish) -> None:
        self._outboxes = outboxes
        self._publish = publish
        self._confirmed: dict[str, set[str]] = {}
        self._turns: WeakValueDictionary[str, _Turn] = WeakValueDictionary()
        self._others_until = 0.0
        self._said_among_others = asyncio.Event()

    async def say(self, key: str, unsaid: Sequence[Unsaid], new: int) -> bool:
        """Say a document's messages; stop at the first older one that is not confirmed. Return whether all were.

        The last `new` of them came with the write just now: they are said together. What is older, and not known to be
        said, another process put there, in one decision or several: it may well have been said.
        """
        turn = self._turn(key)
        async with turn.lock:
            older, newest = unsaid[: len(unsaid) - new], unsaid[len(unsaid) - new :]
            if any(self._is_unsaid(key, message, turn) for message in older):
                self._others_until = time.monotonic() + OTHERS_FOR_S
            stopped = await self._in_turn(key, older, turn) or await self._together(key, newest, turn)
        return stopped is None

    async def _in_turn(self, key: str, unsaid: Sequence[Unsaid], turn: _Turn) -> Exception | None:
        """Say each when the one before is confirmed. Return what stopped it, or None when all were said."""
        for message in unsaid:
            if stopped := await self._attempt(key, message, turn):
                return stopped
        return None

    async def _together(self, key: str, unsaid: Sequence[Unsaid], turn: _Turn) -> Exception | None:
        """Put all that one decision says on the line, in its order, and then wait for the confirms."""
        if len(unsaid) <= 1:
            return await self._in_turn(key, unsaid, turn)
        outcomes = await asyncio.gather(*(self._attempt(key, message, turn) for message in unsaid))
        return next(filter(None, outcomes), None)

    async def _attempt(self, key: str, message: Unsaid, turn: _Turn) -> Exception | None:
        """Say a message, unless it is said. Return why it is not."""
        if not self._is_unsaid(key, message, turn):
            return None
        try:
            await self._publish(message)
        except (PublishUnconfirmed, Unroutable) as error:
            _log(message, key, error)
            return error
        turn.said.add(message.id)
        self._confirmed.setdefault(key, set()).add(message.id)
        if time.monotonic() < self._others_until:
            self._said_among_others.set()
        return None

    def _is_unsaid(self, key: str, message: Unsaid, turn: _Turn) -> bool:
        return message.id not in turn.said and message.id not in self._confirmed.get(key, ())

    async def clear_for_others(self) -> None:
        """Wait until something is said that others might say again; let more come together, then clear it."""
        await self._said_among_others.wait()
        await asyncio.sleep(CLEAR_WITHIN_S)  # noqa: TID251 - one write for all that is said meanwhile
        self._said_among_others.clear()
        await self.flush()

    def confirmed(self, key: str) -> frozenset[str]:
        """Return the ids of this document that are said and not yet cleared."""
        return frozenset(self._confirmed.get(key, ()))

    def cleared(self, key: str, ids: frozenset[str]) -> None:
        """Forget ids that a write has taken out of the document."""
        left = self._confirmed.get(key, set()) - ids
        if left:
            self._confirmed[key] = left
        else:
            self._confirmed.pop(key, None)

    async def flush(self) -> None:
        """Clear everything that was said, in one write."""
        said = {key: set(ids) for key, ids in self._confirmed.items()}
        if said:
            await self._outboxes.clear(said)
            for key, ids in said.items():
                self.cleared(key, frozenset(ids))

    async def sweep(self, older_than: float = 0.0, limit: int = 200) -> int:
        """Say what was left behind, by a crash of anybody or a broker that was away; return how many documents."""
        await self.flush()
        left = await self._outboxes.left_unsaid(older_than, limit)
        unconfirmed = 0
        for key, unsaid in left:
            turn = self._turn(key)
            async with turn.lock:
                stopped = await self._in_turn(key, unsaid, turn)
            unconfirmed = unconfirmed + 1 if isinstance(stopped, PublishUnconfirmed) else 0
            if unconfirmed == GIVE_UP_AFTER:
                break
        return len(left)

    async def backlog(self) -> Backlog:
        """Return how much is unsaid in all of the room's documents."""
        return await self._outboxes.backlog()

    def _turn(self, key: str) -> _Turn:
        turn = self._turns.get(key)
        if turn is None:
            turn = self._turns[key] = _Turn()
        return turn


def _log(message: Unsaid, key: str, error: Exception) -> None:
    """Say that a message is left; whoever sweeps has no message at hand that would say what it is about."""
    log.warning(
        "left unsaid",
        message=message.name,
        id=message.id,
        subject=key,
        correlation_id=message.correlation_id,
        error=str(error),
    )
