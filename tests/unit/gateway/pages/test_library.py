"""The library's page: what is found and where, how to narrow it, and what to do when nothing is."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from services.gateway.domain.view import View, project
from shared.contracts.base import postmortem_id
from shared.contracts.events import DraftCreated, Published
from tests.helpers.builders import NOW, a_draft
from tests.helpers.front_door import Door
from tests.helpers.pages import Browser, Page

TEXTS = ("The connections ran out.", "A cache was cold.", "Retries filled the connection pool.")
RESULTS = "//ol[@class='things']/li"


def a_view(n: int, **fields: Any) -> View:
    text = TEXTS[n % 3]
    report = {"overview": text, "contributing_factors": f"- **{text.split()[0]}**: x\n"}
    about = {"report": report, "title": f"Number {n}", "tags": ("dns",)[: n % 2]}
    draft = a_draft(DraftCreated, postmortem_id=postmortem_id("x", str(n)), **(about | fields))
    return project(None, draft, (NOW, f"e-{n}"))


def a_door(*views: View) -> Door:
    return Door(views={view.id: view for view in views or map(a_view, range(3))})


async def look(door: Door, path: str = "/library") -> Page:
    async with Browser(door) as browser:
        return await browser.open(path)


async def test_the_library_shows_all_with_facets_that_narrow_it() -> None:
    page = await look(a_door())
    assert page.status == 200
    assert page.text("//*[@id='total']") == "3 postmortems, the newest first."
    assert len(page.all(RESULTS)) == 3
    assert {"/library?severity=sev2", "/library?tag=dns", "/library?factor=retries"} <= set(page.links())
    assert "/library?month=2026-03" in page.links()


async def test_passages_are_marked_and_what_they_say_is_text() -> None:
    evil = a_view(0, title="<script>alert(1)</script> connection", report={"overview": "<img onerror=x> connections"})
    page = await look(a_door(evil), "/library?q=connection")
    assert [mark.text for mark in page.all("//main//mark")] == ["connection", "connections"]
    assert "<script>alert(1)</script> connection" in page.text(RESULTS)
    assert not page.all("//main//script | //main//img[not(@alt)] | //*[@onerror]")


async def test_filters_are_chips_that_are_taken_off_one_by_one_and_go_with_the_next_search() -> None:
    page = await look(a_door(), "/library?q=connection&severity=sev2&service=checkout&factor=retries")
    assert len(page.all(RESULTS)) == 1
    chips = {chip.text_content().split(": ")[1]: chip.get("href") for chip in page.all("//a[@class='chip']")}
    assert set(chips) == {"Severity", "Service", "Contributing factor"}
    assert chips["Service"] == "/library?q=connection&severity=sev2&factor=retries"
    assert page.form("/library") == {"q": "connection", "severity": "sev2", "service": "checkout", "factor": "retries"}
    assert "/library?q=connection" in page.links()


async def test_a_search_that_finds_nothing_says_what_else_to_do() -> None:
    page = await look(a_door(), "/library?q=conection&tag=dns")
    assert page.text("//*[@id='total']") == "No postmortem for “conection”."
    assert page.all("//p[@class='note']/a/@href") == ["/library?q=connections&tag=dns"]
    assert {"/library", "/library?q=conection"} <= set(page.links())
    empty = await look(Door())
    assert "There is no postmortem yet" in empty.text()


async def test_older_ones_are_on_the_next_page() -> None:
    door = a_door(*map(a_view, range(25)))
    page = await look(door, "/library?severity=sev2")
    (older,) = page.all("//a[@rel='next']/@href")
    assert len(page.all(RESULTS)) == 20
    rest = await look(door, older)
    assert len(rest.all(RESULTS)) == 5
    assert rest.all("//nav[@aria-label='Pages']/a/@href") == ["/library?severity=sev2"]
    assert "cursor" not in rest.form("/library")


@pytest.mark.parametrize("cursor", ["x", "q83vEjRWeJASNFZ4kBI0Vlsi", "%00"])
async def test_a_cursor_that_is_good_no_more_leads_to_the_beginning(cursor: str) -> None:
    page = await look(a_door(), f"/library?q=cache&cursor={cursor}")
    assert page.status == 422
    assert "Begin this search anew" in page.text()
    assert "/library?q=cache" in page.links()


@pytest.mark.parametrize("query", ["q=" + "x" * 10_000, "month=March", "severity=sev9", "status=x", "timeliness=%00"])
async def test_a_broken_search_is_a_page_that_says_what_to_do(query: str) -> None:
    page = await look(a_door(), f"/library?{query}")
    assert page.status == 422
    (trouble,) = page.all("//*[@role='alert']")
    assert query.partition("=")[0] in trouble.text_content()
    assert "Change the search above" in page.text()
    assert not page.all(RESULTS)


@pytest.mark.parametrize(
    "query", ["q=", "q=%22", "q=%00", "q=%F0%9F%94%A5", "q=%E2%80%AE&tag=", "q=-", "limit=9&x=1", "q=%FF"]
)
async def test_signs_alone_and_unknown_fields_narrow_nothing(query: str) -> None:
    page = await look(a_door(), f"/library?{query}")
    assert page.status == 200


async def test_a_search_that_takes_too_long_is_said_above_the_results() -> None:
    door = a_door()
    door.library.too_wide = True
    page = await look(door, "/library?q=pool")
    assert page.status == 422
    assert "add a word or a filter" in page.text("//*[@role='alert']")


async def test_what_is_restricted_is_neither_shown_nor_counted() -> None:
    closed = a_view(1, restricted=True, access=1)
    page = await look(a_door(a_view(0), closed))
    assert page.text("//*[@id='total']") == "1 postmortem, the newest first."
    assert "/library?tag=dns" not in page.links()


def published(view: View) -> View:
    fact = Published.model_validate(
        {"postmortem_id": view.id, "revision": 1, "content_hash": "x", "published_at": NOW, "title": "t", "lists": []}
        | {"severity": "sev2", "services": ["checkout"], "report": {"overview": "x"}, "recipients": 1}
    )
    return project(view, fact, (NOW, f"p-{view.id}"))


async def test_a_search_is_subscribed_to_with_an_address_of_ones_own() -> None:
    door = a_door(*(published(a_view(n)) for n in range(3)))
    async with Browser(door) as browser:
        found = await browser.open("/library?q=connection&factor=retries&status=published")
        (link,) = [href for href in found.links() if href.startswith("/library/feed")]
        page = await browser.open(link)
    (feed,) = page.all("//input[@id='feed']/@value")
    asked = parse_qs(urlsplit(feed).query)
    assert {name: values for name, values in asked.items() if name != "token"} == {
        "q": ["connection"],
        "factor": ["retries"],
    }
    parts = urlsplit(feed)
    answer = await door.send("GET", f"{parts.path}?{parts.query}", role=None)
    assert answer.status_code == 200
    assert answer.text.count("<entry>") == 1
    broken = await look(door, "/library/feed?month=x")
    assert broken.status == 422


async def test_who_is_not_signed_in_is_led_there_and_back() -> None:
    async with Browser(a_door(), None) as browser:
        page = await browser.open("/library?q=pool")
    assert (page.status, page.answer.headers["location"]) == (303, "/sign-in?next=%2Flibrary%3Fq%3Dpool")
