"""A text taken apart at its headings, so that put together again it has every word that it had. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from markdown_it import MarkdownIt

from services.gateway.domain.importing.words import TITLES, plain, section_of
from services.gateway.domain.lines import Heading, headings, lines, one_line, read_heading, written_heading

MOST = 90
"""Sections of one postmortem; what more there is stays in the last one, headings and all."""
LONGEST_TITLE = 100
LONGEST_TEXT = 95_000
LONGEST_NAME = 50
LONGEST_LINE = 5_000
_BOLD = re.compile(r"[ ]{0,3}(?:\*\*|__)(?P<words>[^*_]{2,80}?):?(?:\*\*|__):?[ \t]*")
_ODD = re.compile(r"[^a-z0-9]+")
_WORD = re.compile(r"\w+")
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_BREAKS = frozenset({"softbreak", "hardbreak"})
_inline = MarkdownIt("commonmark")


@dataclass(frozen=True, slots=True)
class Part:
    """One section: its name, its heading as people read it, and its Markdown."""

    name: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Parted:
    """A text taken apart: its title, if it has one, what stands before the first section, and the sections."""

    title: str | None
    preamble: str
    parts: tuple[Part, ...]


def part(text: str, known_title: str | None) -> Parted:
    """Take a text apart. `known_title`: what it is called already, so that the heading that says so is no section."""
    written = lines(text)
    found = list(headings(text))
    first = found[0] if found else _alone(written) if known_title is None else None
    title = first if first and _is_title(first, found, known_title) else None
    inside = [heading for heading in found if heading is not title]
    splits = _splits(inside) or list(_in_bold(written, title.end if title else 0))
    kept, start = (known_title or _title(title), title.end) if title else (known_title, 0)
    end = splits[0].start if splits else len(written)
    before = "".join(written[: title.start]) if title else ""
    lost = _unsaid(title.words, kept) if title and kept else ""
    preamble = "\n\n".join(filter(None, (before.strip("\n"), lost, "".join(written[start:end]).strip("\n"))))
    bodies = [
        (one_line(read_heading(heading.words)), "".join(written[heading.end : end]))
        for heading, end in _spans(splits[:MOST], len(written))
    ]
    return Parted(kept, preamble, tuple(_parts(bodies)))


def bounded(parts: Sequence[Part]) -> Iterator[Part]:
    """Yield the sections, those that are too long in pieces under names of their own; none is empty of a name."""
    taken = {each.name for each in parts}
    for each in parts:
        pieces = _pieces(each.text)
        yield replace(each, text=pieces[0])
        for number, piece in enumerate(pieces[1:], 2):
            yield Part(_free(each.name, taken), f"{each.title[: LONGEST_TITLE - 10]} ({number})", piece)


def plain_words(markdown: str) -> str:
    """Return the words of a line of Markdown: no marks, and of links their texts; of a very long one its beginning."""
    tokens = _inline.parseInline(markdown[:LONGEST_LINE])[0].children or []
    return one_line(_UNSEEN.sub(" ", "".join(" " if token.type in _BREAKS else token.content for token in tokens)))


def said(text: str) -> Counter[str]:
    """Return how often each word stands in a text."""
    return Counter(_WORD.findall(text))


def _alone(written: Sequence[str]) -> Heading | None:
    """Return the first line of a text without headings when it stands alone and is no sentence: it is a title, too."""
    words, behind = (line.strip() for line in (*written[:2], "", "")[:2])
    is_title = words[:1].isalnum() and words[-1] not in ".:!?" and len(words) <= LONGEST_TITLE
    return Heading(1, words, 0, 1, underlined=False) if is_title and not behind else None


def _is_title(first: Heading, found: Sequence[Heading], known: str | None) -> bool:
    """Say whether the first heading is the title: no part that all postmortems have, and above or beside all others.

    When the title is known, a heading that says something else is one only if it stands above all others.
    """
    words = read_heading(first.words)
    if known is not None and plain(words) == plain(known):
        return True
    others = [heading.level for heading in found[1:]]
    least = first.level if known is None else first.level + 1
    return section_of(words) is None and all(least <= level for level in others)


def _splits(found: Sequence[Heading]) -> list[Heading]:
    """Return the headings that begin sections: down to the level that has most of the parts that all have."""
    if not found:
        return []
    known = Counter(heading.level for heading in found if section_of(read_heading(heading.words)))
    highest = min(heading.level for heading in found)
    level = max(known, key=lambda each: (known[each], -each)) if known else highest
    return [heading for heading in found if heading.level <= level]


def _in_bold(written: Sequence[str], start: int) -> Iterator[Heading]:
    """Yield lines that are bold as a whole, stand alone and begin a part: headings by people who draw none."""
    for number in range(start, len(written)):
        match = _BOLD.fullmatch(written[number].rstrip("\r\n"))
        before = written[number - 1].strip() if number else ""
        if match and not before and section_of(match["words"]):
            yield Heading(2, match["words"], number, number + 1, underlined=False)


def _spans(found: Sequence[Heading], end: int) -> Iterator[tuple[Heading, int]]:
    yield from ((one, other.start) for one, other in pairwise(found))
    if found:
        yield found[-1], end


def _title(heading: Heading) -> str | None:
    words = plain_words(read_heading(heading.words))
    return words if len(words) <= 300 else f"{words[:299].rstrip()}…"  # noqa: PLR2004 - what a title may have


def _parts(bodies: Sequence[tuple[str, str]]) -> Iterator[Part]:
    """Yield the sections in their order; of two that are the same part, the second is a heading inside of the first."""
    found: dict[str, Part] = {}
    for number, (heading, body) in enumerate(bodies, 1):
        known = section_of(heading)
        title = (plain_words(heading) or f"Section {number}")[:LONGEST_TITLE].strip()
        name = known or _name(title, number, found)
        text = "\n\n".join(filter(None, (_unsaid(heading, title), body.strip("\n"))))
        if name in found:
            text = "\n\n".join(filter(None, (found[name].text.rstrip("\n"), written_heading(3, heading), text)))
            title = found[name].title
        found[name] = Part(name, title, f"{text}\n" if text else "")
    yield from found.values()


def _unsaid(heading: str, title: str) -> str:
    """Return a heading once more, to stand in the text, when its title leaves a word of it out."""
    return written_heading(3, one_line(heading)) if said(heading) - said(title) else ""


def _name(title: str, number: int, taken: dict[str, Part]) -> str:
    slug = _ODD.sub("_", title.casefold()).strip("_")[:LONGEST_NAME].strip("_")
    name = slug if slug and slug[0].isalpha() else f"section_{slug or number}"
    return _free(name, set(taken)) if name in taken or name in TITLES else name


def _free(name: str, taken: set[str]) -> str:
    number = 2
    while f"{name}_{number}" in taken:
        number += 1
    taken.add(f"{name}_{number}")
    return f"{name}_{number}"


def _pieces(text: str) -> list[str]:
    """Return a text in pieces that a section may have, cut at the ends of lines where there are any."""
    pieces: list[str] = []
    while len(text) > LONGEST_TEXT:
        end = text.rfind("\n", 0, LONGEST_TEXT) + 1 or text.rfind(" ", 0, LONGEST_TEXT) + 1 or LONGEST_TEXT
        pieces.append(text[:end])
        text = text[end:]
    return [*pieces, text]
