"""Words of a text, as they are compared: without case, accents and forms of their letters. Pure."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_ACCENTS = re.compile("[\u0300-\u036f]")


@lru_cache(maxsize=65536)
def folded(word: str) -> str:
    """Return a word without case, accents and forms of its letters."""
    bare = _ACCENTS.sub("", unicodedata.normalize("NFD", unicodedata.normalize("NFKC", word).casefold()))
    return unicodedata.normalize("NFC", bare)
