"""A library in memory: the same answers as the one in MongoDB, held to them by the contract tests."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime

from pymongo.errors import AutoReconnect

from services.gateway.domain.atom import Chosen
from services.gateway.domain.community import Part, parts
from services.gateway.domain.cursor import Position
from services.gateway.domain.followed import Followed
from services.gateway.domain.insights import Passage, passage
from services.gateway.domain.pages.related import Neighbour, near, neighbour_of
from services.gateway.domain.pages.waiting import UNFINISHED, is_attending
from services.gateway.domain.restriction import sees
from services.gateway.domain.search import Wanted, counts, facets_of, is_found, matches, texts
from services.gateway.domain.spelling import nearest, spelt, words_in
from services.gateway.domain.view import View
from services.gateway.domain.witness import Witness
from services.gateway.domain.words import key_of, keys_of
from services.gateway.ports import ListedItem, Queued, TooWide, WantedItems
from services.gateway.ports.days import Span
from services.gateway.ports.searching import COUNTED, Facets
from shared.contracts.action_items import ItemState
from shared.testing import InMemoryDocuments


class FakeLibrary:
    """A library over documents in memory; `down` makes it raise what the driver of the real one raises.

    `too_wide` makes every search take too long.
    """

    def __init__(self, documents: InMemoryDocuments[View]) -> None:
        self.documents = documents
        self.down = self.too_wide = False

    async def seen_by(self, reader: str, key: str) -> View | None:
        if self.down:
            raise AutoReconnect("connection closed")
        view = self.documents.states.get(key)
        return view if view and sees(reader, view) else None

    async def listed(self, wanted: Wanted) -> Sequence[View]:
        newest = self._matching(wanted)
        return [view for at, view in newest if wanted.after is None or at < wanted.after][: wanted.limit]

    async def facets(self, wanted: Wanted) -> Facets:
        found = [view for _, view in self._matching(wanted)]
        newest = found[:COUNTED]
        by = counts(facets_of(view, view.draft) for view in newest if view.draft)
        return Facets(counted=len(newest), more=len(found) > COUNTED, by=by)

    def _matching(self, wanted: Wanted) -> list[tuple[Position, View]]:
        if self.too_wide:
            raise TooWide
        found = [
            ((view.created_at, view.id), view)
            for view in self.documents.states.values()
            if view.draft and view.created_at and matches(view, view.draft, wanted)
        ]
        return sorted(found, key=lambda each: each[0], reverse=True)

    async def passages(
        self, reader: str, since: datetime, until: datetime, severity: str | None, service: str | None
    ) -> Sequence[Passage]:
        seen = (view for view in self.documents.states.values() if sees(reader, view))
        found = [each for view in seen if (each := passage(view))]
        return [
            each
            for each in found
            if since <= each.resolved < until
            and severity in (None, each.severity)
            and (service is None or service in each.services)
        ]

    async def parts(self, reader: str, since: datetime) -> Sequence[Part]:
        seen = (view for view in self.documents.states.values() if sees(reader, view))
        return [part for view in seen for part in parts(view) if part.asked_at >= since]

    async def items(self, wanted: WantedItems) -> Sequence[ListedItem]:
        found = [
            ListedItem(
                postmortem_id=view.id,
                title=view.draft.title,
                severity=view.draft.severity,
                services=view.draft.services,
                incident=view.incident or view.draft.incident,
                item=item,
            )
            for view in self.documents.states.values()
            if view.draft and sees(wanted.reader, view)
            for item in view.action_items
        ]
        ordered = sorted(found, key=lambda each: (each.item.due, each.item.id))
        return [each for each in ordered if _is_wanted_item(each, wanted)][: wanted.limit]

    async def related(self, own: Neighbour, reader: str, limit: int) -> Sequence[Neighbour]:
        seen = (view for view in self.documents.states.values() if view.id != own.id and sees(reader, view))
        found = [each for view in seen if (each := neighbour_of(view)) and each.created_at and each.status != "skipped"]
        newest = sorted(found, key=lambda each: (each.created_at, each.id), reverse=True)
        sharing = [[each for each in newest if set(keys) & {*sum(near(each), ())}][:limit] for keys in near(own)]
        return list({each.id: each for group in sharing for each in group}.values())

    async def followed(
        self, reader: str, since: datetime, severity: str | None, service: str | None
    ) -> Sequence[Followed]:
        return [
            item
            for view in self.documents.states.values()
            if (draft := view.draft) and sees(reader, view)
            if severity in (None, draft.severity) and (service is None or service in draft.services)
            for item in map(Followed.of, view.action_items)
            if item.was_open_since(since)
        ]

    async def has_heard(self, key: str, ids: Collection[str]) -> bool:
        return True

    @contextmanager
    def witnessing(self, key: str) -> Iterator[Witness]:
        self.witness = Witness()
        yield self.witness

    async def until_heard(self, key: str, ids: Collection[str]) -> None:
        """Everything is there at once."""

    async def heads(self, keys: Collection[str]) -> Mapping[str, View]:
        if self.down:
            raise AutoReconnect("connection closed")
        return {id: view for id, view in self.documents.states.items() if id in keys and view.draft}

    async def published(self, chosen: Chosen, seen_by: str, limit: int) -> Sequence[View]:
        found = [
            (view.publication.published_at, view.id, view)
            for view in self.documents.states.values()
            if view.publication
            and _is_searched(view, chosen)
            and chosen.service in (None, *view.publication.services)
            and chosen.severity in (None, view.publication.severity)
        ]
        newest = sorted(found, key=lambda each: each[:2], reverse=True)
        return [view for *_, view in newest if sees(seen_by, view)][:limit]

    async def meetings(self, since: datetime, seen_by: str) -> Sequence[View]:
        found = [(view.meeting.end, view.id, view) for view in self.documents.states.values() if view.meeting]
        soonest = sorted(found, key=lambda each: each[:2])
        return [view for end, _, view in soonest if end > since and sees(seen_by, view)]

    async def unfinished(self, owner: str, limit: int) -> Sequence[View]:
        found = [
            (view.draft.deadline, view.id, view)
            for view in self.documents.states.values()
            if view.draft and view.draft.owner.email == owner and view.status() in UNFINISHED
        ]
        return [view for *_, view in sorted(found, key=lambda each: each[:2])][:limit]

    async def meetings_between(self, span: Span, seen_by: str) -> Sequence[View]:
        found = [(view, view.meeting) for view in await self.meetings(span.since, seen_by) if view.meeting]
        return [
            view
            for view, meeting in found
            if meeting.start < span.until and (span.attendee is None or is_attending(meeting, span.attendee))
        ][: span.limit]

    async def queued(self, queued: Queued, seen_by: str) -> Sequence[View]:
        found = [
            ((view.review.requested_at, view.id), view)
            for view in self.documents.states.values()
            if view.review.requested_at and view.status() == queued.state and sees(seen_by, view)
        ]
        asked = [
            (at, view)
            for at, view in sorted(found, key=lambda each: each[0])
            if queued.reviewer in (None, *(reviewer.email for reviewer in view.review.reviewers))
        ]
        return [view for at, view in asked if queued.after is None or at > queued.after][: queued.limit]


class FakeVocabulary:
    """The words of the open documents in memory, all of them."""

    def __init__(self, documents: InMemoryDocuments[View]) -> None:
        self.documents = documents

    async def better(self, words: Mapping[str, str]) -> Mapping[str, str]:
        opened = [view for view in self.documents.states.values() if view.draft and not view.draft.restricted]
        written = [text for view in opened if view.draft for text in (*texts(view, view.draft), *view.draft.services)]
        known, keys = sorted(words_in(written)), keys_of(written)
        near = {key: nearest(word, known) for key, word in words.items() if key not in keys}
        return {key: spelt(key_of(found[0][0]), written) or "" for key, found in near.items() if found}


def _is_searched(view: View, chosen: Chosen) -> bool:
    """Say whether a publication has the words and facets of a feed."""
    return view.draft is not None and is_found(view, view.draft, chosen.query(), chosen.facets())


def _is_wanted_item(found: ListedItem, wanted: WantedItems) -> bool:
    """Say whether an action item is asked for, by everything but who asks."""
    item = found.item
    is_overdue = item.due < wanted.now and item.state in (ItemState.OPEN, ItemState.IN_PROGRESS)
    return (
        wanted.owner in (None, item.owner.email)
        and wanted.state in (None, item.state)
        and wanted.overdue in (None, is_overdue)
        and wanted.severity in (None, found.severity)
        and (wanted.service is None or wanted.service in found.services)
        and (wanted.after is None or (item.due, item.id) > wanted.after)
    )
