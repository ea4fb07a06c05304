"""The review queue: who waits for whose word, and since when."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from services.gateway.domain.view import View, project
from shared.contracts.base import postmortem_id
from shared.contracts.events import ChangesRequested, DraftCreated, ReviewersAssigned, ReviewRequested
from shared.contracts.values import AskedReviewer
from tests.helpers.builders import NOW, a_draft
from tests.helpers.front_door import Door, is_problem

QUEUE = "/v1/reviews"
ENGINEER, REVIEWER = (AskedReviewer(name="R", email=f"{role}@example.com") for role in ("engineer", "reviewer"))


def a_view(n: int, *reviewers: AskedReviewer, hours: int = 0, changes: bool = False, **fields: Any) -> View:
    id, at = postmortem_id("x", str(n)), NOW + timedelta(hours=hours)
    facts = [
        a_draft(DraftCreated, postmortem_id=id, **fields),
        a_draft(ReviewRequested, postmortem_id=id, **fields, requested_at=at, requested_by="a@example.com"),
        ReviewersAssigned(postmortem_id=id, revision=1, reviewers=reviewers, assigned_at=at),
    ]
    if changes:
        later = at + timedelta(hours=1)
        facts.append(ChangesRequested(postmortem_id=id, revision=1, reviewer=REVIEWER, at=later))
    view = View(id=id)
    for number, fact in enumerate(facts):
        view = project(view, fact, (NOW, f"e-{number}"))
    return view


def a_door(*views: View) -> Door:
    return Door(views={view.id: view for view in views})


async def ids(door: Door, query: str = "", role: str = "engineer") -> list[str]:
    answer = await door.send("GET", f"{QUEUE}{query}", role=role)
    assert answer.status_code == 200, answer.text
    return [item["postmortem_id"] for item in answer.json()["items"]]


ONE, TWO, THREE = (
    a_view(1, ENGINEER, hours=3),
    a_view(2, ENGINEER, REVIEWER, hours=1),
    a_view(3, REVIEWER, changes=True),
)


async def test_an_item_tells_who_is_asked_and_since_when() -> None:
    answer = await a_door(TWO).send("GET", QUEUE)
    (item,) = answer.json()["items"]
    link = f"https://afterword.example.com/v1/postmortems/{TWO.id}"
    assert item == {
        "postmortem_id": TWO.id,
        "title": "Checkout answers slowly",
        "severity": "sev2",
        "services": ["checkout"],
        "owner": {"name": "Olga Owner", "email": "owner@example.com"},
        "revision": 1,
        "state": "in_review",
        "requested_at": "2026-03-02T13:00:00Z",
        "deadline": "2026-03-07T12:00:00Z",
        "reviewers": [{"name": "R", "email": f"{role}@example.com"} for role in ("engineer", "reviewer")],
        "approvals": [],
        "links": {"self": link, "reviews": f"{link}/reviews"},
    }
    assert answer.json()["next_cursor"] is None


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", [TWO, ONE]),
        ("?reviewer=me", [TWO, ONE]),
        ("?reviewer=Reviewer@example.com", [TWO]),
        ("?state=changes_requested", [THREE]),
        ("?state=approved", []),
        ("?state=changes_requested&reviewer=me", []),
    ],
)
async def test_who_waits_the_longest_comes_first_and_filters_leave_out_the_rest(query: str, found: list[View]) -> None:
    assert await ids(a_door(ONE, TWO, THREE), query) == [view.id for view in found]


async def test_pages_together_are_the_queue_and_a_cursor_is_good_for_its_own() -> None:
    door = a_door(*(a_view(n, ENGINEER, hours=n // 2) for n in range(5)))
    whole, seen, path = await ids(door), list[str](), f"{QUEUE}?limit=2&reviewer=me"
    for _ in range(3):
        answer = await door.send("GET", path)
        seen += [item["postmortem_id"] for item in answer.json()["items"]]
        if answer.json()["next_cursor"]:
            cursor = answer.json()["next_cursor"]
            url = urlsplit(answer.headers["Link"].partition(">")[0].strip("<"))
            path = f"{url.path}?{url.query}"
    assert (seen, answer.json()["next_cursor"]) == (whole, None)
    assert "Link" not in answer.headers
    for other in (f"{QUEUE}?cursor={cursor}", f"/v1/postmortems?cursor={cursor}"):
        assert is_problem(await door.send("GET", other), 422, "invalid-field", "cursor")
    foreign = await door.send("GET", f"{QUEUE}?reviewer=me&cursor={cursor}", role="reviewer")
    assert is_problem(foreign, 422, "invalid-field", "cursor")


async def test_what_one_may_not_see_waits_unseen() -> None:
    door = a_door(a_view(1, REVIEWER, restricted=True))
    assert await ids(door, role="admin") == []
    assert len(await ids(door, role="reviewer")) == 1


@pytest.mark.parametrize(("wrong", "field"), [("state=draft", "state"), ("limit=0", "limit"), ("cursor=x", "cursor")])
async def test_a_wrong_filter_is_named(wrong: str, field: str) -> None:
    assert is_problem(await a_door().send("GET", f"{QUEUE}?{wrong}"), 422, "invalid-field", field)


async def test_a_reviewer_who_is_no_address_is_refused() -> None:
    assert (await a_door().send("GET", f"{QUEUE}?reviewer=x")).status_code == 422
    assert is_problem(await a_door().send("GET", QUEUE, role="tool"), 403, "role-needed")
