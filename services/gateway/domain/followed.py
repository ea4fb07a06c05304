"""What becomes of action items as the months go: how many are open, late and done. Pure.

By postmortem and by time alone; whose items they are is not even known here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, Self

from pydantic import BaseModel, Field

from shared.contracts.action_items import ActionItem, ItemState

UNDONE = frozenset({ItemState.OPEN, ItemState.IN_PROGRESS})


class Followed(NamedTuple):
    """One action item: when it was added, when it is due, and when it ended, if it has; `done` tells how."""

    created_at: datetime
    due: datetime
    ended_at: datetime | None
    done: bool

    @classmethod
    def of(cls, item: ActionItem) -> Self:
        """Return what counts of an item."""
        return cls.told(item.created_at, item.due, item.state, item.done_at or item.updated_at)

    @classmethod
    def told(cls, created_at: datetime, due: datetime, state: ItemState, changed_at: datetime) -> Self:
        """Return what counts of an item by its state, and by when that became so: that of an undone one is no end."""
        return cls(created_at, due, None if state in UNDONE else changed_at, state is ItemState.DONE)

    def is_open(self, at: datetime) -> bool:
        """Say whether it was there just before a time, and had not ended."""
        return self.created_at < at and (self.ended_at is None or self.ended_at >= at)

    def was_open_since(self, since: datetime) -> bool:
        """Say whether it was open at some time since then."""
        return self.ended_at is None or self.ended_at >= since

    def is_late(self, at: datetime) -> bool:
        """Say whether it was open at a time, and should not have been any more."""
        return self.due < at and self.is_open(at)


class MonthlyItems(BaseModel):
    """Action items in a month (UTC): what happened to them, and how they stood at its end, or at that of the time."""

    month: str = Field(description="2026-03")
    added: int
    done: int
    dropped: int = Field(description="It was decided that they will not be done.")
    open: int = Field(description="At the end.")
    late: int = Field(description="Of the open ones, those past their day.")


class ItemFigures(BaseModel):
    """The action items that were open at some time between `since` and `until`, and how they stand at its end."""

    open: int
    late: int = Field(description="Of the open ones, those past their day.")
    done: int = Field(description="In this time.")
    months: tuple[MonthlyItems, ...]


EXAMPLE = {
    "open": 4,
    "late": 1,
    "done": 3,
    "months": [{"month": "2026-03", "added": 5, "done": 3, "dropped": 1, "open": 4, "late": 1}],
}


def figures(items: Sequence[Followed], since: datetime, until: datetime) -> ItemFigures:
    """Put together what became of action items from one time until another."""
    return ItemFigures(
        open=_count(item.is_open(until) for item in items),
        late=_count(item.is_late(until) for item in items),
        done=_count(item.done and _is_between(item.ended_at, since, until) for item in items),
        months=tuple(_month(items, begin, end) for begin, end in months(since, until)),
    )


def months(since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Return the beginning and end of each month (UTC) between two times; the first and last may be parts of one."""
    begin, last = since.astimezone(UTC), until.astimezone(UTC)
    while begin < last:
        end = _next_month(begin)
        yield begin, min(end, last)
        begin = end


def _next_month(at: datetime) -> datetime:
    first = at.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return (first + timedelta(days=32)).replace(day=1)


def _month(items: Sequence[Followed], begin: datetime, end: datetime) -> MonthlyItems:
    ended = [item for item in items if _is_between(item.ended_at, begin, end)]
    return MonthlyItems(
        month=f"{begin:%Y-%m}",
        added=_count(_is_between(item.created_at, begin, end) for item in items),
        done=_count(item.done for item in ended),
        dropped=_count(not item.done for item in ended),
        open=_count(item.is_open(end) for item in items),
        late=_count(item.is_late(end) for item in items),
    )


def _is_between(at: datetime | None, begin: datetime, end: datetime) -> bool:
    return at is not None and begin <= at < end


def _count(found: Iterable[bool]) -> int:
    return sum(found)
