"""MongoDB finds by its indexes what reading every postmortem finds, in bounded time, and after an upgrade too."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.gateway.domain.answer import summary
from services.gateway.domain.highlights import excerpts
from services.gateway.domain.restriction import sees
from services.gateway.domain.search import MADE, Wanted
from services.gateway.domain.view import View
from services.gateway.ports import TooWide
from services.gateway.store import MongoLibrary, searching, vocabulary
from services.gateway.store.filling import GONE
from tests.helpers.builders import NOW
from tests.helpers.searching import (
    ANYBODY,
    FACTORS,
    READER,
    SERVICES,
    TAGS,
    VIEWS,
    Shelf,
    a_mongo_library,
    a_view,
    an_id,
)


@pytest.fixture
async def mongo(mongo_url: str, database_name: str) -> AsyncIterator[MongoLibrary]:
    async with a_mongo_library(mongo_url, database_name) as library:
        yield library


typed = st.lists(
    st.sampled_from(
        ["pool", "cache", "-retry", '"timed out"', '-"timed out"', "title:pool", "nothing", "trouble", "!"]
    ),
    max_size=3,
).map(" ".join)
wishes = st.fixed_dictionaries(
    {"reader": st.sampled_from([ANYBODY, READER])},
    optional={
        "q": typed,
        "status": st.sampled_from(["draft", "published", "skipped"]),
        "timeliness": st.sampled_from(["late", "due_soon", "on_time", "done"]),
        "severity": st.sampled_from(["sev1", "sev2", "sev3"]),
        "service": st.sampled_from(SERVICES),
        "owner": st.sampled_from(["owner@example.com", READER]),
        "tag": st.sampled_from(TAGS),
        "month": st.sampled_from(["2026-03", "2026-04"]),
        "factor": st.sampled_from(FACTORS),
        "after": st.integers(1, 90).map(lambda n: (NOW + timedelta(minutes=n), an_id(n))),
        "limit": st.integers(1, 30),
    },
)


def many_of(strategy: st.SearchStrategy[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return examples to be asked of one library, which takes longer to fill than to ask."""
    seen: list[dict[str, Any]] = []

    @settings(max_examples=200, deadline=None)
    @given(strategy)
    def see(example: dict[str, Any]) -> None:
        seen.append(example)

    see()
    return seen


def shown(views: Sequence[View], wanted: Wanted) -> list[object]:
    """Return what a list shows of views."""
    keys = wanted.query().marked()
    return [
        (summary(view, view.draft, "https://x.example.com", NOW), excerpts(view, view.draft, keys))
        for view in views
        if view.draft
    ]


async def test_the_indexes_find_what_reading_everything_finds(mongo: MongoLibrary) -> None:
    shelf, naive = Shelf(mongo), Shelf(None)
    await shelf.put(*VIEWS)
    await naive.put(*VIEWS)
    for wish in many_of(wishes):
        wanted = Wanted(now=NOW + timedelta(hours=30), **wish)
        assert shown(await mongo.listed(wanted), wanted) == shown(await naive.library.listed(wanted), wanted), wanted
        assert await mongo.facets(wanted) == await naive.library.facets(wanted), wanted


async def test_the_order_of_a_list_is_that_of_its_cursors(mongo: MongoLibrary) -> None:
    shelf = Shelf(mongo)
    await shelf.put(*VIEWS)
    wanted = Wanted(reader=READER, now=NOW, q="trouble", limit=7)
    seen: list[str] = []
    while page := await mongo.listed(wanted):
        assert all(sees(READER, view) for view in page)
        seen += [view.id for view in page]
        last = page[-1]
        assert last.created_at
        wanted = replace(wanted, after=(last.created_at, last.id))
    assert seen == [view.id for view in await mongo.listed(replace(wanted, after=None, limit=100))]
    assert len(set(seen)) == len(seen) > 50


@pytest.mark.parametrize("typed", ["pool", '"timed out"'])
async def test_a_search_that_takes_too_long_is_given_up(
    mongo: MongoLibrary, monkeypatch: pytest.MonkeyPatch, typed: str
) -> None:
    await Shelf(mongo).put(*VIEWS[:3])
    monkeypatch.setattr(searching, "WAIT_S", 1e-6)
    with pytest.raises(TooWide):
        await mongo.listed(Wanted(reader=ANYBODY, now=NOW, q=typed))


async def test_no_more_than_so_many_texts_are_read_for_a_phrase(
    mongo: MongoLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = {"overview": "timed out of it", "impact": "time"}
    await Shelf(mongo).put(*(a_view(n, report=report) for n in range(4)))
    monkeypatch.setattr(searching, "MOST_READ", 3)
    with pytest.raises(TooWide):
        await mongo.listed(Wanted(reader=ANYBODY, now=NOW, q='"time"'))


async def test_texts_are_read_only_where_the_words_of_a_phrase_stand_side_by_side(
    mongo: MongoLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = Shelf(mongo)
    await shelf.put(*(a_view(n, title=f"T{n}", report={"overview": "out, it timed"}) for n in range(5)))
    await shelf.put(a_view(5, title="Timed out"), a_view(6, title="A", report={"overview": "It **timed**\nout."}))
    monkeypatch.setattr(searching, "MOST_READ", 2)
    assert await shelf.numbers(q='"timed out"') == ["A", "Timed out"]
    await mongo.collection.update_many({}, {"$unset": {"find.pairs": ""}})
    monkeypatch.setattr(searching, "MOST_READ", 7)
    assert await shelf.numbers(q='"timed out"') == ["A", "Timed out"]


async def test_the_rarest_key_leads_and_the_index_has_the_order(mongo: MongoLibrary) -> None:
    await Shelf(mongo).put(*VIEWS)
    query = {"find.open": True, "find.keys": "cach", "$nor": [{"find.keys": {"$ne": "pool"}}]}
    plan = await mongo.collection.find(query, sort=[("find.order", -1)], hint=searching.LEADS).explain()
    text = str(plan["queryPlanner"]["winningPlan"])
    assert "'stage': 'SORT'" not in text
    assert '["cach", "cach"]' in text


async def test_what_an_older_version_stored_is_found_after_a_while(mongo: MongoLibrary) -> None:
    shelf = Shelf(mongo)
    await shelf.put(*VIEWS[:25])
    rows = await mongo.collection.find({}, {"_id": 1}).sort("_id", 1).to_list(None)
    fields = dict.fromkeys(("find.made", "find.open", "find.keys", "find.order", "find.facets", "find.pairs"), "")
    await mongo.collection.update_many({"_id": {"$in": [row["_id"] for row in rows[:20]]}}, {"$unset": fields})
    before: dict[str, Any] = {"$set": {"find.made": 1, "find.keys": []}, "$unset": {"find.pairs": ""}}
    await mongo.collection.update_one({"_id": rows[20]["_id"]}, before)
    await mongo.collection.create_index([("find.title", "text"), ("find.text", "text")], name="words")
    await mongo.fill()
    naive = Shelf(None)
    await naive.put(*VIEWS[:25])
    for wish in ({}, {"q": "pool"}, {"q": '"timed out"'}, {"status": "skipped"}):
        assert await shelf.numbers(READER, limit=100, **wish) == await naive.numbers(READER, limit=100, **wish)
    assert not set(GONE) & (await mongo.collection.index_information()).keys()
    assert await mongo.collection.count_documents({"find.made": MADE, "find.pairs": {"$exists": True}}) == 25
    await mongo.fill()


async def test_what_was_written_meanwhile_stays_as_it_is(mongo: MongoLibrary, monkeypatch: pytest.MonkeyPatch) -> None:
    await Shelf(mongo).put(VIEWS[0])
    id = VIEWS[0].id
    await mongo.collection.update_one({"_id": id}, {"$unset": {"find.made": ""}})
    find = mongo.find

    def overtaken(view: View) -> dict[str, Any]:
        newer = {"$set": {"version": 2, "find.title": "newer", "find.made": MADE}}
        mongo.collection.delegate.update_one({"_id": id}, newer)
        return find(view)

    monkeypatch.setattr(mongo, "find", overtaken)
    await mongo.fill()
    row = await mongo.collection.find_one({"_id": id})
    assert row
    assert row["find"]["title"] == "newer"


async def test_words_are_learnt_the_more_seldom_the_more_postmortems_there_are(
    mongo: MongoLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vocabulary, "A_REST_FOR", 2)
    shelf, words = Shelf(mongo), vocabulary.MongoVocabulary(mongo.searching)
    await shelf.put(*(a_view(n) for n in range(1, 5)))
    await words.refresh()
    learnt = words.known
    await shelf.put(a_view(5, title="Kaleidoscope"))
    for _ in range(4 // 2):
        await words.refresh()
        assert words.known is learnt
    await words.refresh()
    assert "kaleidoscope" in {word.casefold() for word in words.known}
