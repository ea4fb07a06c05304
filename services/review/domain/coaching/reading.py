"""A section as the rules read it: the author's own prose, a sentence a line, each character in its old place. Pure."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

from services.review.domain.coaching.findings import Place
from services.review.domain.coaching.people import HIDDEN, Roster, folded

LONGEST = 1_000
"""After so many characters a sentence is taken to end, so that no rule ever looks far."""
_MARKER = re.compile(r"\s*(?:(?:[-*+]|\d{1,9}[.)])\s+)*(?:\[[ xX]\]\s+)?(?:#{1,6}\s+)?")
_LOG = re.compile(r"\s*\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d\S* .{0,80}\b(?:TRACE|DEBUG|INFO|WARN|WARNING|ERROR|FATAL)\b")
_NOT_PROSE = re.compile(
    r"(?P<code>`+[^`\n]+`+)"
    r"|(?P<title>\[[^\[\]\n]{1,300}\](?=\())"
    r"|(?P<target>(?<=\])\([^()\n]{0,2000}\))"
    r"|(?P<tag><[^<>\n]{1,2000}>)"
    r"|(?P<address>\b(?:https?|ftp|mailto):[^\s<>]+)"
    r"|(?P<quoted>\"[^\"\n]{1,400}\")"
)
_DECORATION = re.compile(r"[*\[\]~]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
_END = re.compile(r"[.!?][)\"'\x02]{0,3}( )(?= *[A-Z0-9@\x02\"'(])")
_SHORT = re.compile(r"(?:\b(?:e\.g|i\.e|etc|vs|approx|no|mr|mrs|ms|dr|resp|ca|cf)|\b[A-Z])\.$", re.IGNORECASE)
_LOOK_BACK = 8
LONGEST_NAME = 2
"""Words of a link that are read as the author's own."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A section: `source` as it was written, `prose` of the same length, in which each line is one sentence.

    In `prose` names and what is no prose of the author's are replaced, character by character.
    """

    source: str
    prose: bytes
    lines: tuple[int, ...]
    sentences: tuple[int, ...]

    def sentence(self, at: int) -> tuple[int, int]:
        """Return where the sentence around a character begins and ends."""
        number = bisect_right(self.sentences, at)
        end = self.sentences[number] - 1 if number < len(self.sentences) else len(self.source)
        return self.sentences[number - 1], end

    def place(self, start: int, end: int) -> Place:
        """Return lines and columns of the characters from `start` to `end`."""
        return Place(*self._at(start), *self._at(end))

    def _at(self, at: int) -> tuple[int, int]:
        line = bisect_right(self.lines, at)
        return line, at - self.lines[line - 1] + 1

    def spans(self) -> Iterator[tuple[int, int]]:
        """Return where each sentence begins and ends that says something."""
        for start in self.sentences:
            end = self.sentence(start)[1]
            if self.prose[start:end].strip():
                yield start, end


def read(source: str, roster: Roster) -> Reading:
    """Read a section of Markdown; every text is one, so nothing is raised."""
    text = folded(source.replace("\r\n", " \n").replace("\r", "\n").replace("\f", " "))
    prose = roster.marked(_in_sentences(_bare(_own_prose(text))))
    return Reading(source, prose.encode("ascii"), _starts(text), _starts(prose))


def _starts(text: str) -> tuple[int, ...]:
    return (0, *(match.end() for match in re.finditer("\n", text)))


@cache
def _blocks() -> MarkdownIt:
    """Return a parser of blocks alone: what is inside a line has no position there, and takes most of the time."""
    parser = MarkdownIt("commonmark").enable("table")
    parser.core.ruler.enableOnly(["normalize", "block"])
    return parser


def _own_prose(text: str) -> str:
    """Keep paragraphs, headings and cells, each ended by a line break; blank out what else there is."""
    lines = text.split("\n")
    kept = [" " * len(line) for line in lines]
    ends = ["\n"] * len(lines)
    for first, last, is_cell in _prose_lines(_blocks().parse(text)):
        for number in range(first, min(last, len(lines))):
            kept[number] = _line(lines[number], is_cell=is_cell, opens=number == first)
            ends[number] = "\n" if number == last - 1 or _LOG.match(lines[number]) else " "
    return "".join(part for pair in zip(kept, ends, strict=True) for part in pair)[:-1]


def _prose_lines(tokens: list[Token]) -> Iterator[tuple[int, int, bool]]:
    quoted = 0
    cell = False
    for token in tokens:
        quoted += token.nesting if token.type.startswith("blockquote") else 0
        if token.type in ("td_open", "th_open", "td_close", "th_close"):
            cell = token.nesting == 1
        elif token.type == "inline" and token.map and not quoted:
            yield token.map[0], token.map[1], cell


def _line(line: str, *, is_cell: bool, opens: bool) -> str:
    if _LOG.match(line):
        return " " * len(line)
    if is_cell:
        return line.replace("|", "\n")
    marker = _MARKER.match(line) if opens else None
    length = marker.end() if marker else 0
    return " " * length + line[length:]


def _bare(text: str) -> str:
    """Hide code, quotations and addresses, and blank out what only makes letters bold or links."""
    return _DECORATION.sub(" ", _NOT_PROSE.sub(_hidden, text))


def _hidden(match: re.Match[str]) -> str:
    """Return what stands for it; a link of many words goes by the title of what it leads to, one of few by a name."""
    if match.lastgroup == "title" and "`" not in match[0] and len(match[0].split()) <= LONGEST_NAME:
        return match[0]
    return (" " if match.lastgroup == "target" else HIDDEN) * len(match[0])


def _in_sentences(text: str) -> str:
    """Put a line break behind each sentence, and into one that does not end."""
    ended = _END.sub(lambda match: match[0] if _is_short(text, match) else f"{match[0][:-1]}\n", text)
    return "\n".join(_cut(line) for line in ended.split("\n"))


def _is_short(text: str, match: re.Match[str]) -> bool:
    return bool(_SHORT.search(text[max(0, match.start() - _LOOK_BACK) : match.start() + 1]))


def _cut(line: str) -> str:
    """Cut what is too long at the last space, and anywhere when there is none."""
    if len(line) <= LONGEST:
        return line
    pieces: list[str] = []
    start = 0
    while len(line) - start > LONGEST:
        space = line.rfind(" ", start, start + LONGEST)
        at = space if space > start else start + LONGEST - 1
        pieces.append(line[start:at])
        start = at + 1
    return "\n".join((*pieces, line[start:]))
