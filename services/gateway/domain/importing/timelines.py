"""Timelines as people write them, read into entries when every line of them is sure. Pure.

A line is sure when its day, its time and its zone are. One that is not leaves the whole timeline what it is, a text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from itertools import dropwhile

from markdown_it import MarkdownIt
from markdown_it.token import Token

from services.gateway.domain.importing import dates
from services.gateway.domain.importing.sections import plain_words
from services.gateway.domain.lines import lines, one_line, printable

FEWEST, MOST = 2, 2_000
LONGEST = 300_000
"""Characters of a timeline that is read; nobody has written more by hand."""
EVENING, MORNING = 18, 12
"""A time before noon behind one in the evening is on the next day; any other step back is nothing that is sure."""
_blocks = MarkdownIt("commonmark").enable("table")
_BULLET = re.compile(r"[ \t]{0,3}(?:[-*+•][ \t]+|\d+[.)][ \t]+)?")
_MARKS = re.compile(r"[*_`~\[\]]+")
_BETWEEN = re.compile(r"^[\s\-\u2013\u2014:|>=]+")
_IN_UTC = re.compile(r"\b(UTC|GMT)\b")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: when (UTC), and what happened."""

    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Told:
    """What is read of a timeline; `doubt` says why there are no entries, when it looks as if there were some."""

    entries: tuple[Entry, ...] = ()
    doubt: str = ""


NO_DAY = "its times have no day: give the incident's date, as `date:` in the front matter"
NO_ZONE = "its times have no zone: write `UTC` beside them, or import with --timezone"
TOO_LONG = "it is too long"
ODD = "some of its lines have no time, or one that is not sure"


def read_timeline(title: str, text: str, day: date | None, zone: tzinfo | None) -> Told:
    """Read a section's timeline: its first table, else its lines. `zone` and `day` are those of times without."""
    if len(text) > LONGEST:
        return Told(doubt=TOO_LONG)
    rows = list(_rows(text)) or list(dropwhile(_is_prose, _lines(text)))
    timed = [row for row in rows if _looks_timed(row)]
    if len(timed) < FEWEST:
        return Told()
    known = zone or (UTC if _IN_UTC.search(f"{title} {text}") else None)
    entries = list(_entries(rows, day, known))
    if len(entries) == len([row for row in rows if not _is_day(row)]) <= MOST:
        return Told(tuple(entries))
    has_day = day is not None or any(dates.leading_date(row) for row in rows)
    return Told(doubt=ODD if has_day and known else NO_ZONE if has_day else NO_DAY)


def _rows(text: str) -> Iterator[str]:
    """Yield the rows of the first table, each as one line that begins with what its first cell says."""
    cells: list[str] = []
    in_head = False
    for token, inside in _pairs(_blocks.parse(text)):
        if token.type == "thead_open":
            in_head = True
        elif token.type == "thead_close":
            in_head = False
        elif token.type == "td_open" and not in_head:
            cells.append(plain_words(inside.content) if inside else "")
        elif token.type == "tr_close" and not in_head:
            yield " | ".join(cell for cell in cells if cell)
            cells = []
        elif token.type == "table_close":
            return


def _pairs(tokens: Sequence[Token]) -> Iterator[tuple[Token, Token | None]]:
    for number, token in enumerate(tokens):
        behind = tokens[number + 1] if number + 1 < len(tokens) else None
        yield token, behind if behind is not None and behind.type == "inline" else None


def _lines(text: str) -> Iterator[str]:
    """Yield the lines without their marks; one that is indented or begins with no time goes on with the one before."""
    found: list[list[str]] = []
    for line in lines(text):
        if not (bare := _bare(line)):
            continue
        is_new = not line.startswith(("  ", "\t")) and not _is_prose(bare)
        if is_new or not found or (len(found[-1]) == 1 and _is_day(found[-1][0])):
            found.append([bare])
        else:
            found[-1].append(bare)
    yield from (" ".join(each) for each in found)


def _bare(line: str) -> str:
    return _MARKS.sub("", _BULLET.sub("", line.strip("\r\n"), count=1).strip().lstrip("#")).strip()


def _is_day(row: str) -> bool:
    """Say whether a row is a day, and nothing else: it holds for those below it."""
    found = dates.leading_date(row)
    return found is not None and not _BETWEEN.sub("", found[1])


def _is_prose(row: str) -> bool:
    """Say whether a line tells no time; what introduces the others is none of them."""
    return not (_looks_timed(row) or _is_day(row))


def _looks_timed(row: str) -> bool:
    found = dates.leading_date(row)
    return dates.names_a_time(_BETWEEN.sub("", found[1]).removeprefix("T") if found else row)


def _entries(rows: Sequence[str], day: date | None, zone: tzinfo | None) -> Iterator[Entry]:
    """Yield entries for as long as every row is sure."""
    before: datetime | None = None
    for row in rows:
        found = dates.leading_date(row)
        if found:
            day, before = found[0], None
        if _is_day(row):
            continue
        rest = _BETWEEN.sub("", found[1]).removeprefix("T") if found else row
        timed = dates.leading_time(rest, day, zone) if day else None
        at = _in_order(timed[0], before) if timed else None
        if timed is None or at is None or day is None:
            return
        day, before = (at.date(), at)
        text = printable(one_line(_BETWEEN.sub("", timed[1].lstrip(" )")))) or "(nothing is said of it)"
        yield Entry(at.astimezone(UTC), text)


def _in_order(at: datetime, before: datetime | None) -> datetime | None:
    """Return the moment, on the next day when it is behind midnight; None when it is not sure which day is meant."""
    if before is None or at >= before:
        return at
    is_night = before.hour >= EVENING and at.hour < MORNING
    return at + timedelta(days=1) if is_night else None
