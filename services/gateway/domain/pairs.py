"""Which words stand side by side in texts, told in two kilobytes: where a phrase cannot stand is seen there. Pure.

Each pair of neighbours sets one bit of many. So a phrase whose bits are not all set stands in none of the texts, and
where they are it may stand: of some thousand pairs one in sixteen bits is set.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from zlib import crc32

from services.gateway.domain.remembering import remembered
from services.gateway.domain.words import sequence

BITS = 16_384
MOST_SET = BITS // 2
"""Of longer texts the bits would tell next to nothing."""
_SPREAD = 2_654_435_761
"""The golden ratio of 32 bits: what is near one another ends far apart."""
_WORD = re.compile(r"[a-z0-9]+")


def pairs_of(texts: Iterable[str]) -> bytes | None:
    """Return the bits of all pairs that stand in texts, the lowest of each byte first; None for very long texts."""
    bits = 0
    for text in texts:
        bits |= _bits(text)
    return bits.to_bytes(BITS // 8, "little") if bits.bit_count() <= MOST_SET else None


@remembered
def _bits(text: str) -> int:
    bits = bytearray(BITS // 8)
    for place in _places(_words(text)):
        bits[place >> 3] |= 1 << (place & 7)
    return int.from_bytes(bits, "little")


def bits_of(phrases: Iterable[str]) -> list[int]:
    """Return the bits that are set wherever all of these phrases (as `sequence` gives them) stand."""
    return sorted({place for phrase in phrases for place in _places(phrase.split())})


def _words(text: str) -> Sequence[str]:
    return _WORD.findall(text.lower()) if text.isascii() else sequence(text).split()


def _places(words: Sequence[str]) -> Iterator[int]:
    return (((first * _SPREAD + second) * _SPREAD >> 32) % BITS for first, second in pairwise(map(_number, words)))


@lru_cache(maxsize=65536)
def _number(word: str) -> int:
    return crc32(word.encode())
