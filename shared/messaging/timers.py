"""Timers: a decision says when it wants its document looked at again, and here it is.

The time stands in the document (`due_at`), so a timer survives every restart. Any number of instances
may look: the id follows from document and time, and the version check lets one of them win. A decision
that still wants to be looked at sets a new, later time; the same time again would be "already handled".
(The version in the id would let two who looked before and after a commit both ring.)

Each second there is a look. What a decision of this process sets is known at once, and looked at when it is due: a
draft opens at its time, and those of one second do not all open together.

A document whose timer failed rests for a while, longer each time, so that a server that is away is not asked every
second for each of a thousand documents. Only this process knows that it rests.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from heapq import heappop, heappush
from typing import Any, ClassVar, Generic, TypeVar

import structlog

from shared.batching import until_beat
from shared.clock import Clock
from shared.contracts.base import Message, derived_id
from shared.contracts.decision import Reply
from shared.messaging.documents import AlreadyHandled, Conflict, Documents, Repository
from shared.messaging.envelope import Received
from shared.messaging.retry import PASSING

log = structlog.get_logger(__name__)
D = TypeVar("D")
AT_ONCE = 100
SIDE_BY_SIDE = 10
"""Documents that are looked at together: each waits for a majority write, and writes of one moment are one call."""
CHECK_EVERY_S = 1.0
LOOK_AGAIN_S = 0.02
"""The least time between two looks, whatever was set."""
NEAR_S = 60.0
"""What is due later than that is left to the looks of each second: most of it is days away, and set many times."""
REST_S = (2, 4, 8, 15, 30, 60)


class Due(Message):
    """A document's time has come. Never on the wire."""

    name: ClassVar[str] = "Due.v1"


class Timers(Generic[D]):
    """Hands due documents to `on_due`, which loads, decides and commits like every handler."""

    def __init__(
        self,
        documents: Documents[Any],
        clock: Clock,
        on_due: Callable[[Received[Due], D], Awaitable[Reply | None]],
        deps: D,
    ) -> None:
        self.documents = documents
        self.clock = clock
        self.on_due = on_due
        self.deps = deps
        self.failed: dict[str, tuple[int, datetime]] = {}
        self._near: list[datetime] = []
        self._set = asyncio.Event()

    def follow(self, repository: Repository[Any]) -> None:
        """Know of what is set by decisions that this process commits through a repository."""
        repository.due_set = self._expect

    def _expect(self, at: datetime) -> None:
        if self._seconds_until(at) <= NEAR_S:
            heappush(self._near, at)
            self._set.set()

    def _seconds_until(self, at: datetime) -> float:
        return (at - self.clock.now()).total_seconds()

    async def ring(self) -> None:
        """Look, then rest until the next second begins, or until something that was set here is due."""
        await self.check()
        await asyncio.sleep(LOOK_AGAIN_S)  # noqa: TID251 - what is set meanwhile is looked at together
        beat = time.monotonic() + until_beat(CHECK_EVERY_S)
        while (rest := min([beat - time.monotonic(), *map(self._seconds_until, self._near[:1])])) > 0:
            self._set.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._set.wait(), rest)

    async def check(self) -> int:
        """Look at every document whose time has come and that does not rest; return how many there were."""
        now = self.clock.now()
        while self._near and self._near[0] <= now:
            heappop(self._near)
        waiting = await self.documents.due(now, AT_ONCE + len(self.failed))
        rows = [(key, since) for key, since in waiting if key not in self.failed or self.failed[key][1] <= now]
        left = iter(rows)
        await asyncio.gather(*(self._look_at(left) for _ in range(min(SIDE_BY_SIDE, len(rows)))))
        return len(rows)

    async def _look_at(self, rows: Iterator[tuple[str, datetime]]) -> None:
        """Look at one after the other; others may take from the same rows."""
        for key, since in rows:
            id = derived_id(key, Due.name, since.isoformat())
            await self.look(Received(id=id, name=Due.name, data=Due(postmortem_id=key), correlation_id=id))

    async def look(self, due: Received[Due]) -> None:
        """Hand one document over; its trouble is logged and is nobody else's, its time stays due."""
        try:
            with structlog.contextvars.bound_contextvars(subject=due.subject, correlation_id=due.correlation_id):
                await self.on_due(due, self.deps)
        except (Conflict, AlreadyHandled):
            log.debug("somebody else was there first", subject=due.subject)
        except PASSING as error:
            self._rest(due.subject)
            log.warning("a timer waits for something that is away", subject=due.subject, reason=repr(error))
        except Exception:
            self._rest(due.subject)
            log.exception("a timer failed", subject=due.subject)
        else:
            self.failed.pop(due.subject, None)

    def _rest(self, key: str) -> None:
        times, _ = self.failed.get(key, (0, None))
        rest = timedelta(seconds=REST_S[min(times, len(REST_S) - 1)])
        self.failed[key] = times + 1, self.clock.now() + rest
