"""What the gateway needs to put together what people read from all facts again."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from services.gateway.domain.history import Revision
from services.gateway.domain.rebuilding import Built


class Scratch(Protocol):
    """Documents of one kind that are built beside those which people read."""

    async def load(self, keys: Collection[str]) -> Mapping[str, Built]:
        """Return those of these documents that were kept, by id."""

    async def save(self, built: Mapping[str, Built]) -> None:
        """Keep documents as they are now."""

    async def heard(self, keys: Collection[str], ids: Collection[str]) -> Collection[str]:
        """Return which of these facts are in what people read under these ids."""


class Shelves(Protocol):
    """Where every revision is kept."""

    async def keep_all(self, revisions: Sequence[Revision]) -> None:
        """Keep revisions as `History.keep` does, and what is told of each as it is told now. Safe to repeat."""
