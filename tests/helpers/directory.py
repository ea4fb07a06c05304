"""Who reviews and who gets mail, as the gateway's tests have it: in memory."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Generic, TypeVar

from services.gateway.domain.directory import KnownList, KnownReviewer, ListSummary, summary

E = TypeVar("E", KnownReviewer, KnownList)


class FakeShelf(Generic[E]):
    """Reviewers or lists, in memory."""

    def __init__(self) -> None:
        self.states: dict[str, E] = {}

    async def state_of(self, key: str) -> E | None:
        return self.states.get(key)

    async def has_heard(self, key: str, ids: Collection[str]) -> bool:
        return True

    async def until_heard(self, key: str, ids: Collection[str]) -> None:
        """Everything is there at once."""


class FakeReviewers(FakeShelf[KnownReviewer]):
    """The community, in memory."""

    async def listed(self) -> Sequence[KnownReviewer]:
        return sorted(self.states.values(), key=lambda known: known.reviewer.email)


class FakeLists(FakeShelf[KnownList]):
    """The lists, in memory."""

    async def listed(self) -> Sequence[ListSummary]:
        there = [summary(known) for known in self.states.values() if not known.deleted]
        return sorted(there, key=lambda known: known.name)
