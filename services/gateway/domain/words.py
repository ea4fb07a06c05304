"""Words of a text, as they are searched by: without case, accents and endings. Pure.

What is written without spaces (Chinese, Japanese, Korean) has no words to be found by, so each character and each pair
of neighbours stands for one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

import Stemmer

from services.gateway.domain.remembering import remembered

MOST_LETTERS = 40
"""Of a longer word the beginning counts: what is that long is a digest or a key, and nobody types one to its end."""
CHANGED = 2
"""Letters at the end of a stem that its word may have otherwise (`die`: dying, `sky`: skies)."""
_PAIRED = (
    "\u1100-\u11ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
)
_TOKEN = re.compile(rf"[{_PAIRED}]+|[^\W_{_PAIRED}]+")
_IS_PAIRED = re.compile(rf"[{_PAIRED}]")
_ACCENTS = re.compile("[\u0300-\u036f]")
_stemmer = Stemmer.Stemmer("english")


class Span(NamedTuple):
    """Where a word stands in a text, and the key that it is found by."""

    start: int
    end: int
    key: str


def composed(text: str) -> str:
    """Return a text with its letters and accents composed, as all positions here are counted in."""
    return unicodedata.normalize("NFC", text)


@lru_cache(maxsize=65536)
def folded(word: str) -> str:
    """Return a word without case, accents and forms of its letters."""
    bare = _ACCENTS.sub("", unicodedata.normalize("NFD", unicodedata.normalize("NFKC", word).casefold()))
    return unicodedata.normalize("NFC", bare)


@lru_cache(maxsize=65536)
def key_of(word: str) -> str:
    """Return what a word is found by: its stem when it is one that English could have."""
    bare = folded(word)[:MOST_LETTERS]
    return str(_stemmer.stemWord(bare)) if bare.isascii() and bare.isalpha() else bare


def keys_of(texts: Iterable[str]) -> dict[str, None]:
    """Return the keys of texts, each once, in their order."""
    return dict.fromkeys(chain.from_iterable(map(_keys_in, texts)))


@remembered
def _keys_in(text: str) -> tuple[str, ...]:
    if _has_pairs(text):
        return tuple(dict.fromkeys(key for token in tokens(text) for key in _keys(token)))
    return tuple(dict.fromkeys(map(key_of, tokens(text))))  # as nearly all texts are


def _has_pairs(text: str) -> bool:
    return not text.isascii() and _IS_PAIRED.search(text) is not None


def tokens(text: str) -> Iterable[str]:
    """Return the words of a text as they are written, each once; what has no spaces is one."""
    return dict.fromkeys(_TOKEN.findall(composed(text)))


def spans(text: str) -> Iterator[Span]:
    """Return every word of a composed text with its place; pairs overlap."""
    return (span for found in _TOKEN.finditer(text) for span in _spans(found))


def spans_of(text: str, keys: Collection[str]) -> list[Span]:
    """Return the words of a composed text that have one of these keys: what `spans` would tell of them, sooner."""
    if text.isascii():
        return sorted(_in_ascii(text, keys))
    wanted = {token for token in tokens(text) if any(key in keys for key in _keys(token))}
    found = (match for match in _TOKEN.finditer(text) if match.group() in wanted) if wanted else ()
    return [span for match in found for span in _spans(match) if span.key in keys]


def has_any(text: str, keys: Collection[str]) -> bool:
    """Say whether a composed text has a word of one of these keys."""
    found = _in_ascii(text, keys) if text.isascii() else spans_of(text, keys)
    return any(True for _ in found)


def _in_ascii(text: str, keys: Collection[str]) -> Iterator[Span]:
    """Find the words of one key after the other: only what begins like it is looked at.

    Nearly all texts are ASCII, and have few of the words that somebody searches for.
    """
    lower = text.lower()
    for beginning in _beginnings(frozenset(keys)):
        for found in beginning.finditer(lower):
            if (key := key_of(found.group())) in keys:
                yield Span(*found.span(), key)


@lru_cache(maxsize=256)
def _beginnings(keys: frozenset[str]) -> tuple[re.Pattern[str], ...]:
    """Return patterns of what begins like the words of these keys, each word by one of them.

    A stem changes no more than the last two letters of its word. A pattern that begins with letters is looked for as
    fast as any text, so it looks behind itself only then.
    """
    starts = {key[: max(1, len(key) - CHANGED)] for key in keys if key.isascii() and key.isalnum()}
    shortest = (start for start in starts if not any(start[:n] in starts for n in range(1, len(start))))
    return tuple(re.compile(rf"{start}(?<![a-z0-9]{start})[a-z0-9]*") for start in sorted(shortest))


def _spans(found: re.Match[str]) -> Iterator[Span]:
    start, token = found.start(), found.group()
    if not _IS_PAIRED.match(token):
        yield Span(start, found.end(), key_of(token))
        return
    for at in range(len(token)):
        yield Span(start + at, start + at + 1, key_of(token[at]))
        if at + 1 < len(token):
            yield Span(start + at, start + at + 2, key_of(token[at : at + 2]))


def sequence(text: str) -> str:
    """Return the words of a text one behind the other, between spaces: a phrase is a part of it."""
    words = (part for token in _TOKEN.findall(composed(text)) for part in _parts(token))
    return f" {' '.join(folded(word) for word in words)} "


def asked_keys(text: str) -> tuple[str, ...]:
    """Return the keys that whatever holds these words has: of three characters without spaces the two pairs."""
    found = (_asked(token) for token in _TOKEN.findall(composed(text)))
    return tuple(dict.fromkeys(key for keys in found for key in keys))


def _keys(token: str) -> Iterator[str]:
    if not _IS_PAIRED.match(token):
        yield key_of(token)
        return
    yield from (key_of(letter) for letter in token)
    yield from _pairs(token)


def _asked(token: str) -> Iterable[str]:
    return _pairs(token) if _IS_PAIRED.match(token) and len(token) > 1 else (key_of(token),)


def _pairs(token: str) -> Iterator[str]:
    return (key_of(token[at : at + 2]) for at in range(len(token) - 1))


def _parts(token: str) -> Iterable[str]:
    return token if _IS_PAIRED.match(token) else (token,)
