"""Timers: a decision says when it wants its document looked at again, and here it is.

The time stands in the document (`due_at`), so a timer survives every restart. Any number of instances
may look: the id follows from document and time, and the version check lets one of them win. A decision
that still wants to be looked at sets a new, later time; the same time again would be "already handled".
(The version in the id would let two who looked before and after a commit both ring.)

A document whose timer failed rests for a while, longer each time, so that a server that is away is not asked every
second for each of a thousand documents. Only this process knows that it rests.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime, timedelta
from typing import Any, ClassVar, Generic, TypeVar

import structlog

from shared.clock import Clock
from shared.contracts.base import Message, derived_id
from shared.contracts.decision import Reply
from shared.messaging.documents import AlreadyHandled, Conflict, Documents
from shared.messaging.envelope import Received
from shared.messaging.retry import PASSING

log = structlog.get_logger(__name__)
D = TypeVar("D")
AT_ONCE = 100
SIDE_BY_SIDE = 10
"""Documents that are looked at together: each waits for a majority write, and writes of one moment are one call."""
CHECK_EVERY_S = 1.0
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

    async def check(self) -> int:
        """Look at every document whose time has come and that does not rest; return how many there were."""
        now = self.clock.now()
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
