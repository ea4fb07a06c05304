"""What review's tests share: the community in memory."""

from __future__ import annotations

from collections.abc import Sequence

from services.review.domain import Membership
from shared.testing import InMemoryDocuments


class InMemoryCommunity(InMemoryDocuments[Membership]):
    """The community in a dictionary."""

    async def members(self) -> Sequence[Membership]:
        return list(self.states.values())
