"""The passages of a postmortem that a search is found in, with its words marked. Pure.

They are plain text: what makes bold, links and tables in Markdown is left out, and whoever shows them escapes them.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from services.gateway.domain.view import View
from services.gateway.domain.words import Span, composed, has_any, spans_of
from shared.contracts.events import Snapshot

MOST = 3
"""Passages of one postmortem."""
WIDE, BEFORE = 200, 60
"""Letters of a passage, and how many of them stand before its first word that is marked."""
MOST_LOOKED_AT = 20
"""Passages of one section among which the best are chosen."""
_LINK = re.compile(r"!?\[([^\[\]\n]*)\]\((?:[^()\n]|\([^()\n]*\))*\)")
_BEFORE = re.compile(r"\n[^\S\n]*(?:(?:#{1,6}|>|[-*+]|\d{1,9}[.)])(?=\s)|\|?[-:| ]{3,}(?=\n|\Z))")
_MARKS = ("*", "`", "|", "~~")


class Piece(NamedTuple):
    """Some text, and whether it is what was searched for."""

    text: str
    marked: bool


class Excerpt(NamedTuple):
    """Some words of a section around what was found; `heading` is the section's title."""

    section: str
    heading: str
    pieces: tuple[Piece, ...]


class _Candidate(NamedTuple):
    place: int
    section: str
    heading: str
    pieces: tuple[Piece, ...]
    keys: frozenset[str]


def pieces(text: str, keys: Collection[str]) -> tuple[Piece, ...]:
    """Return a text with the words of these keys marked; the pieces together are the text, composed."""
    text = composed(text)
    return tuple(_cut(text, 0, len(text), spans_of(text, keys)))


def excerpts(view: View, draft: Snapshot, keys: Collection[str]) -> tuple[Excerpt, ...]:
    """Return the passages that show the most of these keys, in the order of the text."""
    chosen = sorted(_best(_looked_at(view, draft, keys))) if keys else []
    return tuple(Excerpt(each.section, each.heading, each.pieces) for each in chosen)


def plain(markdown: str) -> str:
    """Return Markdown on one line without its marks, for a passage; `markdown.plain_text` is the thorough way."""
    text = composed(markdown)
    if "[" in text:
        text = _LINK.sub(r"\1", text)
    text = _BEFORE.sub(" ", f"\n{text}")
    for mark in _MARKS:
        text = text.replace(mark, " ")
    return " ".join(text.split())


def _sources(view: View, draft: Snapshot) -> Iterator[tuple[str, str, str]]:
    for section in draft.described():
        yield section.name, section.title, draft.report[section.name]
    for entry in view.timeline:
        yield "timeline", "Timeline", entry.text


def _looked_at(view: View, draft: Snapshot, keys: Collection[str]) -> list[_Candidate]:
    """Return passages until there are enough that show all keys: a frequent word is not looked for to the end."""
    found: list[_Candidate] = []
    missing = set(keys)
    for source in _sources(view, draft):
        for each in _candidates(*source, keys):
            found.append(each._replace(place=len(found)))
            missing -= each.keys
        if not missing and len(found) >= MOST:
            break
    return found


def _candidates(section: str, heading: str, markdown: str, keys: Collection[str]) -> Iterable[_Candidate]:
    text = plain(markdown) if has_any(markdown, keys) else ""
    for group in islice(_groups(spans_of(text, keys)), MOST_LOOKED_AT):
        start, end = _window(text, group[0].start)
        inside = [span._replace(end=min(span.end, end)) for span in group if span.start < end]
        yield _Candidate(0, section, heading, tuple(_shown(text, start, end, inside)), frozenset(s.key for s in inside))


def _groups(found: Sequence[Span]) -> Iterator[list[Span]]:
    """Put what stands close to each other into one passage."""
    group: list[Span] = []
    for span in found:
        if group and span.end > group[0].start + WIDE - BEFORE:
            yield group
            group = []
        group.append(span)
    if group:
        yield group


def _window(text: str, first: int) -> tuple[int, int]:
    """Return from where to where a passage goes, at whole words where there are spaces."""
    start = max(0, first - BEFORE)
    if start:
        space = text.find(" ", start, first)
        start = space + 1 if space >= 0 else start
    end = min(len(text), start + WIDE)
    if end < len(text):
        space = text.rfind(" ", first + 1, end)
        end = space if space > 0 else end
    return start, end


def _shown(text: str, start: int, end: int, found: Sequence[Span]) -> Iterator[Piece]:
    if start:
        yield Piece("… ", marked=False)
    yield from _cut(text, start, end, found)
    if end < len(text):
        yield Piece(" …", marked=False)


def _cut(text: str, start: int, end: int, found: Iterable[Span]) -> Iterator[Piece]:
    """Cut a text where what was found begins and ends; what overlaps is one piece."""
    at = start
    for first, last in _joined(found):
        if first > at:
            yield Piece(text[at:first], marked=False)
        yield Piece(text[first:last], marked=True)
        at = last
    if at < end:
        yield Piece(text[at:end], marked=False)


def _joined(found: Iterable[Span]) -> Iterator[tuple[int, int]]:
    first = last = -1
    for span in found:
        if span.start > last or first < 0:
            if first >= 0:
                yield first, last
            first, last = span.start, span.end
        last = max(last, span.end)
    if first >= 0:
        yield first, last


def _best(candidates: Sequence[_Candidate]) -> list[_Candidate]:
    """Choose what shows the most keys that nothing chosen before shows; of equals the first."""
    chosen: list[_Candidate] = []
    shown: frozenset[str] = frozenset()
    left = list(candidates)
    while left and len(chosen) < MOST:
        best = max(left, key=lambda each: (len(each.keys - shown), len(each.keys), -each.place))
        chosen.append(best)
        shown |= best.keys
        left.remove(best)
    return chosen
