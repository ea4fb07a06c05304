"""The review queue's page: who waits for whom, in groups, and the way to take part."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.gateway.domain.pages.queue import grouped
from services.gateway.domain.view import View, project
from services.gateway.handlers.pages import queue
from shared.contracts.assigning import ReviewersWanted, WhyNobody
from shared.contracts.base import Owner
from shared.contracts.events import ApprovalGiven, DraftCreated, ReviewersAssigned, ReviewRequested
from shared.contracts.values import Approval, AskedReviewer
from tests.helpers.builders import NOW, a_draft, an_actor
from tests.helpers.front_door import Door
from tests.helpers.pages import Browser
from tests.unit.gateway.test_review_queue import a_view

ME = "reviewer@example.com"
HOUR = timedelta(hours=1)


def asked(email: str = ME, hours: int = 5, **fields: Any) -> AskedReviewer:
    return AskedReviewer(name=email.partition("@")[0].title(), email=email, due=NOW + hours * HOUR, **fields)


def a_door(*views: View) -> Door:
    return Door(views={view.id: view for view in views})


def lacking(view: View) -> View:
    wanted = ReviewersWanted(postmortem_id=view.id, revision=1, wanted=3, found=1, reasons=WhyNobody(away=1), at=NOW)
    return project(view, wanted, (NOW, "wanted"))


def approved_by(view: View, *who: AskedReviewer) -> View:
    approvals = tuple(Approval(name=each.name, email=each.email, at=NOW) for each in who)
    fact = ApprovalGiven(postmortem_id=view.id, revision=1, content_hash="x", approvals=approvals)
    return project(view, fact, (NOW, "approved"))


MINE = a_view(1, asked(why=("You know checkout.",)), title="Mine")
OPEN = lacking(a_view(2, asked("ben@example.com"), title="Open"))
OTHER = a_view(3, asked("ben@example.com", hours=-3, claimed=True), title="Theirs")


async def headings(browser: Browser, path: str = "/reviews") -> dict[str, list[str]]:
    page = await browser.open(path)
    assert page.status == 200, page.answer.text
    sections = page.all("//section[.//h2]")
    return {
        section.get("aria-labelledby"): [" ".join(each.text_content().split()) for each in section.xpath(".//h3")]
        for section in sections
    }


async def test_what_is_asked_of_me_comes_first_and_what_lacks_reviewers_before_what_others_have() -> None:
    async with Browser(a_door(OTHER, OPEN, MINE), "reviewer") as browser:
        assert await headings(browser) == {"mine": ["Mine"], "open": ["Open"], "others": ["Theirs"]}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?show=mine", {"mine": ["Mine"]}),
        ("?show=open", {"open": ["Open"]}),
        ("?show=others", {"others": ["Theirs"]}),
        ("?state=approved", {"mine": [], "open": [], "others": []}),
    ],
)
async def test_the_queue_is_narrowed(query: str, found: dict[str, list[str]]) -> None:
    async with Browser(a_door(OTHER, OPEN, MINE), "reviewer") as browser:
        assert await headings(browser, f"/reviews{query}") == found


async def test_an_entry_tells_why_me_until_when_and_the_way_to_say_yes() -> None:
    async with Browser(a_door(MINE), "reviewer") as browser:
        page = await browser.open("/reviews")
        text = page.text("//section[@aria-labelledby='mine']")
        assert "due in 5 hours" in text
        assert "Why you: You know checkout." in text
        await browser.send(f"/postmortems/{MINE.id}/review/claim", page.form(f"/postmortems/{MINE.id}/review/claim"))
        ((_, command),) = browser.door.messages.said
        assert (command.postmortem_id, command.reviewer) == (MINE.id, None)  # type: ignore[attr-defined]


async def test_how_late_something_is_and_how_many_are_wanted_is_told() -> None:
    async with Browser(a_door(OPEN, OTHER), "engineer") as browser:
        page = await browser.open("/reviews")
        assert "3 hours late" in page.text("//section[@aria-labelledby='others']")
        assert "2 more wanted" in page.text("//section[@aria-labelledby='open']")
        assert "doing it Ben" in page.text("//section[@aria-labelledby='others']")


async def test_nobody_is_offered_to_review_their_own() -> None:
    own = a_view(4, asked("ben@example.com"), owner=Owner(name="E", email="engineer@example.com"))
    async with Browser(a_door(own)) as browser:
        page = await browser.open("/reviews")
        assert "it is yours" in page.text()
        assert not page.all("//form[contains(@action, 'claim')]")


async def test_what_i_have_approved_is_last_and_what_is_due_first_is_first() -> None:
    soon, later, done = (a_view(n, asked(hours=hours)) for n, hours in ((1, 2), (2, 9), (3, 1)))
    found = grouped((later, approved_by(done, asked()), soon), an_actor(ME), NOW)
    assert [each.view.id for each in found.mine] == [soon.id, later.id, done.id]
    assert [each.has_approved for each in found.mine] == [False, False, True]


async def test_how_many_approvals_it_takes_is_told_when_it_is_known() -> None:
    id = MINE.id
    facts = (
        a_draft(DraftCreated, postmortem_id=id),
        a_draft(ReviewRequested, postmortem_id=id, requested_at=NOW, requested_by="a@example.com"),
        ReviewersAssigned(postmortem_id=id, revision=1, reviewers=(asked(),), assigned_at=NOW, needed=2),
    )
    view: View | None = None
    for n, fact in enumerate(facts):
        view = project(view, fact, (NOW, f"e-{n}"))
    assert view
    async with Browser(a_door(approved_by(view, asked())), "engineer") as browser:
        assert "1 of 2 approvals" in (await browser.open("/reviews")).text()


async def test_a_restricted_one_is_no_entry_for_who_is_not_named() -> None:
    secret = a_view(5, asked("ben@example.com"), restricted=True, title="Secret")
    async with Browser(a_door(secret)) as browser:
        assert "Secret" not in (await browser.open("/reviews")).answer.text
    async with Browser(a_door(a_view(5, asked(), restricted=True, title="Secret")), "reviewer") as browser:
        assert "Secret" in (await browser.open("/reviews")).text()


async def test_a_long_queue_goes_on_and_shows_what_is_mine_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "PAGE", 2)
    views = [a_view(n, asked("ben@example.com"), hours=n, title=f"No {n}") for n in range(1, 6)]
    last = a_view(9, asked(), hours=9, title="Mine")
    async with Browser(a_door(last, *views), "reviewer") as browser:
        seen, path = [], "/reviews"
        while path:
            page = await browser.open(path)
            seen += [each.text_content() for each in page.all("//h3")]
            path = next(iter(page.all("//*[@id='live']//a[contains(@href, 'cursor=')]/@href")), "")
        assert seen == ["Mine", *(f"No {n}" for n in range(1, 6))]


async def test_a_broken_cursor_begins_the_queue_anew_and_says_so() -> None:
    async with Browser(a_door(MINE), "reviewer") as browser:
        page = await browser.open("/reviews?cursor=broken")
        assert page.status == 422
        assert "begins here" in page.text("//*[@role='alert']")
        assert "Mine" in page.text()


async def test_titles_are_words_and_nothing_else() -> None:
    odd = a_view(6, asked(), title="<script>alert(1)</script> مرحبا 🎉 " + "x" * 250)
    async with Browser(a_door(odd), "reviewer") as browser:
        page = await browser.open("/reviews")
        assert not page.all("//main//script")
        assert page.all("//h3/a[@dir='auto']")
        assert not page.all("//style | //script[not(@src)] | //@style | //@onclick")
