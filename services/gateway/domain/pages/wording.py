"""Numbers and times in words. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from services.gateway.domain.markdown import plain_text

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
UNITS = ((DAY, "day"), (HOUR, "hour"), (MINUTE, "minute"))
OPENING = 160
"""How much of a text its first words are, in characters."""


def counted(number: int, noun: str) -> str:
    """Return how many there are: `no reviewers`, `1 reviewer`, `2 reviewers`."""
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"


def how_long(time: timedelta) -> str:
    """Return a time in its greatest unit, rounded down: `3 days`, `1 hour`; two days are told in hours."""
    for unit, name in UNITS:
        least = unit * 2 if unit == DAY else unit
        if time >= least:
            return counted(time // unit, name)
    return "less than a minute"


def standing(due: datetime, now: datetime) -> str:
    """Return how something stands to when it is due: `due in 5 hours`, `3 days late`."""
    return f"{how_long(now - due)} late" if due < now else f"due in {how_long(due - now)}"


def first_words(markdown: str, most: int = OPENING) -> str:
    """Return how a text begins, as one line without marks; cut between words where it is longer."""
    line = " ".join(plain_text(markdown[: most * 8]).split())
    if len(line) <= most:
        return line
    head = line[:most]
    return f"{head.rsplit(' ', 1)[0]} …"
