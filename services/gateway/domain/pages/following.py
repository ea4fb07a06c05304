"""The action items of one postmortem as its page lists them: what is open first, what is due first. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from shared.contracts.action_items import ActionItem, ItemState

MOVES: dict[ItemState, tuple[tuple[ItemState, str], ...]] = {
    ItemState.OPEN: ((ItemState.IN_PROGRESS, "Start"), (ItemState.DONE, "Done")),
    ItemState.IN_PROGRESS: ((ItemState.DONE, "Done"),),
    ItemState.DONE: ((ItemState.OPEN, "Open again"),),
    ItemState.WONT_DO: ((ItemState.OPEN, "Open again"),),
}
"""What is one click away; what takes words has a form of its own."""
ENDED = frozenset({ItemState.DONE, ItemState.WONT_DO})


class Followed(NamedTuple):
    """An action item, whether it is late, and where it may go from here."""

    item: ActionItem
    is_overdue: bool
    moves: tuple[tuple[ItemState, str], ...]


def followed(items: Iterable[ActionItem], now: datetime) -> tuple[Followed, ...]:
    """Return items as a page lists them; what has ended stands below."""
    found = sorted(items, key=lambda item: (item.state in ENDED, item.due, item.created_at, item.id))
    return tuple(Followed(item, is_overdue(item, now), MOVES[item.state]) for item in found)


def is_overdue(item: ActionItem, now: datetime) -> bool:
    """Say whether it should have been done by now, and neither is nor was given up."""
    return item.state not in ENDED and item.due < now
