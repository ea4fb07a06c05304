"""The timeline of an incident as a drawing, to scale: how long each part took, and when each thing happened. Pure.

Few entries have their words beside them, on lines of their own where they are crowded; many have the numbers that they
have in the table below the drawing, several together where they would lie on each other.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, tzinfo
from typing import NamedTuple

from services.gateway.domain.lines import one_line
from services.gateway.domain.pages.axis import Axis, Tick, axis
from services.gateway.domain.pages.spans import span
from shared.contracts.impact import IncidentDurations
from shared.contracts.values import Incident, TimelineEntry

WIDTH, LEFT = 960, 116
RIGHT_OF_WORDS, RIGHT_OF_NUMBERS = 700, 870
"""Where time ends: what is written stands to the right of its place."""
AXIS_Y, BAND_Y, BAND_HEIGHT, LANE_HEIGHT = 40, 50, 24, 19
FEW = 16
LETTER = 6.4
COLUMNS = 38
"""How wide a letter is about, and how many fit beside an entry."""
GAP = 10
A_DAY = timedelta(days=1)


class Band(NamedTuple):
    """A part of the incident, as long as it took."""

    name: str
    kind: str
    x: float
    width: float
    y: float
    words: str


class Mark(NamedTuple):
    """One entry, or several that lie too near to each other: where, at which height its words are, and its words."""

    x: float
    y: float
    words: str
    kind: str
    told: str


class Drawing(NamedTuple):
    """Everything that is drawn; `line` is at which height the entries are, `summary` says all of it in words."""

    width: int
    height: int
    line: float
    axis: Axis
    ticks: tuple[Tick, ...]
    bands: tuple[Band, ...]
    marks: tuple[Mark, ...]
    has_words: bool
    summary: str


def ordered(entries: Sequence[TimelineEntry]) -> list[TimelineEntry]:
    """Return entries in the order of what happened; their numbers count from 1."""
    return sorted(entries, key=lambda entry: entry.at)


def drawn(
    entries: Sequence[TimelineEntry], durations: IncidentDurations | None, incident: Incident, zone: tzinfo
) -> Drawing | None:
    """Return the drawing, None when nothing is known that has a time."""
    parts = list(_parts(durations, incident))
    moments = [entry.at for entry in entries] + [at for _, _, start, end in parts for at in (start, end)]
    if not moments:
        return None
    has_words = len(entries) <= FEW
    scale = axis(moments, LEFT, RIGHT_OF_WORDS if has_words else RIGHT_OF_NUMBERS)
    bands = tuple(_bands(parts, scale))
    line = BAND_Y + BAND_HEIGHT * len(bands) + 12
    numbered = list(enumerate(ordered(entries), 1))
    marks = tuple(_worded(numbered, scale, line, zone) if has_words else _numbered(numbered, scale, line, zone))
    return Drawing(
        width=WIDTH,
        height=round(max([line, *(mark.y for mark in marks)]) + 16),
        line=line,
        axis=scale,
        ticks=scale.ticks(zone),
        bands=bands,
        marks=marks,
        has_words=has_words,
        summary=_summary(moments, bands, len(entries), zone),
    )


def _parts(durations: IncidentDurations | None, incident: Incident) -> Iterator[tuple[str, str, datetime, datetime]]:
    """Yield the parts of the incident whose beginning and end are known, in their order."""
    known = durations or IncidentDurations()
    detected = known.detected_at
    found = False
    for name, kind, start, end in (
        ("Impact", "impact", known.impact_started_at, known.impact_ended_at),
        ("To detect", "detect", known.impact_started_at, detected),
        ("To acknowledge", "acknowledge", detected, known.acknowledged_at),
        ("To mitigate", "mitigate", detected, known.mitigated_at),
        ("To resolve", "resolve", detected, known.resolved_at),
    ):
        if start and end and start <= end:
            found = True
            yield name, kind, start, end
    start, end = incident.started_at, incident.resolved_at
    if not found and start and end and start <= end:
        yield "Incident", "impact", start, end


def _bands(parts: Sequence[tuple[str, str, datetime, datetime]], scale: Axis) -> Iterator[Band]:
    for number, (name, kind, start, end) in enumerate(parts):
        x = scale.x(start)
        width = max(round(scale.x(end) - x, 1), 2)
        yield Band(name, kind, x, width, BAND_Y + BAND_HEIGHT * number, span(end - start))


def _worded(numbered: Sequence[tuple[int, TimelineEntry]], scale: Axis, line: float, zone: tzinfo) -> list[Mark]:
    """Give each entry a line for its words, so that no stem of a later one goes through them: they stand lower."""
    lanes: list[tuple[float, int]] = []
    marks: list[Mark] = []
    for number, entry in reversed(numbered):
        x = scale.x(entry.at)
        words = cut(f"{number} {_at(entry, scale, zone)} {entry.text or entry.kind.value}")
        end = x + GAP + wide(words) * LETTER
        lane = max((taken + 1 for start, taken in lanes if start <= end), default=0)
        lanes.append((x, lane))
        marks.append(Mark(x, line + 22 + LANE_HEIGHT * lane, words, entry.kind.value, _told(number, entry, zone)))
    return marks[::-1]


def _numbered(numbered: Sequence[tuple[int, TimelineEntry]], scale: Axis, line: float, zone: tzinfo) -> Iterator[Mark]:
    """Put the numbers of entries below the line, one for several that would lie on each other."""
    groups: list[list[tuple[int, TimelineEntry]]] = []
    for each in numbered:
        if groups and scale.x(each[1].at) < _end(groups[-1], scale):
            groups[-1].append(each)
        else:
            groups.append([each])
    for group in groups:
        first = group[0]
        told = "\n".join(_told(number, entry, zone) for number, entry in group[:FEW])
        yield Mark(scale.x(first[1].at), line + 24, _numbers(group), first[1].kind.value, told)


def _end(group: Sequence[tuple[int, TimelineEntry]], scale: Axis) -> float:
    return scale.x(group[0][1].at) + GAP + len(_numbers(group)) * LETTER


def _numbers(group: Sequence[tuple[int, TimelineEntry]]) -> str:
    first, last = group[0][0], group[-1][0]
    return str(first) if first == last else f"{first}–{last}"  # noqa: RUF001 - from one to the other


def _at(entry: TimelineEntry, scale: Axis, zone: tzinfo) -> str:
    """Return when it was, with its day where there are several."""
    at = entry.at.astimezone(zone)
    return f"{at:%m-%d %H:%M}" if scale.end - scale.start > A_DAY else f"{at:%H:%M}"


def _told(number: int, entry: TimelineEntry, zone: tzinfo) -> str:
    return f"{number}: {entry.at.astimezone(zone):%Y-%m-%d %H:%M %Z} {one_line(entry.text)[:200]}"


def wide(text: str) -> int:
    """Return how many columns a text takes; letters of East Asia take two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def cut(text: str, columns: int = COLUMNS) -> str:
    """Return a text in one line that is so many columns wide at most."""
    line, taken = one_line(text[:500]), 0
    for place, letter in enumerate(line):
        taken += wide(letter)
        if taken > columns:
            return line[: max(place - 1, 1)].rstrip() + "…"
    return line


def _summary(moments: Sequence[datetime], bands: Sequence[Band], entries: int, zone: tzinfo) -> str:
    first, last = (f"{at.astimezone(zone):%Y-%m-%d %H:%M %Z}" for at in (min(moments), max(moments)))
    counted = "one entry" if entries == 1 else f"{entries} entries"
    return "; ".join((f"From {first} to {last}", counted, *(f"{band.name.lower()} {band.words}" for band in bands)))
