"""What somebody typed into the search: words, "phrases", -exclusions, title:words. Pure.

Whatever is typed means something: a quote that is not closed goes on to the end, and signs alone narrow nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from services.gateway.domain.words import asked_keys, composed, sequence

TITLE = "title:"
_QUOTES = str.maketrans(dict.fromkeys("\u201c\u201d\u201e\u201f\xab\xbb\uff02", '"'))
_PART = re.compile(r'(?P<sign>-?)(?P<field>title:)?(?:"(?P<phrase>[^"]*)"?|(?P<chunk>[^\s"]+))', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Query:
    """What a text has to hold: all `keys` and `phrases`, and nothing of `without` and `without_phrases`."""

    keys: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    without_phrases: tuple[str, ...] = ()

    @property
    def needs_text(self) -> bool:
        """Say whether the keys alone do not tell."""
        return bool(self.phrases or self.without_phrases)

    def marked(self) -> frozenset[str]:
        """Return the keys whose words are shown as found."""
        return frozenset(key.removeprefix(TITLE) for key in self.keys)

    def takes(self, texts: Iterable[str]) -> bool:
        """Say whether texts that hold the keys hold the phrases, each whole in one of them, and no other."""
        if not self.needs_text:
            return True
        held = list(texts)
        has = (any(stands_in(phrase, text) for text in held) for phrase in self.phrases)
        return all(has) and not any(stands_in(phrase, text) for phrase in self.without_phrases for text in held)


def stands_in(phrase: str, text: str) -> bool:
    """Say whether a phrase (as `sequence` gives it) stands in a text.

    Most texts are ASCII. In those a pattern finds it twenty times as fast, and thousands may have to be looked through.
    """
    if text.isascii():
        return _pattern(phrase).search(text.lower()) is not None
    return phrase in sequence(text)


@lru_cache(maxsize=256)
def _pattern(phrase: str) -> re.Pattern[str]:
    words = r"[\W_]+".join(map(re.escape, phrase.split()))
    return re.compile(rf"(?<![^\W_]){words}(?![^\W_])")


NOTHING = Query()


class _Part(NamedTuple):
    """One thing that was typed; `is_phrase`: its words stand one behind the other."""

    text: str
    is_phrase: bool
    prefix: str


def parsed(text: str | None) -> Query:
    """Return what was typed as a query; one without words narrows nothing."""
    wanted: list[_Part] = []
    unwanted: list[_Part] = []
    for found in _PART.finditer(composed((text or "").translate(_QUOTES))):
        (unwanted if found["sign"] else wanted).append(_part(found))
    ruled_out = [part._replace(is_phrase=_is_several(part)) for part in unwanted]
    return Query(
        keys=tuple(dict.fromkeys(key for part in wanted for key in _keys(part))),
        phrases=tuple(_phrases(wanted)),
        without=tuple(dict.fromkeys(key for part in ruled_out if not part.is_phrase for key in _keys(part))),
        without_phrases=tuple(_phrases(ruled_out)),
    )


def _part(found: re.Match[str]) -> _Part:
    prefix = TITLE if found["field"] else ""
    if found["chunk"] is None:
        return _Part(found["phrase"], is_phrase=not prefix, prefix=prefix)
    return _Part(found["chunk"], is_phrase=False, prefix=prefix)


def _keys(part: _Part) -> Iterator[str]:
    return (part.prefix + key for key in asked_keys(part.text))


def _is_several(part: _Part) -> bool:
    """Say whether it is ruled out as a phrase: `-connection-pool` does not rule out every pool."""
    return not part.prefix and (part.is_phrase or len(asked_keys(part.text)) > 1)


def _phrases(parts: Iterable[_Part]) -> Iterator[str]:
    return (words for part in parts if part.is_phrase and (words := sequence(part.text)).strip())
