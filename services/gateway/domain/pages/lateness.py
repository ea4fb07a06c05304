"""How long something takes or is late, as people say it. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
UNITS = ((DAY, "day"), (HOUR, "hour"), (MINUTE, "minute"))
SOON = timedelta(hours=24)


def in_words(span: timedelta) -> str:
    """Return a span in its largest unit, rounded down: `3 hours`, `1 day`."""
    for unit, name in UNITS:
        if span >= unit:
            number = span // unit
            return f"{number} {name}{'' if number == 1 else 's'}"
    return "less than a minute"


def due_in_words(due: datetime, now: datetime) -> str:
    """Return how something stands to its time: `2 days late`, or `due in 3 hours`."""
    return f"{in_words(now - due)} late" if now > due else f"due in {in_words(due - now)}"


def urgency(due: datetime, now: datetime) -> str:
    """Return the badge of something that is due then: `bad`, `warn`, or none."""
    if now > due:
        return "bad"
    return "warn" if due - now <= SOON else ""
