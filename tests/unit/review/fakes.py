"""What review's tests share: its reviews and its community in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime

from services.review.domain import Load, Membership, Review, Workload, times_asked, waits_for
from shared.testing import InMemoryDocuments


class InMemoryReviews(InMemoryDocuments[Review]):
    """Reviews in a dictionary, counted as those in MongoDB are."""

    async def workload(self, since: date, now: datetime) -> Workload:
        states = self.states.values()
        waiting = Counter(by for state in states for by in waits_for(state))
        recent = Counter(by for state in states for by, at in times_asked(state) if at.date() >= since)
        return {by: Load(waiting[by], recent[by]) for by in waiting | recent}


class InMemoryCommunity(InMemoryDocuments[Membership]):
    """The community in a dictionary."""

    async def members(self) -> Sequence[Membership]:
        return list(self.states.values())
