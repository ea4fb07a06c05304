"""What of a long story stands in the text. All of it is in the data beside the text; a section has a bound. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import accumulate

from shared.contracts.values import IncidentKind, TimelineEntry

LONGEST_SUMMARY = 50_000
MOST_NAMED = 200
LONGEST_TABLE = 60_000
"""Characters; a section holds 100,000, and people want to write in it, too."""
LONGEST_CELL = 500
"""Characters of an entry's text in a table that would be too long otherwise."""
ROW = 60
"""Characters of a line without text, link and source."""
WORDY = frozenset({IncidentKind.NOTE, IncidentKind.STATUS_UPDATE, IncidentKind.ROLE_ASSIGNED})
"""What is left out of a long table first: the turning points of an incident are what is read there."""


def cut(text: str, longest: int) -> str:
    """Return text that is no longer than about so many characters, and says so when there was more."""
    more = len(text) - longest
    return text if more <= 0 else f"{text[:longest]} (and {more:,} characters more)"


def in_text(timeline: tuple[TimelineEntry, ...]) -> tuple[TimelineEntry, ...]:
    """Return the entries that the text has: all of them, or of a long story as many as fit and a line about the rest.

    Turning points come before notes, what was earlier before what was later.
    """
    if sum(map(_length, timeline)) <= LONGEST_TABLE:
        return timeline
    short = [entry.model_copy(update={"text": cut(entry.text, LONGEST_CELL)}) for entry in timeline]
    kept = _that_fit(sorted(short, key=lambda entry: entry.kind in WORDY))
    left = [entry for entry in short if entry.id not in kept]
    shown = [entry for entry in short if entry.id in kept]
    return tuple(sorted((*shown, *_about(left)), key=lambda entry: entry.at))


def _that_fit(entries: Iterable[TimelineEntry]) -> frozenset[str]:
    """The ids of the first ones that fit."""
    found = list(entries)
    lengths = accumulate(map(_length, found))
    return frozenset(entry.id for entry, length in zip(found, lengths, strict=True) if length <= LONGEST_TABLE)


def _about(left: list[TimelineEntry]) -> tuple[TimelineEntry, ...]:
    if not left:
        return ()
    text = f"({len(left):,} more entries from here on are in the timeline beside this text)"
    return (left[0].model_copy(update={"text": text, "kind": IncidentKind.NOTE, "evidence_url": None}),)


def _length(entry: TimelineEntry) -> int:
    """About the characters of an entry's line."""
    escaped = entry.text.count("|") + entry.text.count("\\")
    return ROW + len(entry.text) + escaped + len(entry.evidence_url or "") + len(entry.source)
