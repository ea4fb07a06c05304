"""What tests of mail that comes back share: addresses and rows in memory."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from services.distribution.domain import Delivery, State
from services.distribution.domain.bouncing import BounceTerms, Standing
from services.distribution.ports import Bouncing
from shared.messaging.documents import Repository
from shared.testing import InMemoryDocuments
from tests.unit.distribution.ledgers import FakeLedger


class InMemoryAddresses(InMemoryDocuments[Standing]):
    """How addresses stand, in a dictionary."""

    async def suppressions(self, ids: Collection[str]) -> Mapping[str, str]:
        kept = {key: state.suppression for key, state in self.states.items() if key in ids}
        return {key: why.reply or why.status for key, why in kept.items() if why}

    async def suppressed(self, after: str, limit: int) -> Sequence[Standing]:
        found = [state for state in self.states.values() if state.suppression and state.email > after]
        return sorted(found, key=lambda state: state.email)[:limit]


class InMemorySent:
    """The rows of a ledger in memory, with the same rules as those in MongoDB."""

    def __init__(self, ledger: FakeLedger) -> None:
        self.ledger = ledger

    async def row(self, id: str) -> Delivery | None:
        return self.ledger.kept.get(id)

    async def arrived(self, recipient: str, before: datetime) -> datetime | None:
        rows = (row for row in self.ledger.kept.values() if row.recipient == recipient)
        return max((r.updated_at for r in rows if r.state is State.ACCEPTED and r.updated_at <= before), default=None)

    async def came_back(self, id: str, reply: str, now: datetime) -> None:
        row = self.ledger.kept.get(id)
        if row and row.state not in (State.FAILED, State.SUPPRESSED):
            self.ledger.kept[id] = replace(row, state=State.FAILED, reply=reply[:500], updated_at=now)
            self.ledger.leases.pop(id, None)


def a_bouncing(addresses: InMemoryAddresses, repository: Repository[Any], ledger: FakeLedger) -> Bouncing:
    """Return what handlers need of mail that comes back, all of it in memory."""
    return Bouncing(addresses=repository, standings=addresses, sent=InMemorySent(ledger), terms=BounceTerms())
