"""The relay: says what documents hold unsaid, in order per document, and remembers what to clear.

At least once: a crash between the broker's confirm and the clearing says a message twice, under the
same id, which the hearer's handled ids absorb. Clearing costs no write of its own: the next commit
of the document takes it along, or one bulk write takes many. Only where others write the same documents is it soon,
since whoever commits next says again what still stands there.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
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


class Relay:
    """Says unsaid messages through `publish`, which returns only when the broker has confirmed."""

    def __init__(self, outboxes: Outboxes, publish: Publish) -> None:
        self._outboxes = outboxes
        self._publish = publish
        self._confirmed: dict[str, set[str]] = {}
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._others_until = 0.0
        self._said_among_others = asyncio.Event()

    async def say(self, key: str, unsaid: Sequence[Unsaid], new: int) -> bool:
        """Say a document's messages in order; stop at the first that is not confirmed. Return whether all were.

        The last `new` of them came with the write just now. What is older, and not known to be said, another
        process put there: it may well have been said.
        """
        return await self._say(key, unsaid, older=len(unsaid) - new) is None

    async def _say(self, key: str, unsaid: Sequence[Unsaid], older: int = 0) -> Exception | None:
        """Return what stopped it, or None when all were said."""
        async with self._lock(key):
            self._look_for_others(key, unsaid[:older])
            for message in unsaid:
                if message.id in self._confirmed.get(key, ()):
                    continue
                try:
                    await self._publish(message)
                except (PublishUnconfirmed, Unroutable) as error:
                    _log(message, key, error)
                    return error
                self._confirmed.setdefault(key, set()).add(message.id)
            if time.monotonic() < self._others_until:
                self._said_among_others.set()
        return None

    def _look_for_others(self, key: str, older: Sequence[Unsaid]) -> None:
        known = self._confirmed.get(key, ())
        if any(message.id not in known for message in older):
            self._others_until = time.monotonic() + OTHERS_FOR_S

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
            stopped = await self._say(key, unsaid)
            unconfirmed = unconfirmed + 1 if isinstance(stopped, PublishUnconfirmed) else 0
            if unconfirmed == GIVE_UP_AFTER:
                break
        return len(left)

    async def backlog(self) -> Backlog:
        """Return how much is unsaid in all of the room's documents."""
        return await self._outboxes.backlog()

    def _lock(self, key: str) -> asyncio.Lock:
        lock = self._locks.get(key)
        if lock is None:
            lock = self._locks[key] = asyncio.Lock()
        return lock


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
