"""The Atom feed: each publication is an entry that keeps its id, a correction updates it, and its text does nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.domain.atom import Chosen, atom
from services.gateway.domain.view import View, project
from shared.contracts.base import Message, postmortem_id
from shared.contracts.events import DraftCreated, DraftRevised, Published
from tests.helpers.builders import NOW, PM, a_draft
from tests.helpers.front_door import Door

PATH = "/feed.atom"
ATOM = {"a": "http://www.w3.org/2005/Atom"}
URL = "https://afterword.example.com"
HOUR = timedelta(hours=1)


def published(id: str = PM, revision: int = 1, **fields: Any) -> Published:
    given: dict[str, Any] = {
        "postmortem_id": id,
        "revision": revision,
        "content_hash": "x",
        "published_at": NOW,
        "title": "Checkout answered slowly",
        "severity": "sev2",
        "services": ["checkout"],
        "report": {"overview": "It was **slow**.", "what_happened": "Much."},
        "lists": [],
        "recipients": 1,
    }
    return Published.model_validate(given | fields)


def a_view(id: str, *facts: Message) -> View:
    view = View(id=id)
    for n, fact in enumerate((a_draft(DraftCreated, postmortem_id=id, tags=("database",)), *facts)):
        view = project(view, fact, (NOW + n * timedelta(minutes=1), f"e-{n}"))
    return view


def a_door(*views: View) -> Door:
    return Door(views={view.id: view for view in views})


async def read(door: Door, path: str = PATH, **how: Any) -> ET.Element:
    answer = await door.send("GET", path, **how)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].partition(";")[0] == "application/atom+xml"
    return ET.fromstring(answer.content)  # noqa: S314 - ours


def text(element: ET.Element, path: str) -> str | None:
    return element.findtext(path, namespaces=ATOM)


def entries(feed: ET.Element) -> list[str | None]:
    return [text(entry, "a:id") for entry in feed.findall("a:entry", ATOM)]


async def test_a_publication_is_an_entry_with_all_that_a_feed_needs() -> None:
    feed = await read(a_door(a_view(PM, published())))
    (entry,) = feed.findall("a:entry", ATOM)
    assert text(entry, "a:id") == f"urn:uuid:{PM}"
    assert text(entry, "a:title") == "Checkout answered slowly"
    assert (
        text(entry, "a:published") == text(entry, "a:updated") == text(feed, "a:updated") == "2026-03-02T12:00:00+00:00"
    )
    assert text(entry, "a:summary") == "<p>It was <strong>slow</strong>.</p>\n"
    assert {(c.get("scheme"), c.get("term")) for c in entry.findall("a:category", ATOM)} == {
        (f"{URL}/categories/severity", "sev2"),
        (f"{URL}/categories/service", "checkout"),
        (f"{URL}/categories/tag", "database"),
    }
    link = entry.find("a:link", ATOM)
    assert link is not None
    assert link.get("href") == f"{URL}/postmortems/{PM}"
    assert text(feed, "a:author/a:name") == "The review community"
    assert (text(feed, "a:id") or "").startswith("urn:uuid:")
    assert {link.get("rel"): link.get("href") for link in feed.findall("a:link", ATOM)} == {
        "self": f"{URL}/feed.atom",
        "alternate": f"{URL}/v1/postmortems?status=published",
    }


async def test_a_correction_updates_its_entry_and_what_is_only_drafted_shows_nothing() -> None:
    other = postmortem_id("x", "other")
    again = published(revision=2, title="Checkout stood still", published_at=NOW + 2 * HOUR)
    drafted = a_draft(DraftRevised, revision=3, title="Unapproved", status="published", revised_at=NOW, revised_by="a")
    door = a_door(a_view(PM, published(), again, drafted), a_view(other, published(other, published_at=NOW + HOUR)))
    feed = await read(door)
    assert entries(feed) == [f"urn:uuid:{PM}", f"urn:uuid:{other}"]
    entry = feed.find("a:entry", ATOM)
    assert entry is not None
    assert (text(entry, "a:published"), text(entry, "a:updated")) == (
        "2026-03-02T12:00:00+00:00",
        "2026-03-02T14:00:00+00:00",
    )
    assert text(entry, "a:title") == "Checkout stood still"


def test_the_first_publication_is_remembered_whichever_is_heard_first() -> None:
    first, second = published(), published(revision=2, published_at=NOW + HOUR)
    for facts in ((first, second), (second, first)):
        publication = a_view(PM, *facts).publication
        assert publication
        assert (publication.revision, publication.first_published_at) == (2, NOW)


@pytest.mark.parametrize(
    ("query", "found"),
    [("service=checkout", 1), ("severity=sev2", 1), ("service=search", 0), ("severity=sev1&service=checkout", 0)],
)
async def test_a_feed_of_some_is_a_feed_of_its_own(query: str, found: int) -> None:
    door = a_door(a_view(PM, published()))
    feed = await read(door, f"{PATH}?{query}")
    assert len(entries(feed)) == found
    assert text(feed, "a:id") != text(await read(door), "a:id")
    assert f"{URL}/feed.atom?" in {(link.get("href") or "")[: len(URL) + 11] for link in feed.findall("a:link", ATOM)}


async def test_a_filter_with_what_xml_cannot_hold_is_no_error_of_ours() -> None:
    assert text(await read(a_door(), f"{PATH}?service=%1Dsearch"), "a:title") == "Postmortems · search"


async def test_an_empty_feed_is_a_feed_whose_time_does_not_move() -> None:
    feed = await read(a_door(a_view(PM)))
    assert (entries(feed), text(feed, "a:updated")) == ([], "1970-01-01T00:00:00+00:00")


async def test_a_restricted_publication_is_in_the_feed_of_those_who_are_named() -> None:
    hidden = a_draft(
        DraftRevised, revision=2, restricted=True, status="published", revised_at=NOW, revised_by="a", readers=()
    )
    door = a_door(a_view(PM, published(), hidden))
    assert entries(await read(door, role="admin")) == []
    door.views[PM] = a_view(PM, published(), hidden.model_copy(update={"readers": ("admin@example.com",)}))
    assert entries(await read(door, role="admin")) == [f"urn:uuid:{PM}"]


async def test_who_has_the_feed_just_so_is_told_so() -> None:
    door = a_door(a_view(PM, published()))
    answer = await door.send("GET", PATH, headers={"Accept-Encoding": "identity"})
    assert answer.headers["Last-Modified"] == "Mon, 02 Mar 2026 12:01:00 GMT"
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert "Authorization" in answer.headers["Vary"]
    for condition in (
        {"If-None-Match": answer.headers["ETag"]},
        {"If-Modified-Since": answer.headers["Last-Modified"]},
        {"If-Modified-Since": "Mon, 02 Mar 2026 12:02:00 GMT"},
    ):
        same = await door.send("GET", PATH, headers=condition)
        assert (same.status_code, same.content, same.headers["ETag"]) == (304, b"", answer.headers["ETag"])
    for condition in (
        {"If-None-Match": '"x"', "If-Modified-Since": answer.headers["Last-Modified"]},
        {"If-Modified-Since": "Mon, 02 Mar 2026 12:00:59 GMT"},
        {"If-Modified-Since": "Mon, 02 Mar 2026 12:02:00"},
        {"If-Modified-Since": "yesterday"},
    ):
        assert (await door.send("GET", PATH, headers=condition)).status_code == 200


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_whatever_a_text_holds_the_feed_is_xml_and_does_nothing(any_text: str) -> None:
    script = "<script>x</script> <img src=x onerror=y> [a](javascript:x)"
    view = a_view(PM, published(report={"overview": f"{any_text}\n\n{script}"}))
    feed = ET.fromstring(atom([view], Chosen(service=None), URL, URL).encode())  # noqa: S314 - ours
    summary = feed.findtext("a:entry/a:summary", namespaces=ATOM) or ""
    assert not [bad for bad in ("<script", "<img", 'href="javascript') if bad in summary]
