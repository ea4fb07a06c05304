"""The gateway's own MongoDB collections.

`library`, `reviewers`, `lists`: what people read; `revisions`: every text that there was; `commands`: what was asked
for; `calls`: which subscribers were told what; `feed`: what happened, in order; `links`: of which generation whose
secret links are; `keys`: API keys; `sessions`: whose
browser is whose.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

from services.gateway.domain.atom import Chosen
from services.gateway.domain.community import Part
from services.gateway.domain.followed import Followed
from services.gateway.domain.insights import Passage, passage
from services.gateway.domain.pages.related import Neighbour, near
from services.gateway.domain.restriction import named, sees
from services.gateway.domain.search import Wanted, counts
from services.gateway.domain.view import View
from services.gateway.domain.witness import Witness
from services.gateway.ports import Facets, ListedItem, Queued, WantedItems
from services.gateway.ports.days import Span
from services.gateway.ports.searching import COUNTED
from services.gateway.store import days, items
from services.gateway.store.commands import MongoCommands
from services.gateway.store.directory import MongoLists, MongoProjection, MongoReviewers
from services.gateway.store.feed import MongoFeed
from services.gateway.store.filling import fill
from services.gateway.store.found import HEAD, INDEXES, LISTED, SEARCHED, dates_of, found_by, of_chosen, of_queue
from services.gateway.store.history import MongoHistory
from services.gateway.store.keys import MongoKeys
from services.gateway.store.links import MongoLinks
from services.gateway.store.related import INDEX as NEAR
from services.gateway.store.related import near_row, of_near
from services.gateway.store.searching import Searching, of_publications, of_wanted, searched_by
from services.gateway.store.sessions import MongoSessions
from services.gateway.store.vocabulary import MongoVocabulary
from shared.clock import Clock
from shared.messaging.documents import Change
from shared.messaging.envelope import Unsaid
from shared.mongo import Database, Row

__all__ = [
    "MongoCalls",
    "MongoCommands",
    "MongoFeed",
    "MongoHistory",
    "MongoKeys",
    "MongoLibrary",
    "MongoLinks",
    "MongoLists",
    "MongoReviewers",
    "MongoSessions",
    "MongoVocabulary",
]

CALLS_KEPT_FOR_S = 30 * 24 * 3600
"""Ten times as long as anything is news: a library that is built again tells nobody twice."""
EPOCH = datetime.fromtimestamp(0, UTC)


class MongoLibrary(MongoProjection[View]):
    """The library: one view a postmortem, with an index over all words of it."""

    def __init__(self, database: Database) -> None:
        super().__init__(database["library"], View)
        self.searching = Searching(self.collection)
        self._witnesses: defaultdict[str, list[Witness]] = defaultdict(list)

    async def write(self, change: Change[View]) -> Sequence[Unsaid]:
        """Apply a change, and tell who witnesses it. Raises: Conflict."""
        unsaid = await super().write(change)
        for witness in self._witnesses.get(change.key, ()):
            witness.see(change.handled.id, change.version, change.state)
        return unsaid

    @contextmanager
    def witnessing(self, key: str) -> Iterator[Witness]:
        """Return what sees the facts that are put in here under this key, until the block ends."""
        witness, all_of_key = Witness(), self._witnesses[key]
        all_of_key.append(witness)
        try:
            yield witness
        finally:
            all_of_key[:] = [each for each in all_of_key if each is not witness]
            if not all_of_key:
                del self._witnesses[key]

    def find(self, state: View) -> Row:
        """Return what the library is searched by; `named` is who may see it when it is restricted, else nothing."""
        draft, searched = state.draft, searched_by(state)
        if draft is None:
            return searched
        return {
            **searched,
            **dates_of(state, state.created_at or EPOCH),
            "status": state.status(),
            "named": sorted(named(state)) if draft.restricted else None,
            "severity": draft.severity.value,
            "services": list(draft.services),
            "tags": list(draft.tags),
            "owner": draft.owner.email,
            "title": draft.title,
            "passage": _passage(state),
            "action_items": items.rows_of(state),
            **near_row(state),
            **found_by(state),
        }

    async def prepare(self) -> None:
        """Create the indexes; safe to repeat."""
        await super().prepare()
        await self.searching.prepare()
        await self.collection.create_index("find.passage.resolved", name="ended", sparse=True)
        await self.collection.create_index(items.INDEX, name="items")
        await self.collection.create_index(NEAR, name="near")
        await self.collection.create_index(items.FOLLOWED_INDEX, name="followed")
        for name, keys in INDEXES.items():
            await self.collection.create_index(keys, name=name)

    async def seen_by(self, reader: str, key: str) -> View | None:
        """Return one view that has a draft, or None when there is none that this person may see."""
        view = await self.state_of(key)
        return view if view and sees(reader, view) else None

    async def fill(self) -> None:
        """Give what an older version stored the fields that searches need; see `filling`."""
        await fill(self.collection, self.states, self.find)

    async def listed(self, wanted: Wanted) -> Sequence[View]:
        """Return views with a draft that the reader may see, newest first; stable while new ones come in.

        They have their texts where words were searched for, to show these in them, and no remarks.
        """
        ranged = of_wanted(wanted)
        rows = await self.searching.found(ranged, SEARCHED if ranged.query.keys else LISTED)
        return [self.states.of(row) for row in rows]

    async def facets(self, wanted: Wanted) -> Facets:
        """Return how many of what a search finds have each facet, among the newest ones that the reader may see."""
        ranged = replace(of_wanted(wanted), after=None, limit=COUNTED + 1)
        rows = await self.searching.found(ranged, {"find.facets": 1})
        newest = rows[:COUNTED]
        by = counts(row["find"]["facets"] for row in newest)
        return Facets(counted=len(newest), more=len(rows) > COUNTED, by=by)

    async def passages(
        self, reader: str, since: datetime, until: datetime, severity: str | None, service: str | None
    ) -> Sequence[Passage]:
        """Return how far those have come that the reader may see, ended from `since` until before `until`."""
        query: Row = {"find.passage.resolved": {"$gte": since, "$lt": until}, "find.named": {"$in": [None, reader]}}
        for field, value in (("severity", severity), ("services", service)):
            if value is not None:
                query[f"find.{field}"] = value
        cursor = self.collection.find(query, {"find.passage": 1})
        return [Passage.model_validate(row["find"]["passage"]) async for row in cursor]

    async def parts(self, reader: str, since: datetime) -> Sequence[Part]:
        """Return who was asked for a review since then, of the postmortems that the reader may see."""
        query: Row = {"find.parts.asked_at": {"$gte": since}, "find.named": {"$in": [None, reader]}}
        cursor = self.collection.find(query, {"find.parts": 1})
        found = [Part.model_validate(part) async for row in cursor for part in row["find"]["parts"]]
        return [part for part in found if part.asked_at >= since]

    async def items(self, wanted: WantedItems) -> Sequence[ListedItem]:
        """Return action items of the postmortems that the reader may see, what is due first first."""
        return [items.listed(row) async for row in self.collection.aggregate(items.of_items(wanted))]

    async def related(self, own: Neighbour, reader: str, limit: int) -> Sequence[Neighbour]:
        """Return others that the reader may see and that share a service with it, or a word of the title."""
        queries = [of_near(own, keys, reader, limit) for keys in near(own) if keys]
        found = {row["_id"]: row for query in queries async for row in self.collection.aggregate(query)}
        return [Neighbour.model_validate({**row, "id": id}) for id, row in found.items()]

    async def followed(
        self, reader: str, since: datetime, severity: str | None, service: str | None
    ) -> Sequence[Followed]:
        """Return the items that were open at some time since then, of the postmortems that the reader may see."""
        wanted = items.of_followed(reader, since, severity, service)
        cursor = self.collection.find(wanted, items.OF_FOLLOWED)
        return [item async for row in cursor for item in items.followed(row) if item.was_open_since(since)]

    async def heads(self, keys: Collection[str]) -> Mapping[str, View]:
        """Return views without their long texts, by id; those without a draft are left out."""
        wanted: Row = {"_id": {"$in": list(keys)}, "find.status": {"$exists": True}}
        return {view.id: view for view in await self._heads(wanted, {"_id": 1})}

    async def published(self, chosen: Chosen, seen_by: str, limit: int) -> Sequence[View]:
        """Return what was published, the latest publication or correction first, without its long texts."""
        order: Row = {"find.published_at": -1, "_id": -1}
        if not chosen.is_search:
            return await self._heads(of_chosen(chosen), order, seen_by, limit)
        rows = await self.searching.found(of_publications(chosen, seen_by, limit), {"_id": 1})
        return await self._heads({"_id": {"$in": [row["_id"] for row in rows]}}, order, seen_by)

    async def meetings(self, since: datetime, seen_by: str) -> Sequence[View]:
        """Return the postmortems whose meetings end after this time, by that time, without their long texts."""
        return await self._heads({"find.meeting_end": {"$gt": since}}, {"find.meeting_end": 1, "_id": 1}, seen_by)

    async def unfinished(self, owner: str, limit: int) -> Sequence[View]:
        """Return what somebody owns and has to bring to publication, by deadline, without its long texts."""
        return await self._heads(days.of_owned(owner), days.BY_DEADLINE, owner, limit)

    async def meetings_between(self, span: Span, seen_by: str) -> Sequence[View]:
        """Return those whose meetings fall into a time, what ends first first: their meetings, and what heads them."""
        cursor = self.collection.aggregate(days.of_span(span, seen_by))
        found = [self.states.of(row) async for row in cursor]
        return [view for view in found if view.meeting and view.meeting.start < span.until]

    async def queued(self, queued: Queued, seen_by: str) -> Sequence[View]:
        """Return what was submitted for review, whoever waits for longest first, without its long texts."""
        return await self._heads(of_queue(queued), {"find.requested_at": 1, "_id": 1}, seen_by, queued.limit)

    async def _heads(
        self, wanted: Row, order: Row, seen_by: str | None = None, limit: int | None = None
    ) -> Sequence[View]:
        found: list[View] = []
        batches = {"batchSize": limit} if limit else {}
        cursor = self.collection.aggregate([{"$match": wanted}, {"$sort": order}, *HEAD], **batches)
        try:
            async for row in cursor:
                view = self.states.of(row)
                if seen_by is None or sees(seen_by, view):
                    found.append(view)
                if len(found) == limit:
                    break
        finally:
            await cursor.close()
        return found


def _passage(state: View) -> Row | None:
    found = passage(state)
    return {**found.model_dump(), "severity": found.severity.value} if found else None


class MongoCalls:
    """Calls of subscribers that are done with, forgotten after 30 days."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self.collection = database["calls"]
        self.clock = clock

    async def prepare(self) -> None:
        """Create the index that forgets; safe to repeat."""
        await self.collection.create_index("at", name="forget", expireAfterSeconds=CALLS_KEPT_FOR_S)

    async def is_done(self, id: str) -> bool:
        """Say whether a call was taken."""
        return await self.collection.find_one({"_id": id}, {"_id": 1}) is not None

    async def done(self, id: str) -> None:
        """Remember that a call was taken; safe to repeat."""
        await self.collection.update_one({"_id": id}, {"$setOnInsert": {"at": self.clock.now()}}, upsert=True)
