"""What the gateway needs to tell who reviews and who gets mail."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from services.gateway.domain.directory import KnownList, KnownReviewer, ListSummary
from services.gateway.domain.witness import Witness


class Shelf(Protocol):
    """Something that is put together from facts."""

    async def has_heard(self, key: str, ids: Collection[str]) -> bool:
        """Say whether all of these facts are in what is kept under this key."""

    async def until_heard(self, key: str, ids: Collection[str]) -> None:
        """Return when all of these facts are in what is kept under this key."""


class Witnessing(Shelf, Protocol):
    """Something whose newest state is known to whoever causes a fact, without reading it again."""

    def witnessing(self, key: str) -> AbstractContextManager[Witness]:
        """Return what sees the facts that are put in here under this key, until the block ends."""


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
