"""Text by lines as Markdown has them, and where its blocks are. Pure.

A line ends with LF, CR or CRLF and with nothing else, whatever Unicode calls a line; so numbers of lines are the same
here and in the parser.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from markdown_it import MarkdownIt

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_CLOSING = re.compile(r"(?:^|(?<=[ \t]))\\*#+$")
_ESCAPED = re.compile(r"(?:^|(?<=[ \t]))\\+#+$")
_ODD = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_blocks = MarkdownIt("commonmark").enable("table").disable("inline")
"""Where headings are is known without looking into lines, which is what takes time."""


class Heading(NamedTuple):
    """A heading that stands by itself, in no list, quote or fence: level, words, first line and the one after it."""

    level: int
    words: str
    start: int
    end: int
    underlined: bool


def lines(text: str) -> list[str]:
    """Return the lines with their ends; put together they are the text."""
    return _LINE.findall(text)


def headings(text: str) -> Iterator[Heading]:
    """Yield the headings that stand by themselves, lines counted from 0."""
    tokens = _blocks.parse(text)
    for opening, inside in pairwise(tokens):
        if opening.type == "heading_open" and opening.level == 0 and opening.map:
            start, end = opening.map
            yield Heading(int(opening.tag[1]), inside.content, start, end, opening.markup in ("=", "-"))


def open_fence(text: str) -> str:
    """Return the marks by which the last block is fenced, if it is."""
    tokens = _blocks.parse(text)
    return tokens[-1].markup if tokens and tokens[-1].type == "fence" else ""


def one_line(text: str) -> str:
    """Return words as one line without control characters."""
    return printable(" ".join(text.split()))


def printable(text: str) -> str:
    """Return a text with the sign for a missing one in place of each control character."""
    return _ODD.sub("\N{REPLACEMENT CHARACTER}", text)


def unprintable(text: str) -> tuple[int, str] | None:
    """Return the line (from 1) of the first control character, and which it is, or None."""
    found = _ODD.search(text)
    return (len(lines(text[: found.start()] + "x")), f"U+{ord(found[0]):04X}") if found else None


def written_heading(level: int, words: str) -> str:
    """Return a heading that is read back as these words (one line): signs at the end are no decoration."""
    return f"{'#' * level} {_CLOSING.sub(lambda match: chr(92) + match[0], words)}"


def read_heading(words: str) -> str:
    """Return the words that a heading was written with."""
    return _ESCAPED.sub(lambda match: match[0][1:], words)
