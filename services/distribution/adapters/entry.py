"""One of several notices in a mail, and how many there are."""

from __future__ import annotations

from dataclasses import dataclass

LONGEST_TEXT = 300
"""Characters of an action item's text: enough to know which it is."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What stands in a mail of one of several notices: what it is about, until when, and where to go on."""

    about: str
    item: str
    until: str
    url: str


def waiting(number: int) -> str:
    """Return what a mail of so many notices is called."""
    return "1 thing waits for you" if number == 1 else f"{number} things wait for you"
