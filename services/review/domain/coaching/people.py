"""The names of an incident's people in a text: whole words, found in one pass whatever their number. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

NAME = "\x01"
"""Stands for each character of a name, so that rules need not know who was there."""
HIDDEN = "\x02"
"""Stands for each character of what is not the author's own prose: code, quotations, addresses."""
_WORD = re.compile(r"[A-Za-z0-9]+")
_NEXT = re.compile(r" +([A-Za-z]+)")
_POSSESSIVE = re.compile(r"'s\b")
SHORTEST = 2
_KEPT = {"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u2013": "-", "\u2014": "-"}


class _Folding(dict[int, str]):
    """Every character as one of ASCII; filled as characters are met."""

    def __missing__(self, code: int) -> str:
        self[code] = folded = _one(chr(code))
        return folded


def _one(char: str) -> str:
    if char.isascii():
        return char if char.isprintable() or char == "\n" else " "
    first = unicodedata.normalize("NFKD", char)[0]
    letter = first if first.isascii() and first.isprintable() else "x"
    return _KEPT.get(char) or (letter if char.isalnum() else " ")


def folded(text: str) -> str:
    """Return a text of the same length in ASCII, without accents and control characters but line breaks."""
    return text.translate(_Folding())


class Roster:
    """Who took part. Names are compared with their case; each of their words counts, if it has a capital letter."""

    def __init__(self, people: Iterable[str], ambiguous: frozenset[str], verbs: frozenset[str]) -> None:
        words = (word for name in people for word in _WORD.findall(folded(name)))
        self._words = frozenset(word for word in words if len(word) >= SHORTEST and word[0].isupper())
        self._ambiguous = ambiguous
        self._verbs = verbs

    def marked(self, text: str) -> str:
        """Return a folded text with `NAME` for each character of a name."""
        if not self._words:
            return text
        pieces: list[str] = []
        done = 0
        for match in _WORD.finditer(text):
            if match[0] in self._words and self._is_name(text, match, named=bool(pieces) and done == match.start() - 1):
                pieces += text[done : match.start()], NAME * len(match[0])
                done = match.end()
        return "".join((*pieces, text[done:]))

    def _is_name(self, text: str, match: re.Match[str], *, named: bool) -> bool:
        """Tell a name from a word that is spelt like one: by its neighbours."""
        if named or match[0].lower() not in self._ambiguous:
            return True
        if _POSSESSIVE.match(text, match.end()):
            return True
        following = _NEXT.match(text, match.end())
        return following is not None and (following[1] in self._words or following[1] in self._verbs)
