"""What was made of a text is remembered for the next fact about its postmortem: most change no text. Pure.

The text itself is what it is remembered by. So nothing has to be told when one has changed.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import TypeVar

T = TypeVar("T")
MOST = 2048
"""Texts: a postmortem has some ten."""
LONGEST = 8192
"""Of longer texts nothing is remembered, so that memory stays bounded."""


def remembered(made: Callable[[str], T]) -> Callable[[str], T]:
    """Return a function that gives what this one gave for the same text before; nobody may change what it gives."""
    known = lru_cache(maxsize=MOST)(made)

    @wraps(made)
    def of(text: str) -> T:
        return known(text) if len(text) <= LONGEST else made(text)

    return of
