"""Libraries to be searched: many postmortems that share words and facets, in memory and in MongoDB."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from services.gateway.domain.search import Wanted
from services.gateway.domain.view import View, project
from services.gateway.ports import Library
from services.gateway.store import MongoLibrary, MongoVocabulary
from shared.contracts.base import Message, Severity, postmortem_id
from shared.contracts.events import DraftCreated, Published
from shared.contracts.skipping import PostmortemSkipped
from shared.contracts.values import Incident
from shared.messaging.documents import Change, Handled
from shared.mongo import connect, database
from shared.testing import FixedClock, InMemoryDocuments
from tests.helpers.builders import NOW, a_draft
from tests.helpers.library import FakeLibrary, FakeVocabulary

ANYBODY, READER = "anybody@example.com", "reader@example.com"
WORDS = ("pool", "cache", "retry", "timeout", "database", "timed out", "connections")
SERVICES, TAGS = ("checkout", "payments"), ("dns", "retry storm")
FACTORS = ("Retry storm", "No alert")


def an_id(n: int) -> str:
    return postmortem_id("x", str(n))


def a_view(n: int, *more: Message, **fields: Any) -> View:
    """The n-th postmortem, made so many minutes later."""
    view = View(id=an_id(n))
    for count, fact in enumerate((a_draft(DraftCreated, postmortem_id=view.id, **fields), *more)):
        view = project(view, fact, (NOW + timedelta(minutes=n), f"e-{n}-{count}"))
    return view


def published(n: int, **fields: Any) -> Published:
    given = {"postmortem_id": an_id(n), "revision": 1, "content_hash": "x", "published_at": NOW + timedelta(minutes=n)}
    more = {"title": "t", "severity": "sev2", "services": ["checkout"], "report": {}, "lists": [], "recipients": 1}
    return Published.model_validate(given | more | fields)


def mixed(n: int) -> View:
    """One of many postmortems that share words and facets in all ways."""
    words = [word for bit, word in enumerate(WORDS) if (n * 37 + n // 7) >> bit & 1]
    about: dict[str, Any] = {
        "title": f"{WORDS[n % 5].title()} trouble",
        "services": SERVICES[: n % 3],
        "tags": TAGS[n % 3 :],
        "severity": list(Severity)[n % 3],
        "report": {
            "overview": " and ".join(words),
            "contributing_factors": "\n".join(f"- {name}." for name in FACTORS[: n % 3]),
        },
        "restricted": n % 5 == 0,
        "readers": (READER,) if n % 10 == 0 else (),
        "deadline": NOW + timedelta(hours=n),
        "incident": Incident(source="x", external_id=str(n), started_at=NOW + timedelta(days=n % 60), resolved_at=NOW),
    }
    skipped = a_draft(
        PostmortemSkipped,
        postmortem_id=an_id(n),
        toggles=1,
        reason="x",
        skipped_by="a@example.com",
        skipped_at=NOW,
        **about,
    )
    return a_view(n, *([skipped] if n % 11 == 0 else [published(n)] if n % 4 == 0 else []), **about)


VIEWS = [mixed(n) for n in range(1, 91)]


class Shelf:
    """A library with what is put into it, the words of it, and what MongoDB has when it is there."""

    def __init__(self, mongo: MongoLibrary | None) -> None:
        self.documents: InMemoryDocuments[View] = InMemoryDocuments(FixedClock(NOW))
        self.mongo = mongo
        self.library: Library = mongo or FakeLibrary(self.documents)
        self.words = MongoVocabulary(mongo.searching) if mongo else FakeVocabulary(self.documents)

    async def put(self, *views: View) -> None:
        for view in views:
            self.documents.states[view.id] = view
            if self.mongo:
                await self.mongo.write(_change(view))
        if isinstance(self.words, MongoVocabulary):
            await self.words.refresh()

    async def numbers(self, reader: str = ANYBODY, **wanted: Any) -> list[str]:
        """Return the titles of what is found."""
        views = await self.library.listed(Wanted(reader=reader, now=NOW, **wanted))
        return [view.draft.title for view in views if view.draft]


def _change(view: View) -> Change[View]:
    return Change(key=view.id, version=0, state=view, unsaid=[], handled=Handled(id="1", at=NOW, reply=None))


@asynccontextmanager
async def a_mongo_library(url: str, name: str) -> AsyncIterator[MongoLibrary]:
    """Give a library in MongoDB with its indexes, in a database of this name."""
    client = connect(url)
    library = MongoLibrary(database(client, name))
    await library.prepare()
    yield library
    client.close()
