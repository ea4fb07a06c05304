"""What needs attention, in words that people read on the calendar: flags, with `; ` between them."""

from __future__ import annotations

AFTER_DEADLINE = "it is after the deadline"
REVIEW_LATE = "the review is late"
OUTSIDE = "it is outside working hours"
_BETWEEN = "; "


def joined(*flags: str) -> str:
    """Return all flags, each once."""
    words = (word for flag in flags for word in flag.split(_BETWEEN) if word)
    return _BETWEEN.join(dict.fromkeys(words))


def without(flags: str, done: str) -> str:
    """Return what is left when one flag is done with."""
    return _BETWEEN.join(each for each in flags.split(_BETWEEN) if each != done)
