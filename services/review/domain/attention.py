"""What a review remembers of time: its meeting, since when and until when each reviewer is asked, who was told what."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any, Self

from pydantic import BaseModel, ConfigDict


class Meeting(BaseModel):
    """When the postmortem meets, as far as the calendar told; `known_at` is since when it meets then."""

    model_config = ConfigDict(frozen=True)

    sequence: int
    start: datetime | None = None
    known_at: datetime


class Lives(BaseModel):
    """By which clock somebody lives, and between which hours of it they work, as far as the community knows."""

    model_config = ConfigDict(frozen=True)

    email: str
    zone: str | None = None
    opens: time | None = None
    closes: time | None = None


class Ask(BaseModel):
    """That somebody is asked to review, `since` when and until when (`due`).

    They are asked anew when it is submitted again and when what they approved has changed. `spoke`: they gave a verdict
    or a comment. `late`: so often they were told that it is late. `alone`: nobody else could be asked in their place.
    """

    model_config = ConfigDict(frozen=True)

    email: str
    since: datetime
    due: datetime
    lives: Lives | None = None
    spoke: bool = False
    reminded_at: datetime | None = None
    late: int = 0
    alone: bool = False

    def changed(self, **fields: Any) -> Self:
        """Return a copy with other values."""
        return self.model_copy(update=fields)


class Submitting(BaseModel):
    """That the owner was told to submit before the meeting at `start`; `late`: the second time, when it was."""

    model_config = ConfigDict(frozen=True)

    start: datetime
    late: bool


class Attention(BaseModel):
    """Everything of one round of a postmortem; a correction, a skip or its end begins another.

    `escalated` were told that approvals are missing, of what is in review now; `passed_on` were silent, and others are
    asked in their place. `lives`: by which clocks reviewers live, as the community knew it last.
    """

    model_config = ConfigDict(frozen=True)

    asks: tuple[Ask, ...] = ()
    escalated: tuple[str, ...] = ()
    passed_on: tuple[str, ...] = ()
    submitting: Submitting | None = None
    lives: tuple[Lives, ...] = ()

    def changed(self, **fields: Any) -> Self:
        """Return a copy with other values."""
        return self.model_copy(update=fields)

    def of(self, email: str) -> Ask | None:
        """Return since when somebody is asked."""
        return next((ask for ask in self.asks if ask.email == email), None)

    def knowing(self, *asks: Ask) -> Self:
        """Return what is remembered with these in the place of older ones of the same people."""
        newer = {ask.email: ask for ask in asks}
        return self.changed(asks=tuple(newer.get(ask.email, ask) for ask in self.asks))
