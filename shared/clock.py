"""The only place that reads the clock or makes a random id, so that everything else can be replayed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol
from uuid import uuid4


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """Return the current time, aware, in UTC."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the current time, aware, in UTC."""
        return datetime.now(UTC)


def new_id() -> str:
    """Return a random UUID as text, for what nothing in this system has caused."""
    return str(uuid4())
