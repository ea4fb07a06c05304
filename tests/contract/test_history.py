"""One table for what keeps revisions: in memory and in MongoDB alike."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import permutations

import pytest

from services.gateway.domain.history import Revision, revision_of
from services.gateway.ports import History
from services.gateway.store import MongoHistory
from shared.contracts.events import DraftRevised
from shared.mongo import connect, database
from tests.helpers.builders import NOW, PM, a_draft
from tests.helpers.fakes import FakeHistory

OTHER = "11111111-1111-5111-8111-111111111111"


@pytest.fixture(params=["memory", "mongodb"])
async def history(request: pytest.FixtureRequest) -> AsyncIterator[History]:
    if request.param == "memory":
        yield FakeHistory()
        return
    client = connect(request.getfixturevalue("mongo_url"))
    store = MongoHistory(database(client, request.getfixturevalue("database_name")))
    await store.prepare()
    yield store
    client.close()


def a_revision(number: int, id: str = PM, said_after_s: int = 0) -> Revision:
    at = NOW + timedelta(seconds=said_after_s)
    fact = a_draft(
        DraftRevised,
        postmortem_id=id,
        revision=number,
        status="draft",
        revised_at=at,
        revised_by="a@example.com",
        note=f"said after {said_after_s}",
    )
    return revision_of(fact, (at, f"e-{said_after_s}"))


async def test_revisions_come_newest_first_and_only_of_one_postmortem(history: History) -> None:
    for each in (a_revision(2), a_revision(1), a_revision(10), a_revision(3, OTHER)):
        await history.keep(each)

    assert [each.number for each in await history.revisions(PM, None, 10)] == [10, 2, 1]
    assert [each.number for each in await history.revisions(PM, 10, 1)] == [2]


async def test_a_revision_is_found_as_it_was_kept(history: History) -> None:
    await history.keep(a_revision(1))

    assert await history.revision(PM, 1) == a_revision(1)
    assert await history.revision(PM, 2) is None


async def test_of_several_facts_about_a_revision_the_first_said_stays_whatever_their_order(history: History) -> None:
    for number, order in enumerate(permutations((0, 1, 2)), start=1):
        for after in order:
            await history.keep(a_revision(number, said_after_s=after))
        kept = await history.revision(PM, number)
        assert kept
        assert kept.note == "said after 0"
