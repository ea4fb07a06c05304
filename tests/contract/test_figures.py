"""Figures of the library, counted by MongoDB: what is not finished, and nothing of what is."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.gateway.ports.figures import Standing
from services.gateway.store import MongoLibrary
from services.gateway.store.figures import MongoFigures
from shared.messaging.documents import Change, Handled
from shared.mongo import connect, database
from tests.helpers.builders import NOW
from tests.helpers.days import REVIEWER, approved, asked, life, published, requested

HOUR = timedelta(hours=1)
DONE = [life(n, requested, asked(REVIEWER), approved, published(NOW), deadline=NOW - HOUR) for n in range(100, 130)]
VIEWS = [
    life(1, deadline=NOW + HOUR),
    life(2, deadline=NOW - HOUR, restricted=True, readers=("reader@example.com",)),
    life(3, requested, asked(REVIEWER), deadline=NOW - HOUR),
    life(4, requested, asked(REVIEWER), deadline=NOW + HOUR),
    life(5, requested, asked(REVIEWER), approved, deadline=NOW + HOUR),
    *DONE,
]


@pytest.fixture
async def library(mongo_url: str, database_name: str) -> MongoLibrary:
    store = MongoLibrary(database(connect(mongo_url), database_name))
    await store.prepare()
    for view in VIEWS:
        handled = Handled(id="1", at=NOW, reply=None)
        await store.write(Change(key=view.id, version=0, state=view, unsaid=[], handled=handled))
    return store


async def test_what_is_not_finished_is_counted_by_status_with_what_is_late(library: MongoLibrary) -> None:
    assert await MongoFigures(library.collection).unfinished(NOW) == {
        "draft": Standing(count=2, late=1, waiting_since=None),
        "in_review": Standing(count=2, late=1, waiting_since=NOW),
        "approved": Standing(count=1, late=0, waiting_since=NOW),
    }


async def test_no_published_postmortem_is_read_for_it(library: MongoLibrary) -> None:
    await library.collection.database.command("profile", 2)
    await MongoFigures(library.collection).unfinished(NOW)
    (told,) = await library.collection.database["system.profile"].find({"command.aggregate": "library"}).to_list(None)
    assert told["docsExamined"] == len(VIEWS) - len(DONE)
