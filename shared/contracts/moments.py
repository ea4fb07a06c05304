"""Which times an event of an incident may tell: whoever takes it in refuses the others in the same words. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

AHEAD = timedelta(hours=1)
"""How far a tool's clock may be ahead of ours. Clocks differ by seconds or minutes; by more, a time zone is wrong."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def untimely(occurred_at: datetime, now: datetime) -> str | None:
    """Say what is wrong with the time (UTC) at which something is told to have happened; None when it may be true."""
    if occurred_at < EPOCH:
        return f"{occurred_at.isoformat()} is before 1970; send the time at which it happened"
    if occurred_at > now + AHEAD:
        text = "is more than an hour ahead; set the clock and the time zone of its sender right, and send it again"
        return f"{occurred_at.isoformat()} {text}"
    return None
