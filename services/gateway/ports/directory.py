"""What the gateway needs to tell who reviews and who gets mail."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from services.gateway.domain.directory import KnownList, KnownReviewer, ListSummary


class Shelf(Protocol):
    """Something that is put together from facts."""

    async def has_heard(self, key: str, ids: Collection[str]) -> bool:
        """Say whether all of these facts are in what is kept under this key."""

    async def until_heard(self, key: str, ids: Collection[str]) -> None:
        """Return when all of these facts are in what is kept under this key."""


class Reviewers(Shelf, Protocol):
    """The community, as people read it."""

    async def state_of(self, key: str) -> KnownReviewer | None:
        """Return one member."""

    async def listed(self) -> Sequence[KnownReviewer]:
        """Return everybody, by address."""


class Lists(Shelf, Protocol):
    """The distribution lists, as people read them."""

    async def state_of(self, key: str) -> KnownList | None:
        """Return one list with its members; also one that was deleted."""

    async def listed(self) -> Sequence[ListSummary]:
        """Return the lists that there are, by name."""
