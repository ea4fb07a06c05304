"""A ledger and a place for audiences in memory, with the rules of those in MongoDB."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from services.distribution.domain import Counts, Delivery, Recipient, State
from services.distribution.domain.delivery import ALONE, TOGETHER
from services.distribution.ports import Claim, Place


class FakeLedger:
    """Rows in a dictionary, with the same rules as those in MongoDB."""

    def __init__(self) -> None:
        self.kept: dict[str, Delivery] = {}
        self.leases: dict[str, datetime] = {}

    async def add(self, deliveries: Iterable[Delivery]) -> None:
        for row in deliveries:
            self.kept.setdefault(row.id, row)

    async def claim(self, now: datetime, until: datetime) -> Sequence[Claim]:
        await asyncio.sleep(0)  # as a database would, let others run in between
        fresh = [r for r in self.kept.values() if r.state is State.PENDING and r.not_before <= now]
        left = [r for r in self.kept.values() if r.state is State.SENDING and self.leases[r.id] <= now]
        notices = [row for row in fresh if not row.list]
        return [self._take(row, now, until, abandoned=not fresh) for row in _together(notices or fresh or left)]

    def _take(self, row: Delivery, now: datetime, until: datetime, *, abandoned: bool) -> Claim:
        taken = replace(row, state=State.SENDING, attempts=row.attempts + 1, claim=row.claim + 1, updated_at=now)
        self.kept[row.id], self.leases[row.id] = taken, until
        return Claim(taken, abandoned)

    def _is_holder(self, delivery: Delivery) -> bool:
        row = self.kept.get(delivery.id)
        return row is not None and row.state is State.SENDING and row.claim == delivery.claim

    async def renew(self, deliveries: Sequence[Delivery], until: datetime) -> None:
        self.leases.update({row.id: until for row in deliveries if self._is_holder(row)})

    async def settle(self, deliveries: Sequence[Delivery]) -> Sequence[Delivery]:
        await asyncio.sleep(0)
        ours = [row for row in deliveries if self._is_holder(row)]
        for row in ours:
            self.kept[row.id] = row
            del self.leases[row.id]
        return ours

    async def reached(self, postmortem_id: str, ids: Collection[str]) -> Mapping[str, str]:
        out = (State.FAILED, State.SUPPRESSED)
        found = (self.kept[id] for id in ids if id in self.kept)
        return {row.id: row.message_id for row in found if row.postmortem_id == postmortem_id and row.state not in out}

    async def any_waiting(self, postmortem_id: str, revision: int) -> bool:
        return (await self.counts(postmortem_id, revision)).waiting > 0

    async def counts(self, postmortem_id: str, revision: int) -> Counts:
        states = [r.state for r in self.kept.values() if (r.postmortem_id, r.revision) == (postmortem_id, revision)]
        return Counts(
            accepted=states.count(State.ACCEPTED),
            failed=states.count(State.FAILED),
            unknown=states.count(State.UNKNOWN),
            suppressed=states.count(State.SUPPRESSED),
            waiting=states.count(State.PENDING) + states.count(State.SENDING),
        )

    async def rows(
        self, postmortem_id: str, limit: int, after: Place | None = None, state: State | None = None
    ) -> Sequence[Delivery]:
        rows = [row for row in self.kept.values() if row.postmortem_id == postmortem_id and row.revision > 0]
        place = (-after[0], after[1]) if after else (-math.inf, "")
        found = [row for row in rows if (-row.revision, row.recipient) > place and state in (None, row.state)]
        return sorted(found, key=lambda row: (-row.revision, row.recipient))[:limit]


def _together(rows: Iterable[Delivery]) -> list[Delivery]:
    """Return those who have waited longest and may be sent at once."""
    waiting = sorted(rows, key=lambda row: row.not_before)
    if not waiting or not waiting[0].to:
        return [row for row in waiting[:ALONE] if not row.to]
    return [row for row in waiting if _mail(row) == _mail(waiting[0])][:TOGETHER]


def _mail(row: Delivery) -> tuple[str, int, str, str]:
    return row.postmortem_id, row.revision, row.list, row.to


class FakeAudiences:
    """Audiences in a dictionary, in parts of `size`."""

    def __init__(self, size: int = 3) -> None:
        self.kept: dict[str, tuple[Recipient, ...]] = {}
        self.size = size

    async def keep(self, id: str, recipients: Sequence[Recipient]) -> None:
        self.kept.setdefault(id, tuple(recipients))

    async def chunks(self, id: str) -> AsyncIterator[Sequence[Recipient]]:
        people = self.kept.get(id, ())
        for start in range(0, len(people), self.size):
            yield people[start : start + self.size]
