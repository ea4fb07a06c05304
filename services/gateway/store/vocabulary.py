"""The words of open postmortems, for whoever mistypes one."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from services.gateway.domain.search import LISTED
from services.gateway.domain.spelling import nearest, spelt, words_in
from services.gateway.domain.words import key_of
from services.gateway.store.searching import LEADS, TEXTS, Searching, texts_of
from shared.mongo import Row

NEWEST = 5000
"""Of so many postmortems the words are known; who searches for a word mistypes one that people use."""
AT_ONCE = 20
"""Texts that are read in one go, in which no request is answered."""
A_REST_FOR = 500
"""Postmortems that were read: for each so many the next time is left out once, so that this stays little work."""
MOST_ASKED = 8
"""Words of one search that are looked at."""
FREQUENT = 1000


class MongoVocabulary:
    """Words are kept in memory, made anew now and then: MongoDB has no way to list them from the index alone.

    What is in memory may have been restricted since. So a word is offered only when a postmortem that everybody may see
    has it now, spelt as it is there.
    """

    def __init__(self, searching: Searching) -> None:
        self.searching = searching
        self.known: Sequence[str] = ()
        self.rests = 0

    async def refresh(self) -> None:
        """Read the words of the newest open postmortems; the more there are, the more seldom."""
        if self.rests:
            self.rests -= 1
            return
        query: Row = {"find.open": True, "find.keys": LISTED}
        how: Row = {"sort": [("find.order", -1)], "limit": NEWEST, "batch_size": AT_ONCE, "hint": LEADS}
        known, read = set[str](), 0
        async for row in self.searching.collection.find(query, TEXTS, **how):
            known |= words_in(texts_of(row["state"]))
            read += 1
        self.known, self.rests = sorted(known), read // A_REST_FOR

    async def better(self, words: Mapping[str, str]) -> Mapping[str, str]:
        """Return for each word that no open postmortem has one that it may be meant for, by its key."""
        asked = list(words)[:MOST_ASKED]
        counts = await asyncio.gather(*(self.searching.count(key, 1) for key in asked))
        unknown = [key for key, count in zip(asked, counts, strict=True) if not count]
        found = {key: await self._better(words[key]) for key in unknown}
        return {key: word for key, word in found.items() if word}

    async def _better(self, word: str) -> str | None:
        """Return the nearest word; of those that are as near the one that more postmortems have."""
        near = [(key_of(found), far) for found, far in nearest(word, self.known)]
        counts = await asyncio.gather(*(self.searching.count(key, FREQUENT) for key, _ in near))
        used = [(far, -count, key) for (key, far), count in zip(near, counts, strict=True) if count]
        return await self._spelt(min(used)[2]) if used else None

    async def _spelt(self, key: str) -> str | None:
        row = await self.searching.one_open(key)
        return spelt(key, texts_of(row["state"])) if row else None
