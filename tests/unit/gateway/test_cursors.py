"""Lists in pages: what comes in meanwhile moves nothing, and only our own cursors are taken."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.domain.cursor import Cursors, NotACursor
from services.gateway.domain.view import View, project
from shared.contracts.base import Severity, postmortem_id
from shared.contracts.events import DraftCreated
from tests.helpers.builders import NOW, a_draft
from tests.helpers.front_door import Door, is_problem

CURSORS = Cursors("a secret that nobody else has, so far")
AFTER = (NOW, postmortem_id("x", "y"))
LIST = "/v1/postmortems"


def a_view(n: int, **fields: Any) -> View:
    id = postmortem_id("x", str(n))
    draft = a_draft(DraftCreated, postmortem_id=id, **fields)
    return project(View(id=id), draft, (NOW + timedelta(seconds=n), f"e-{n}"))


def filled(numbers: range) -> Door:
    views = [a_view(n, tags=("ä",)) for n in numbers]
    return Door(views={view.id: view for view in views})


def ids(answer: Any) -> list[str]:
    return [item["id"] for item in answer.json()["items"]]


def test_a_cursor_leads_back_to_where_it_was_made() -> None:
    for filters in ({}, {"q": "ä \0", "status": None}):
        assert CURSORS.open(CURSORS.seal(AFTER, filters), filters) == AFTER


def test_a_filter_that_is_left_out_is_no_filter() -> None:
    assert CURSORS.open(CURSORS.seal(AFTER, {"q": None}), {}) == AFTER


@given(st.text())
def test_what_was_not_made_here_is_no_cursor(text: str) -> None:
    with pytest.raises(NotACursor, match="not a cursor of this API"):
        CURSORS.open(text, {})


@given(st.integers(0, 200), st.integers(1, 255))
def test_a_cursor_with_any_byte_changed_is_no_cursor(at: int, by: int) -> None:
    good = CURSORS.seal(AFTER, {}).encode()
    bad = bytearray(good)
    bad[at % len(good)] ^= by
    with pytest.raises(NotACursor):
        CURSORS.open(bad.decode("latin-1"), {})


def test_a_cursor_of_another_installation_is_no_cursor() -> None:
    with pytest.raises(NotACursor):
        CURSORS.open(Cursors("another secret, as long as the first").seal(AFTER, {}), {})


def test_the_secret_is_not_in_what_is_logged() -> None:
    assert "secret" not in repr(CURSORS)


async def test_pages_together_are_the_list_and_what_comes_in_meanwhile_moves_nothing() -> None:
    door, seen = filled(range(5)), []
    whole = ids(await door.send("GET", LIST))
    path = f"{LIST}?limit=2"
    for n in (10, 11, 12):
        answer = await door.send("GET", path)
        seen += ids(answer)
        new = a_view(n)
        door.views[new.id] = new
        path = f"{LIST}?limit=2&cursor={answer.json()['next_cursor']}"
    assert seen == whole
    assert answer.json()["next_cursor"] is None
    assert "Link" not in answer.headers


async def test_the_link_header_is_the_next_page_with_the_same_filters() -> None:
    door = filled(range(3))
    first = await door.send("GET", f"{LIST}?limit=2&severity=sev2&tag=%C3%A4")
    link, relation = first.headers["Link"].split("; ")
    url = urlsplit(link.strip("<>"))
    assert (relation, url.netloc, url.path) == ('rel="next"', "afterword.example.com", LIST)
    second = await door.send("GET", f"{url.path}?{url.query}")
    assert second.status_code == 200
    assert len(ids(second)) == 1
    assert not set(ids(first)) & set(ids(second))


async def test_a_cursor_is_good_for_the_list_that_it_was_made_in() -> None:
    door = filled(range(3))
    cursor = (await door.send("GET", f"{LIST}?limit=2&severity=sev2")).json()["next_cursor"]
    for other in ("", "&severity=sev1", "&severity=sev2&q=x"):
        answer = await door.send("GET", f"{LIST}?cursor={cursor}{other}")
        assert is_problem(answer, 422, "invalid-field", "cursor")
        assert "other filters" in answer.json()["detail"]


@pytest.mark.parametrize("cursor", ["", "%C3%A4", "WyIyMDI2LTAzLTAyVDEyOjAwOjAwKzAwOjAwIiwgIngiXQ==", "x" * 5000])
async def test_a_forged_cursor_is_named(cursor: str) -> None:
    answer = await filled(range(1)).send("GET", f"{LIST}?cursor={cursor}")
    assert is_problem(answer, 422, "invalid-field", "cursor")


async def test_a_list_is_filtered_and_a_wrong_filter_named() -> None:
    low = a_view(1, severity=Severity.SEV5)
    door = Door(views={low.id: low, a_view(2).id: a_view(2)})
    assert ids(await door.send("GET", f"{LIST}?severity=sev5")) == [low.id]
    for wrong, field in (
        ("severity=x", "severity"),
        ("status=x", "status"),
        ("limit=0", "limit"),
        ("limit=x", "limit"),
    ):
        assert is_problem(await door.send("GET", f"{LIST}?{wrong}"), 422, "invalid-field", field)
