"""What review's tests share: its reviews and its community in memory."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from services.review.domain import Load, Membership, Review, Workload, rows
from shared.testing import InMemoryDocuments


class InMemoryReviews(InMemoryDocuments[Review]):
    """Reviews in a dictionary, counted as those in MongoDB are."""

    async def workload(self, since: datetime) -> Workload:
        found: dict[str, Load] = {}
        for row in (row for state in self.states.values() for row in rows(state)):
            known, is_recent = found.get(row["by"], Load()), row["at"] is not None and row["at"] >= since
            found[row["by"]] = Load(known.open + row["open"], known.recent + is_recent, known.done + row["done"])
        return found


class InMemoryCommunity(InMemoryDocuments[Membership]):
    """The community in a dictionary."""

    async def members(self) -> Sequence[Membership]:
        return list(self.states.values())
