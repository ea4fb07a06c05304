"""A postmortem's whole way in a browser, by clicking, as four people: the tool (by API), owner, reviewers, a reader.

With scripts every page on the way is held to accessibility (axe) and to its width; without scripts the same way works.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager

import pytest
from playwright.sync_api import Browser, Page

from deploy.demo.driver import Driver
from deploy.local.run import Run
from shared.clock import new_id
from tests.helpers.browsers import MOST_BYTES, NARROW, WIDE, Person, a_browser, visiting
from tests.helpers.company import Company, Told

OWNER, READER = "ada.moreno@example.com", "chen.li@example.com"
ADMIN = "hana.sato@example.com"
FACTOR = "The lease of the lighthouse lamp was renewed by hand."


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with a_browser() as started:
        yield started


@pytest.fixture(params=[(True, WIDE), (False, NARROW)], ids=["scripts", "no-scripts"])
def how(request: pytest.FixtureRequest) -> dict[str, object]:
    scripts, size = request.param
    return {"scripts": scripts, "size": size}


class Way:
    """One postmortem and its people: `visit` opens a window for one of them."""

    def __init__(self, browser: Browser, run: Run, how: dict[str, object]) -> None:
        name = new_id()[-12:]
        self.title = f"Lighthouse {name} goes dark"
        self.driver: Driver = Company(run.as_json()).report(Told(f"INC-{name}", self.title, "sev3", ("lamp",), 0.1))
        self.browser, self.url, self.how = browser, run.gateway_url, how

    def visit(self, email: str) -> AbstractContextManager[Person]:
        """Open a window for somebody, who signs in by clicking."""
        return visiting(self.browser, self.url, email, **self.how)  # type: ignore[arg-type]

    def check(self, person: Person) -> None:
        """Hold the page that is open to what must hold of every page; axe is a script."""
        if self.how["scripts"]:
            person.check()

    def reviewers(self) -> list[str]:
        """Return who is asked, as soon as somebody is."""
        seen = self.driver.until("reviewers", lambda: self.driver.get(OWNER), lambda s: s["review"]["reviewers"])
        return [str(reviewer["email"]) for reviewer in seen["review"]["reviewers"]]


def press(page: Page, name: str) -> None:
    """Press a button or follow a link with exactly this name, the first there is, and wait for the page behind it."""
    page.get_by_role("button", name=name, exact=True).or_(page.get_by_role("link", name=name, exact=True)).first.click()
    page.wait_for_load_state()


def write(way: Way, owner: Person) -> None:
    """Write every section that is still to be written, one after the other."""
    page = owner.page
    while (row := page.locator("ol.sections > li", has_text="to be written").first).count():
        row.get_by_role("link").click()
        name = page.url.rpartition("/")[2]
        page.locator("#text").fill(FACTOR if name == "contributing_factors" else f"What there is to say of {name}.")
        way.check(owner)
        press(page, "Save")
        page.goto(f"/postmortems/{way.driver.id}/edit")


def submit(way: Way, owner: Person) -> None:
    """Ask for a review from the reading page."""
    owner.look(f"/postmortems/{way.driver.id}")
    press(owner.page, "Submit for review")
    if owner.page.url.endswith("/submit"):
        press(owner.page, "Submit")
    assert "Submitted" in owner.page.locator(".said").inner_text()
    way.check(owner)


def verdict(way: Way, email: str, choice: str, text: str = "") -> None:
    """Come from the queue to the review, and give a verdict; with a text as a comment on a passage."""
    with way.visit(email) as reviewer:
        page = reviewer.look("/reviews")
        way.check(reviewer)
        page.get_by_role("link", name=way.title, exact=True).click()
        way.check(reviewer)
        if text:
            comment(page, "contributing_factors", text)
        page.get_by_role("radio", name=re.compile(choice)).check()
        if text:
            page.get_by_label("What you have to say of the whole").fill(text)
        press(page, "Give your verdict")
        assert page.locator(".said p").inner_text()


def comment(page: Page, section: str, text: str) -> None:
    """Say something about a passage."""
    box = page.locator(f"#comment-{section}")
    if not box.is_visible():
        page.locator("details", has=box).last.locator("summary").first.click()
    page.locator(f"#quote-{section}").fill("renewed by hand")
    box.fill(text)
    page.locator("form", has=box).get_by_role("button", name="Comment", exact=True).click()
    page.get_by_text(text).first.wait_for()


def test_a_postmortem_goes_its_whole_way_by_clicking(browser: Browser, running: Run, how: dict[str, object]) -> None:
    way = Way(browser, running, how)
    with way.visit(OWNER) as owner:
        page = owner.look("/")
        way.check(owner)
        page.locator("main").get_by_role("link", name=way.title, exact=True).first.click()
        way.check(owner)
        press(page, "Edit")
        way.check(owner)
        write(way, owner)
        submit(way, owner)
        first, *others = way.reviewers()
        verdict(way, first, "Ask for changes", "Since when, and why by hand?")
        page = owner.look("/")
        way.check(owner)
        page.goto(f"/postmortems/{way.driver.id}/edit/contributing_factors")
        page.locator("#text").fill(f"{FACTOR} Since spring, as the timer had been switched off.")
        press(page, "Save")
        submit(way, owner)
        for email in (first, *others):
            verdict(way, email, "Approve")
        way.driver.until("the approval", lambda: way.driver.get(OWNER), lambda s: s["status"] == "approved")
        owner.look(f"/postmortems/{way.driver.id}")
        press(page, "Publish now")
        way.check(owner)
        press(page, "Publish")
        way.driver.delivered(OWNER)
    with way.visit(READER) as reader:
        meets(way, reader)
        finds(way, reader)


def meets(way: Way, reader: Person) -> None:
    """Join the meeting, which anybody may."""
    page = reader.look(f"/postmortems/{way.driver.id}/meeting")
    way.check(reader)
    page.get_by_role("button", name=re.compile("^Join the meeting")).click()
    assert "on the invitation" in page.locator(".said").inner_text()


def finds(way: Way, reader: Person) -> None:
    """Find it in the library by words of its text, mistyped at first, and read it."""
    page = reader.look("/library")
    way.check(reader)
    page.get_by_role("searchbox").fill(f'"{way.title}"')
    page.get_by_role("searchbox").press("Enter")
    page.get_by_role("link", name=way.title).first.wait_for()
    way.check(reader)
    page.get_by_role("link", name=way.title).first.click()
    page.get_by_text("Since spring, as the timer had been switched off.").first.wait_for()
    way.check(reader)


PLACES = ("/", "/library", "/reviews", "/reviewers", "/meetings", "/insights", "/operations", "/me")


def test_no_page_weighs_more_than_a_slow_line_takes(browser: Browser, running: Run, driver: Driver) -> None:
    driver.report_incident()
    driver.draft(OWNER)
    of_one = ("", "/edit", "/edit/overview", "/history", "/review", "/meeting")
    with visiting(browser, running.gateway_url, ADMIN) as admin:
        for path in (*PLACES, *(f"/postmortems/{driver.id}{part}" for part in of_one)):
            assert admin.weigh(path) < MOST_BYTES, path


def test_every_place_is_accessible_wide_and_narrow_light_and_dark(browser: Browser, running: Run) -> None:
    for size, dark in ((WIDE, True), (NARROW, False)):
        with visiting(browser, running.gateway_url, ADMIN, size=size, dark=dark) as admin:
            for path in PLACES:
                admin.look(path)
                admin.check()
