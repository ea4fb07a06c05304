"""Words that somebody has picked on a page, as they stand in the Markdown behind it. Pure.

A remark quotes Markdown exactly, and a page shows it without its marks: words are found by their letters, whatever
stands between them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice, takewhile
from typing import NamedTuple

LONGEST = 500
BESIDE = 60
"""How much of what stands beside the words is told, so that the right place is meant where they stand twice."""
NEAR = 200
"""How much of what stands before the words is compared."""
MOST = 500
"""How many places are looked at."""
_WORD = re.compile(r"[^\W_]+")
_TARGET = re.compile(r"\]\([^)\n]*\)")


class Quote(NamedTuple):
    """Words of a text exactly as they stand there, and what stands beside them."""

    words: str
    before: str
    after: str


def quoted(text: str, picked: str, before: str = "") -> Quote | None:
    """Return what was picked as it stands in Markdown; of several places the one behind the words of `before`.

    None where the words do not stand there.
    """
    places = list(islice(_exact(text, picked), MOST)) or list(islice(_by_words(text, picked), MOST))
    if not picked or not places:
        return None
    start, end = max(places, key=lambda place: (_alike(text[max(0, place[0] - NEAR) : place[0]], before), -place[0]))
    return Quote(text[start:end], text[max(0, start - BESIDE) : start], text[end : end + BESIDE])


def _alike(one: str, other: str) -> int:
    """Return how many words two texts end with alike."""
    both = zip(reversed(_WORD.findall(_without_targets(one))), reversed(_WORD.findall(other)), strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], both))


def _exact(text: str, picked: str) -> Iterator[tuple[int, int]]:
    at = text.find(picked) if picked else -1
    while at >= 0:
        yield at, at + len(picked)
        at = text.find(picked, at + len(picked))


def _by_words(text: str, picked: str) -> Iterator[tuple[int, int]]:
    """Yield where the same words stand one after another, whatever signs and spaces are between them."""
    wanted = _WORD.findall(picked)
    known = [(match.group(), match.span()) for match in _WORD.finditer(_without_targets(text))]
    words = [word for word, _ in known]
    at = 0
    while wanted and (at := _index(words, wanted, at)) >= 0:
        yield known[at][1][0], known[at + len(wanted) - 1][1][1]
        at += len(wanted)


def _index(words: Sequence[str], wanted: Sequence[str], start: int) -> int:
    for at in range(start, len(words) - len(wanted) + 1):
        if words[at] == wanted[0] and list(words[at : at + len(wanted)]) == list(wanted):
            return at
    return -1


def _without_targets(text: str) -> str:
    """Blank out the addresses of links, which a page does not show, so that every place stays where it is."""
    return _TARGET.sub(lambda match: "]" + " " * (len(match.group()) - 1), text)
