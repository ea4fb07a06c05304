"""What is known of lists and of who is on them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from services.distribution.domain import Includes, Listing, Subscriber


class KnownLists(Protocol):
    """Knows the lists."""

    async def listings(self, names: Collection[str] | None = None) -> Sequence[Listing]:
        """Return every list that there is or was, or those of these names."""

    async def includes(self) -> Includes:
        """Return the names of the lists that there are, each with those that it includes; reads no members."""

    async def is_open(self, name: str) -> bool | None:
        """Say whether people may put themselves on a list; None when there is none of this name."""


class Subscribers(Protocol):
    """Knows who has put themselves on lists."""

    async def subscribers(self, lists: Collection[str] | None = None) -> tuple[Subscriber, ...]:
        """Return everybody, or those of these lists, by list and address."""


class Unsubscribed(Protocol):
    """Knows who wants no more mail."""

    async def unsubscribed(self) -> frozenset[str]:
        """Return the ids of the subscriptions that are no more."""

    async def left(self, ids: Collection[str]) -> frozenset[str]:
        """Return of these subscriptions those that are no more; cheap enough to ask before every few mails."""
