"""Two texts that two people made of one, put together line by line. Pure.

What only one of them has changed is taken. Where both have changed the same lines, both stand there between marks, for
a person to choose; nothing of either is left out. A text with such marks is not saved.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from diff_match_patch import diff_match_patch

from services.gateway.domain.history import PATIENCE_S, letters

YOURS, BETWEEN, THEIRS = "<<<<<<< yours", "=======", ">>>>>>> theirs"
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_EQUAL, _INSERTED = 0, 1


class Merged(NamedTuple):
    """The text of both, and at how many places a person has to choose."""

    text: str
    clashes: int


class _Part(NamedTuple):
    """The same stretch of the three texts, each line of which is one letter."""

    base: str
    mine: str
    theirs: str


def merged(base: str, mine: str, theirs: str) -> Merged:
    """Return the text of both, each made of `base`."""
    known: dict[str, str] = {}
    three = _Part(*(letters(_LINE.findall(text), known) for text in (base, mine, theirs)))
    words = {letter: line for line, letter in known.items()}
    out: list[str] = []
    clashes = 0
    for part in _parts(three):
        taken = _taken(part)
        clashes += taken is None
        out.append(_written(taken, words) if taken is not None else _both(part, words))
    return Merged("".join(out), clashes)


def marked(text: str) -> int | None:
    """Return the first line (from 1) with a mark of `merged` that nobody has taken out, or None."""
    lines = text.split("\n")
    return next((number for number, line in enumerate(lines, 1) if line.rstrip() in (YOURS, THEIRS)), None)


def _parts(three: _Part) -> list[_Part]:
    """Cut the texts at the lines that stand in all three; these are parts of their own."""
    in_mine, in_theirs = _kept(three.base, three.mine), _kept(three.base, three.theirs)
    found: list[_Part] = []
    start = (0, 0, 0)
    for at in sorted(in_mine.keys() & in_theirs.keys()):
        end = (at, in_mine[at], in_theirs[at])
        found.append(_Part(*(text[a:b] for text, a, b in zip(three, start, end, strict=True))))
        found.append(_Part(*(three.base[at],) * 3))
        start = (end[0] + 1, end[1] + 1, end[2] + 1)
    return [*found, _Part(*(text[a:] for text, a in zip(three, start, strict=True)))]


def _kept(base: str, other: str) -> dict[int, int]:
    """Return where each line of the base stands in the other text, if it does."""
    differ = diff_match_patch()
    differ.Diff_Timeout = PATIENCE_S
    found: dict[int, int] = {}
    here = there = 0
    for operation, lines in differ.diff_main(base, other, False):
        if operation == _EQUAL:
            found |= {here + n: there + n for n in range(len(lines))}
        here += 0 if operation == _INSERTED else len(lines)
        there += len(lines) if operation in (_EQUAL, _INSERTED) else 0
    return found


def _taken(part: _Part) -> str | None:
    """Return what stands in the place of a part, or None when a person has to choose."""
    if part.theirs in (part.base, part.mine):
        return part.mine
    return part.theirs if part.mine == part.base else None


def _both(part: _Part, words: dict[str, str]) -> str:
    mine, theirs = (_ended(_written(text, words)) for text in (part.mine, part.theirs))
    return f"{YOURS}\n{mine}{BETWEEN}\n{theirs}{THEIRS}\n"


def _written(lines: str, words: dict[str, str]) -> str:
    return "".join(words[letter] for letter in lines)


def _ended(text: str) -> str:
    return text if text.endswith("\n") or not text else f"{text}\n"
