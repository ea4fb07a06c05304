"""Through the door people find postmortems by words and facets, and are told what to do when they do not."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from services.gateway.domain.answers.searching import FacetPage, PostmortemPage
from services.gateway.domain.view import View, project
from shared.contracts.base import postmortem_id
from shared.contracts.events import DraftCreated, Published
from tests.helpers.builders import NOW, a_draft
from tests.helpers.front_door import Door, is_problem

LIST, FACETS, FEED = "/v1/postmortems", "/v1/facets", "/feed.atom"
TEXTS = ("The connections ran out.", "A cache was cold.", "Retries filled the connection pool.")
FACTORS = {"contributing_factors": "- **Retry storm**: again and again.\n"}


def a_view(n: int, **fields: Any) -> View:
    about = {"report": {"overview": TEXTS[n % 3], **(FACTORS if n == 2 else {})}, "title": f"Number {n}"}
    draft = a_draft(DraftCreated, postmortem_id=postmortem_id("x", str(n)), **(about | fields))
    return project(None, draft, (NOW, f"e-{n}"))


def published(view: View) -> View:
    fact = Published.model_validate(
        {"postmortem_id": view.id, "revision": 1, "content_hash": "x", "published_at": NOW, "title": "t", "lists": []}
        | {"severity": "sev2", "services": ["checkout"], "report": {"overview": "x"}, "recipients": 1}
    )
    return project(view, fact, (NOW, f"p-{view.id}"))


@pytest.fixture
def door() -> Door:
    return Door(views={view.id: view for view in map(a_view, range(3))})


async def asked(door: Door, path: str, **query: str) -> Any:
    answer = await door.send("GET", path, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_what_is_found_shows_where(door: Door) -> None:
    page = PostmortemPage.model_validate(await asked(door, LIST, q="connection"))
    found = {item.title: item.highlights for item in page.items}
    assert found.keys() == {"Number 0", "Number 2"}
    (highlight,) = found["Number 0"]
    assert (highlight.section, highlight.heading) == ("overview", "Overview")
    assert [piece.text for piece in highlight.pieces if piece.marked] == ["connections"]
    assert page.did_you_mean is None


async def test_without_words_nothing_is_marked(door: Door) -> None:
    page = await asked(door, LIST)
    assert [item["highlights"] for item in page["items"]] == [[], [], []]


async def test_a_word_that_nobody_has_gets_another_search(door: Door) -> None:
    page = await asked(door, LIST, q="Conection -cache")
    assert (page["items"], page["did_you_mean"]) == ([], "connections -cache")
    assert (await asked(door, LIST, q="zzzzzzzz"))["did_you_mean"] is None


async def test_the_words_of_what_is_restricted_are_suggested_to_nobody(door: Door) -> None:
    for n in (0, 2):
        view = a_view(n, restricted=True, readers=("engineer@example.com",), access=1)
        door.views[view.id] = view
    assert (await asked(door, LIST, q="conection"))["did_you_mean"] is None
    assert len((await asked(door, LIST, q="connection"))["items"]) == 2


async def test_facets_tell_how_a_search_can_be_narrowed(door: Door) -> None:
    facets = FacetPage.model_validate(await asked(door, FACETS, q="connection"))
    assert (facets.counted, facets.more) == (2, False)
    assert [(each.value, each.count) for each in facets.factor] == [("retry storm", 1)]
    assert [(each.value, each.count) for each in facets.month] == [("2026-03", 2)]
    assert [(each.value, each.count) for each in facets.service] == [("checkout", 2)]
    (found,) = (await asked(door, LIST, q="connection", factor=facets.factor[0].value))["items"]
    assert found["title"] == "Number 2"


async def test_facets_of_what_is_restricted_are_told_to_whom_it_names(door: Door) -> None:
    view = a_view(1, restricted=True, tags=("quiet",), access=1)
    door.views[view.id] = view
    assert (await asked(door, FACETS))["tag"] == []
    answer = await door.send("GET", FACETS, role="engineer", params={"tag": "quiet"})
    assert answer.json()["counted"] == 0


@pytest.mark.parametrize("month", ["2026-3", "2026-13", "March", "2026-03-01", ""])
async def test_a_month_is_a_year_and_a_number(door: Door, month: str) -> None:
    for path in (LIST, FACETS, FEED):
        answer = await door.send("GET", path, params={"month": month})
        assert is_problem(answer, 422, "invalid-field", "month")


@pytest.mark.parametrize("typed", ["!!!", '"', '""', "-", "\x00", "—", "\u202e", "🔥", "((", "*", "$where", "title:"])
async def test_signs_alone_narrow_nothing_or_find_nothing(door: Door, typed: str) -> None:
    for path in (LIST, FACETS):
        assert (await door.send("GET", f"{path}?q={quote(typed)}")).status_code == 200
    if typed not in {"$where", "title:"}:
        assert len((await asked(door, LIST, q=typed))["items"]) == 3


async def test_ten_thousand_letters_are_no_search(door: Door) -> None:
    for path in (LIST, FACETS, FEED):
        assert is_problem(await door.send("GET", path, params={"q": "x" * 10_000}), 422, "invalid-field", "q")


async def test_a_search_that_takes_too_long_says_what_to_do(door: Door) -> None:
    door.library.too_wide = True
    for path in (LIST, FACETS):
        answer = await door.send("GET", path, params={"q": "x"})
        assert is_problem(answer, 422, "search-too-wide", "q")
        assert "add a word or a filter" in answer.json()["detail"]


async def test_a_cursor_goes_with_its_search(door: Door) -> None:
    page = await asked(door, LIST, q="connection", limit="1")
    assert len(page["items"]) == 1
    last = await asked(door, LIST, q="connection", limit="1", cursor=page["next_cursor"])
    assert (len(last["items"]), last["next_cursor"]) == (1, None)
    answer = await door.send("GET", LIST, params={"q": "cache", "cursor": page["next_cursor"]})
    assert is_problem(answer, 422, "invalid-field", "cursor")
    answer = await door.send("GET", LIST, params={"month": "2026-03", "limit": "1"})
    assert "month=2026-03" in answer.headers["Link"]


async def test_a_search_is_subscribed_to_as_a_feed(door: Door) -> None:
    for view in list(door.views.values()):
        door.views[view.id] = published(view)
    texts = {}
    for query in ("", "?q=connection", "?factor=retry+storm", "?tag=x", "?month=2026-03&owner=owner@example.com"):
        answer = await door.send("GET", f"{FEED}{query}")
        assert answer.status_code == 200
        texts[query] = answer.text
    assert [text.count("<entry>") for text in texts.values()] == [3, 2, 1, 0, 3]
    assert len({text.partition("<id>")[2].partition("</id>")[0] for text in texts.values()}) == len(texts)
    assert 'href="https://afterword.example.com/feed.atom?q=connection"' in texts["?q=connection"]
