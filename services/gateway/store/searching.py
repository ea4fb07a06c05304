"""How the library is searched: the rarest key of a search leads its index, the others are checked on the way.

What is open and what is restricted are asked for by an index each, and put together in their one order. A search that
MongoDB does not answer in time is given up: whatever is asked, the work is bounded.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pymongo
from motor.motor_asyncio import AsyncIOMotorCollection
from pymongo.errors import PyMongoError

from services.gateway.domain.atom import Chosen
from services.gateway.domain.pairs import bits_of, pairs_of
from services.gateway.domain.query import TITLE, Query
from services.gateway.domain.search import LISTED, MADE, Wanted, facets_of, order_of, texts, words_of
from services.gateway.domain.view import View
from services.gateway.ports.searching import TooWide
from services.gateway.store.found import of_chosen, of_timeliness
from shared.mongo import Row

LEADS, NAMES, OLDER, PUBLISHED = "search", "restricted", "made", "published"
INDEXES: Mapping[str, Sequence[tuple[str, int]]] = {
    LEADS: [("find.open", 1), ("find.keys", 1), ("find.order", -1)],
    OLDER: [("find.made", 1), ("find.created_at", -1)],
}
BY_NAME = [("find.named", 1), ("find.order", -1)]
RESTRICTED: Row = {"find.open": False}
RARE = 5000
"""Keys that more postmortems have than this are taken for equally frequent."""
WAIT_S = 2.0
"""How long one search may take in all; a page of the library is there in a hundredth of that."""
MOST_READ = 2000
"""Texts that are read for one answer, to see whether a phrase stands in them."""
AT_ONCE, BESIDE = 100, 10
"""Texts that come together: most of them have the phrase, so about as many are asked for as are wanted."""
TEXTS = {"state.draft.title": 1, "state.draft.report": 1, "state.timeline.text": 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranged:
    """One search as MongoDB is asked for it: what has to be there, in which order, and how much of it.

    `more` is asked of the rows besides; `after` is the place behind which the answer begins.
    """

    keys: tuple[str, ...]
    query: Query
    more: Row
    reader: str
    limit: int
    after: bytes | None = None
    sort: tuple[str, ...] = ("find.order",)

    @property
    def order(self) -> list[tuple[str, int]]:
        """Return what the rows are sorted by, the newest first."""
        return [(field, -1) for field in self.sort]

    @property
    def is_of_list(self) -> bool:
        """Say whether the index that a key leads has the rows in their order."""
        return self.sort == ("find.order",)


def of_wanted(wanted: Wanted) -> Ranged:
    """Return what finds a page of a list."""
    query = wanted.query()
    is_due = wanted.timeliness not in (None, "done")
    return Ranged(
        keys=tuple(dict.fromkeys((*query.keys, *wanted.facets()))),
        query=query,
        more=of_timeliness(str(wanted.timeliness), wanted.now) if is_due else {},
        reader=wanted.reader,
        after=order_of(wanted.after) if wanted.after else None,
        limit=wanted.limit,
    )


def of_publications(chosen: Chosen, reader: str, limit: int) -> Ranged:
    """Return what finds publications by their text and its facets too, the latest first."""
    query = chosen.query()
    return Ranged(
        keys=tuple(dict.fromkeys((*query.keys, *chosen.facets()))),
        query=query,
        more=of_chosen(chosen),
        reader=reader,
        limit=limit,
        sort=("find.published_at", "_id"),
    )


def searched_by(view: View) -> Row:
    """Return what a postmortem is searched by: its keys, whether everybody sees it, and its place in a list."""
    draft = view.draft
    if draft is None or view.created_at is None:
        return {"made": MADE}
    facets, pairs = list(facets_of(view, draft)), pairs_of(texts(view, draft))
    return {
        "made": MADE,
        **({"pairs": pairs} if pairs is not None else {}),
        "open": not draft.restricted,
        "keys": [*words_of(view, draft), *facets],
        "facets": facets,
        "order": order_of((view.created_at, view.id)),
    }


class Searching:
    """Searches of one collection."""

    def __init__(self, collection: AsyncIOMotorCollection[Row]) -> None:
        self.collection = collection

    async def prepare(self) -> None:
        """Create the indexes; safe to repeat."""
        for name, keys in INDEXES.items():
            await self.collection.create_index(keys, name=name)
        await self.collection.create_index(BY_NAME, name=NAMES, partialFilterExpression=RESTRICTED)

    async def found(self, ranged: Ranged, fields: Row) -> list[Row]:
        """Return the rows that a search finds, in its order. Raises: TooWide."""
        with bounded():
            asked = [await self._of_open(ranged), (NAMES, _of_restricted(ranged))]
            both = await asyncio.gather(*(self._rows(index, query, ranged, fields) for index, query in asked))
        rows = sorted((row for rows in both for row in rows), key=lambda row: _place(row, ranged.sort), reverse=True)
        return rows[: ranged.limit]

    async def count(self, key: str, most: int) -> int:
        """Return how many open postmortems have a key, at most so many; the index alone is read."""
        query: Row = {"find.open": True, "find.keys": key}
        return await self.collection.count_documents(query, limit=most, hint=LEADS)

    async def one_open(self, key: str) -> Row | None:
        """Return the texts of the newest open postmortem that has a key."""
        query: Row = {"find.open": True, "find.keys": key}
        found: Row | None = await self.collection.find_one(query, TEXTS, sort=[("find.order", -1)], hint=LEADS)
        return found

    async def _of_open(self, ranged: Ranged) -> tuple[str, Row]:
        """Return the index and the query for what everybody sees."""
        lead, count = await self._rarest(ranged)
        if not ranged.is_of_list and count >= RARE:
            return PUBLISHED, {"find.open": True, **_rest(ranged, ranged.keys)}
        others = [key for key in ranged.keys if key != lead]
        return LEADS, {"find.open": True, "find.keys": lead, **_rest(ranged, others)}

    async def _rarest(self, ranged: Ranged) -> tuple[str, int]:
        """Return the key that the fewest have, and how many; words before facets where that makes no difference.

        Nothing is counted where there is no choice.
        """
        asked = [key for key in ranged.keys if key != LISTED] or [LISTED]
        if len(asked) == 1 and ranged.is_of_list:
            return asked[0], 0
        counts = await asyncio.gather(*(self.count(key, RARE) for key in asked))
        count, _, key = min(zip(counts, range(len(asked)), asked, strict=True))
        return key, count

    async def _rows(self, index: str, query: Row, ranged: Ranged, fields: Row) -> list[Row]:
        fields = {**fields, **dict.fromkeys(ranged.sort, 1)}
        if not ranged.query.needs_text:
            cursor = self.collection.find(query, fields, sort=ranged.order, limit=ranged.limit, hint=index)
            return await cursor.to_list(None)
        ids = [id async for id in self._with_phrases(index, query, ranged)]
        return await self.collection.find({"_id": {"$in": ids}}, fields).to_list(None)

    async def _with_phrases(self, index: str, query: Row, ranged: Ranged) -> AsyncIterator[str]:
        """Read the texts of what has the words, until enough have them in their order. Raises: TooWide."""
        found, read, batch = 0, 0, min(ranged.limit + BESIDE, AT_ONCE)
        cursor = self.collection.find(
            query, TEXTS, sort=ranged.order, limit=MOST_READ + 1, batch_size=batch, hint=index
        )
        try:
            async for row in cursor:
                read += 1
                if read > MOST_READ:
                    raise TooWide
                if ranged.query.takes(texts_of(row["state"])):
                    found += 1
                    yield row["_id"]
                if found == ranged.limit:
                    break
        finally:
            await cursor.close()


@contextmanager
def bounded() -> Iterator[None]:
    """Give up what takes too long. Raises: TooWide."""
    try:
        with pymongo.timeout(WAIT_S):
            yield
    except PyMongoError as error:
        if error.timeout:
            raise TooWide from error
        raise


def _of_restricted(ranged: Ranged) -> Row:
    return {**RESTRICTED, "find.named": ranged.reader, **_rest(ranged, ranged.keys)}


def _place(row: Row, sort: Sequence[str]) -> tuple[Any, ...]:
    return tuple(row["find"][field.removeprefix("find.")] if field != "_id" else row["_id"] for field in sort)


def _rest(ranged: Ranged, keys: Sequence[str]) -> Row:
    """Return what is checked of each row that the index leads to: `$nor` keeps it from being looked up as well."""
    pairs = bits_of(ranged.query.phrases)  # rows without bits have none that is clear
    none: list[Row] = [{"find.pairs": {"$bitsAnyClear": pairs}}] if pairs else []
    none += [{_field(key): {"$ne": key}} for key in keys]
    none += [{"find.keys": key} for key in ranged.query.without]
    after: Row = {"find.order": {"$lt": ranged.after}} if ranged.after else {}
    return {**after, **ranged.more, **({"$nor": none} if none else {})}


def _field(key: str) -> str:
    """Return where a key stands: facets stand by themselves too, where they are sooner found than among all words."""
    return "find.facets" if ":" in key and not key.startswith(TITLE) else "find.keys"


def texts_of(state: Row) -> Iterator[str]:
    """Return the texts of a state as it is stored, which phrases are looked for in."""
    draft = state["draft"]
    yield draft["title"]
    yield from draft["report"].values()
    yield from (entry["text"] for entry in state["timeline"])
