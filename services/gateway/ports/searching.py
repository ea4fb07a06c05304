"""What searching the library needs from the world."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

COUNTED = 1000
"""Of how many postmortems facets are counted at most, the newest ones."""


class TooWide(Exception):
    """A search would take longer than anybody waits: it has to be narrowed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facets:
    """How many of what a search finds have each facet, by its kind; `more`: only the newest ones are counted."""

    counted: int
    more: bool
    by: Mapping[str, Mapping[str, int]]


class Vocabulary(Protocol):
    """The words of the postmortems that everybody may see."""

    async def better(self, words: Mapping[str, str]) -> Mapping[str, str]:
        """Return for each of these words (by its key) that no such postmortem has one that it may be meant for."""
