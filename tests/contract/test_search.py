"""One table for searches: the library in memory and the one in MongoDB find and count the same."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from services.gateway.domain.atom import Chosen
from services.gateway.domain.search import Wanted
from services.gateway.domain.spelling import typed as typed_words
from services.gateway.store import MongoLibrary
from shared.contracts.values import Incident
from tests.helpers.builders import NOW
from tests.helpers.searching import ANYBODY, READER, VIEWS, Shelf, a_mongo_library, a_view


@pytest.fixture
async def mongo(mongo_url: str, database_name: str) -> AsyncIterator[MongoLibrary]:
    async with a_mongo_library(mongo_url, database_name) as library:
        yield library


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
