"""One table for searches: MongoDB finds by its indexes what reading every postmortem in memory finds."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.gateway.domain.atom import Chosen
from services.gateway.domain.restriction import sees
from services.gateway.domain.search import Wanted
from services.gateway.domain.spelling import typed as typed_words
from services.gateway.domain.view import View, project
from services.gateway.ports import Library, TooWide
from services.gateway.store import MongoLibrary, MongoVocabulary, searching
from services.gateway.store.filling import GONE
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


@pytest.fixture
async def mongo(mongo_url: str, database_name: str) -> AsyncIterator[MongoLibrary]:
    client = connect(mongo_url)
    library = MongoLibrary(database(client, database_name))
    await library.prepare()
    yield library
    client.close()


@pytest.fixture(params=["memory", "mongodb"])
def shelf(request: pytest.FixtureRequest) -> Shelf:
    return Shelf(request.getfixturevalue("mongo") if request.param == "mongodb" else None)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("pool", ["C", "A"]),
        ("POOLS", ["C", "A"]),
        ("pool connection", ["A"]),
        ('"connection pool"', ["A"]),
        ('"pool connection"', []),
        ("pool -connection", ["C"]),
        ("-pool", ["B"]),
        ('-"connection pool"', ["C", "B"]),
        ("title:a", ["A"]),
        ("title:pool", []),
        ("checkout", ["C", "B", "A"]),
        ("", ["C", "B", "A"]),
        ("?!", ["C", "B", "A"]),
        ("データ", ["B"]),
        ("cafe", ["B"]),
        ("nothing at all", []),
    ],
)
async def test_what_is_typed_finds_what_has_all_of_it(shelf: Shelf, typed: str, found: list[str]) -> None:
    texts = {"A": "The connection pool ran out.", "B": "データベース in a Café", "C": "A pool of connectors"}
    await shelf.put(*(a_view(n, title=title, report={"overview": texts[title]}) for n, title in enumerate(texts, 1)))
    assert await shelf.numbers(q=typed) == found


async def test_a_month_and_a_contributing_factor_narrow_a_search(shelf: Shelf) -> None:
    report = {"contributing_factors": "- **Retry storm**: again."}
    before = Incident(source="x", external_id="1", started_at=NOW - timedelta(days=3))
    await shelf.put(a_view(1, title="A", report=report), a_view(2, title="B", incident=before), a_view(3, title="C"))
    assert await shelf.numbers(month="2026-03") == ["C", "A"]
    assert await shelf.numbers(month="2026-02") == ["B"]
    assert await shelf.numbers(factor="RETRY storm") == ["A"]
    assert await shelf.numbers(factor="storm") == []
    assert await shelf.numbers(factor="retry storm", month="2026-02") == []


async def test_facets_count_what_a_search_finds_for_whom_it_finds_it(shelf: Shelf) -> None:
    await shelf.put(*VIEWS)
    for reader in (ANYBODY, READER):
        facets = await shelf.library.facets(Wanted(reader=reader, now=NOW, q="pool", service="checkout"))
        listed = await shelf.library.listed(Wanted(reader=reader, now=NOW, q="pool", service="checkout", limit=100))
        assert (facets.counted, facets.more) == (len(listed), False)
        assert facets.by["service"]["checkout"] == len(listed)
        for severity, count in facets.by["severity"].items():
            narrowed = {"q": "pool", "service": "checkout", "severity": severity, "limit": 100}
            assert len(await shelf.numbers(reader, **narrowed)) == count
    assert not any(facet.startswith("owner") for facet in facets.by)


async def test_no_more_than_so_many_are_counted(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("services.gateway.store.COUNTED", "tests.helpers.library.COUNTED"):
        monkeypatch.setattr(module, 2)
    await shelf.put(*(a_view(n, services=(f"s{n}",)) for n in (1, 2, 3)))
    facets = await shelf.library.facets(Wanted(reader=ANYBODY, now=NOW))
    assert (facets.counted, facets.more, facets.by["service"]) == (2, True, {"s2": 1, "s3": 1})


async def test_a_word_that_nobody_has_gets_one_that_people_have(shelf: Shelf) -> None:
    await shelf.put(
        a_view(1, report={"overview": "All Connections were lost."}),
        a_view(2, report={"overview": "The secretproject failed."}, restricted=True, readers=(READER,)),
    )
    for wrong in ("conection", "Conectoins", "connectionss"):
        (better,) = (await shelf.words.better(typed_words(f"{wrong} checkout qqqqqqqq x1"))).values()
        assert better == "connections"
    assert await shelf.words.better(typed_words("secretprojekt")) == {}


async def test_publications_are_found_by_their_text(shelf: Shelf) -> None:
    await shelf.put(*VIEWS)

    async def ids(chosen: Chosen, reader: str = ANYBODY, limit: int = 100) -> list[str]:
        return [view.id for view in await shelf.library.published(chosen, reader, limit)]

    everything = await ids(Chosen())
    assert set(everything) < set(await ids(Chosen(q="trouble"), READER))
    for chosen in (Chosen(q="pool"), Chosen(q='"timed out"'), Chosen(month="2026-03"), Chosen(factor="retry storm")):
        found = await ids(chosen)
        assert found == [id for id in everything if id in set(found)]
        assert await ids(chosen, limit=2) == found[:2]
        assert 0 < len(found) < len(everything)


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


async def test_the_indexes_find_what_reading_everything_finds(mongo: MongoLibrary) -> None:
    shelf, naive = Shelf(mongo), Shelf(None)
    await shelf.put(*VIEWS)
    await naive.put(*VIEWS)
    for wish in many_of(wishes):
        wanted = Wanted(now=NOW + timedelta(hours=30), **wish)
        found = [view.id for view in await mongo.listed(wanted)]
        assert found == [view.id for view in await naive.library.listed(wanted)], wanted
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
    await Shelf(mongo).put(*(a_view(n, report={"overview": "out, it timed"}) for n in range(4)))
    monkeypatch.setattr(searching, "MOST_READ", 3)
    with pytest.raises(TooWide):
        await mongo.listed(Wanted(reader=ANYBODY, now=NOW, q='"timed out"'))


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
    fields = dict.fromkeys(("find.made", "find.open", "find.keys", "find.order", "find.facets"), "")
    await mongo.collection.update_many({"_id": {"$in": [row["_id"] for row in rows[:20]]}}, {"$unset": fields})
    await mongo.collection.update_one({"_id": rows[20]["_id"]}, {"$set": {"find.made": 0, "find.keys": []}})
    await mongo.collection.create_index([("find.title", "text"), ("find.text", "text")], name="words")
    await mongo.fill()
    naive = Shelf(None)
    await naive.put(*VIEWS[:25])
    for wish in ({}, {"q": "pool"}, {"status": "skipped"}):
        assert await shelf.numbers(READER, limit=100, **wish) == await naive.numbers(READER, limit=100, **wish)
    assert not set(GONE) & (await mongo.collection.index_information()).keys()
    assert await mongo.collection.count_documents({"find.made": {"$ne": 1}}) == 0
    await mongo.fill()


async def test_what_was_written_meanwhile_stays_as_it_is(mongo: MongoLibrary, monkeypatch: pytest.MonkeyPatch) -> None:
    await Shelf(mongo).put(VIEWS[0])
    id = VIEWS[0].id
    await mongo.collection.update_one({"_id": id}, {"$unset": {"find.made": ""}})
    find = mongo.find

    def overtaken(view: View) -> dict[str, Any]:
        newer = {"$set": {"version": 2, "find.title": "newer", "find.made": 1}}
        mongo.collection.delegate.update_one({"_id": id}, newer)
        return find(view)

    monkeypatch.setattr(mongo, "find", overtaken)
    await mongo.fill()
    row = await mongo.collection.find_one({"_id": id})
    assert row
    assert row["find"]["title"] == "newer"
