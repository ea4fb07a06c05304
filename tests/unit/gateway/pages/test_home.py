"""Home: what waits for somebody, what is most urgent first, and what is new."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.gateway.domain.pages.waiting import Found, Urgency, groups, urgency, with_others
from services.gateway.domain.view import View
from shared.contracts.base import Owner
from shared.contracts.commands import Role
from shared.contracts.values import Approval, AskedReviewer
from tests.helpers.builders import NOW
from tests.helpers.days import (
    ENGINEER,
    OWNER,
    REVIEWER,
    approved,
    approved_by,
    asked,
    attendee,
    changes,
    id_of,
    item,
    life,
    meets,
    off,
    over,
    published,
    requested,
    shelf,
)
from tests.helpers.front_door import Door
from tests.helpers.pages import Browser, Page
from tests.unit.gateway.test_api_keys import KEY, stored

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ELSE = Owner(name="Else", email="else@example.com")
ME = AskedReviewer(name="Engineer", email="engineer@example.com", why=("You know DNS.",), due=NOW + 2 * HOUR)
MINE: dict[str, Any] = {"owner": ENGINEER}


async def home(*views: View, role: str = "engineer") -> Page:
    async with Browser(Door(views=shelf(*views)), role) as browser:
        page = await browser.open("/")
        assert page.status == 200
        return page


def headings(page: Page) -> list[str]:
    """Return what waits: each kind with its number."""
    return [" ".join(each.text_content().split()) for each in page.all("//*[@class='waiting']/h2")]


def steps(page: Page) -> list[tuple[str, str]]:
    """Return the next steps, and where they lead."""
    return [
        (str(each.text).strip(), each.get("href"))
        for each in page.all("//*[@class='waiting']//*[@class='step']/a[starts-with(@href, '/')]")
    ]


async def test_a_draft_leads_to_writing_while_sections_are_empty_and_to_submitting_then() -> None:
    page = await home(
        life(1, **MINE, missing=("impact", "lucky"), deadline=NOW + DAY), life(2, **MINE, deadline=NOW + 2 * DAY)
    )
    assert headings(page) == ["Drafts to finish 2"]
    assert steps(page) == [
        ("Go on writing", f"/postmortems/{id_of(1)}/edit"),
        ("Submit it for review", f"/postmortems/{id_of(2)}/submit"),
    ]
    assert "Still empty: 2 sections." in page.text()
    assert "Number 1" in page.text()


async def test_each_state_of_what_somebody_owns_has_one_next_step() -> None:
    page = await home(
        life(1, requested, asked(REVIEWER), changes, **MINE, deadline=NOW + HOUR),
        life(2, requested, asked(REVIEWER), approved, **MINE, deadline=NOW + 2 * HOUR),
        life(3, requested, asked(REVIEWER), **MINE, deadline=NOW + 3 * HOUR),
        life(4, requested, approved, published(NOW), **MINE),
    )
    assert headings(page) == ["Changes asked for 1", "Approved, ready to publish 1"]
    assert steps(page) == [
        ("See what is asked for", f"/postmortems/{id_of(1)}/review"),
        ("Publish it", f"/postmortems/{id_of(2)}/publish"),
    ]
    others = page.text("//details[@class='others']")
    assert "1 of yours is with the reviewers" in others
    assert "1 reviewer asked, no approvals given." in others
    assert "Number 4" not in page.text("//*[@id='live']/div")


async def test_what_is_approved_says_whether_it_waits_for_its_meeting() -> None:
    about: dict[str, Any] = {**MINE, "deadline": NOW + DAY}
    before = await home(life(1, requested, approved, meets(NOW + HOUR), **about))
    after = await home(life(1, requested, approved, meets(NOW - HOUR), over, **about))
    assert "It goes out by itself after the meeting" in before.text()
    assert "It may go out now." in after.text()


async def test_reviews_wait_for_those_who_were_asked_until_they_have_approved() -> None:
    given = Approval(name="Engineer", email="engineer@example.com", at=NOW)
    page = await home(
        life(1, requested, asked(ME, REVIEWER), owner=ELSE),
        life(2, requested, asked(REVIEWER), owner=ELSE),
        life(3, requested, asked(ME), approved_by(given), owner=ELSE),
        life(4, requested, asked(ME.model_copy(update={"claimed": True, "due": None})), owner=ELSE),
    )
    assert headings(page) == ["Reviews asked of you 2"]
    assert steps(page) == [
        ("Review it", f"/postmortems/{id_of(1)}/review"),
        ("Go on reviewing", f"/postmortems/{id_of(4)}/review"),
    ]
    assert "You know DNS." in page.text()


async def test_meetings_of_this_week_come_with_their_call_once_it_is_near() -> None:
    page = await home(
        life(1, meets(NOW - HOUR / 4, attendee())),
        life(2, meets(NOW + 3 * DAY, attendee(), status="tentative")),
        life(3, meets(NOW + HOUR, OWNER)),
        life(4, meets(NOW + HOUR, attendee()), off),
        life(5, meets(NOW + HOUR, attendee()), over),
        life(6, meets(NOW + 9 * DAY, attendee())),
    )
    assert headings(page) == ["Your meetings this week 2"]
    assert [href for _, href in steps(page)] == [f"/postmortems/{id_of(n)}/meeting" for n in (1, 2)]
    assert len(page.all("//a[@href='https://meet.example.com/x']")) == 1
    assert "Its time is not settled yet." in page.text()


async def test_action_items_are_shown_when_they_are_late_or_due_within_two_weeks() -> None:
    page = await home(
        life(
            1,
            item("Late", NOW - DAY),
            item("Begun", NOW + 2 * DAY, "in_progress"),
            item("Done", NOW - DAY, "done"),
            item("Later", NOW + 30 * DAY),
            item("Theirs", NOW - DAY, owner=ELSE),
        )
    )
    assert headings(page) == ["Your action items 2"]
    assert page.all("//*[@class='waiting']//*[@class='title']/a/text()") == ["Late", "Begun"]
    assert "24 hours late" in page.text()
    assert "2 things, 1 of them late" in page.text()


async def test_the_kind_with_the_most_urgent_comes_first() -> None:
    page = await home(
        life(1, **MINE, deadline=NOW + 9 * DAY),
        life(2, requested, asked(ME), owner=ELSE),
        life(3, item("Late", NOW - DAY)),
    )
    assert headings(page) == ["Your action items 1", "Reviews asked of you 1", "Drafts to finish 1"]


async def test_where_nothing_waits_it_says_what_one_could_do() -> None:
    page = await home(life(1, owner=ELSE))
    assert page.text("//h1") == "Nothing waits for you"
    assert {"/reviews", "/postmortem-of-the-month", "/meetings", "/me"} <= set(page.links())


async def test_nobody_sees_what_is_not_for_their_eyes_nor_what_waits_for_others() -> None:
    closed: dict[str, Any] = {"owner": ELSE, "restricted": True, "access": 1}
    views = [
        life(1, meets(NOW + HOUR), requested, asked(REVIEWER), **closed),
        life(2, requested, approved, published(NOW), **closed),
        life(3, **MINE, restricted=True, access=1),
    ]
    own, others = await home(*views), await home(*views, role="admin")
    assert "Number 3" in own.text()
    assert "restricted" in own.text()
    assert "Number" not in others.text()
    assert not [name for name in ("Number 1", "Number 2") if name in own.text()]


async def test_newest_publications_come_with_their_first_words_as_text() -> None:
    text = "Connections ran **out** <script>alert(1)</script>. " * 20
    page = await home(life(1, requested, approved, published(NOW, text), owner=ELSE, title="تعطل 🔥 " * 40))
    assert page.all("//aside//a/@href")[0] == f"/postmortems/{id_of(1)}"
    words = page.text("//*[@class='words']")
    assert words.startswith("Connections ran out <script>")
    assert len(words) < 200
    assert not page.all("//aside//script")


async def test_a_key_that_may_read_little_is_shown_little() -> None:
    door = Door(
        views=shelf(life(1, **MINE), life(2, requested, asked(ME), owner=ELSE), life(3, item("Late", NOW - DAY)))
    )
    scopes = frozenset({"read_postmortems"})
    key = stored(KEY, digest=door.digests.of(KEY), created_at=NOW, role=Role.ENGINEER, scopes=scopes, **dict(ENGINEER))
    await door.keys.create(key)
    async with Browser(door, None) as browser:
        await browser.send_unsigned("/sign-in", {"api_key": KEY})
        assert headings(await browser.open("/")) == ["Drafts to finish 1"]


async def test_the_page_renews_itself_and_holds_nothing_inline() -> None:
    page = await home(life(1, **MINE))
    assert page.all("//*[@id='news']/@data-live") == ["/live"]
    assert len(page.all("//*[@id='live']")) == 1
    assert not page.all("//style | //script[not(@src)] | //@style | //@onclick")
    assert len(page.all("//h1")) == 1


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        (-1, Urgency.LATE),
        (0, Urgency.TODAY),
        (24, Urgency.TODAY),
        (25, Urgency.SOON),
        (72, Urgency.SOON),
        (73, Urgency.LATER),
    ],
)
def test_urgency_follows_from_the_time_that_is_left(hours: int, expected: Urgency) -> None:
    assert urgency(NOW + hours * HOUR, NOW) is expected


def test_nothing_found_is_nothing_to_do() -> None:
    assert groups(Found(), "x@example.com", NOW) == ()
    assert with_others(Found(), NOW) == ()
