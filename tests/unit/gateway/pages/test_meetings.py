"""The calendar of a month: what it shows to whom, where it leads, and how to have it in a program of one's own."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.gateway.domain.pages.months import DAYS
from services.gateway.domain.view import View
from services.gateway.handlers.pages.meetings import MOST
from shared.contracts.commands import JoinMeeting
from tests.helpers.builders import NOW
from tests.helpers.days import attendee, id_of, life, meets, off, over, shelf
from tests.helpers.front_door import Door
from tests.helpers.pages import Browser, Page

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FACTS = {"uid": "u", "status": "scheduled", "start": "2026-03-02T13:00:00Z", "end": "2026-03-02T14:00:00Z"}


async def look(*views: View, path: str = "/meetings", role: str = "engineer") -> Page:
    async with Browser(Door(views=shelf(*views)), role) as browser:
        return await browser.open(path)


def cells(page: Page) -> dict[str, list[str]]:
    """Return the days of the table on which there is a meeting, with what they show."""
    return {
        cell.xpath("./time/@datetime")[0]: [" ".join(each.text_content().split()) for each in cell.xpath("./ul/li")]
        for cell in page.all("//table[@class='month']//td[ul]")
    }


async def test_a_month_is_a_table_with_a_caption_a_head_and_today_marked() -> None:
    page = await look(life(1, meets(NOW + HOUR, attendee())), life(2, meets(NOW + DAY, status="tentative")))
    assert page.text("//h1") == "Meetings in March 2026"
    assert page.all("//th[@scope='col']/abbr/@title") == list(DAYS)
    assert "Meetings in March 2026" in page.text("//caption")
    assert page.all("//td[@aria-current='date']/time/@datetime") == ["2026-03-02"]
    assert cells(page) == {
        "2026-03-02": ["13:00 Number 1 (scheduled, you are invited)"],
        "2026-03-03": ["12:00 Number 2 (tentative)"],
    }
    assert len(page.all("//tbody/tr")) == 6


async def test_below_it_the_same_meetings_are_a_list_by_day_with_what_one_can_do() -> None:
    page = await look(life(1, meets(NOW + HOUR, attendee())), life(2, meets(NOW + DAY)), life(3, meets(NOW + DAY), off))
    assert [" ".join(each.text_content().split()) for each in page.all("//h3")] == [
        "Monday, 2 March today",
        "Tuesday, 3 March",
    ]
    first, second, third = (page.all(f"//li[@id='m-{id_of(n)}']")[0] for n in (1, 2, 3))
    assert "https://meet.example.com/x" in first.xpath(".//a/@href")
    assert first.xpath(".//form") == []
    assert second.xpath(".//form/@action") == [f"/postmortems/{id_of(2)}/meeting/join"]
    assert f"/postmortems/{id_of(2)}/meeting.ics" in second.xpath(".//a/@href")
    assert third.xpath(".//form | .//a[contains(@href, '.ics')]") == []
    assert "cancelled" in third.text_content()


async def test_joining_from_the_list_leads_back_to_its_place_in_it() -> None:
    door = Door(views=shelf(life(2, meets(NOW + DAY))))
    door.app.state.deps = replace(door.deps, patience=0.01)
    door.messages.reply = door.messages.reply and door.messages.reply.model_copy(update={"data": FACTS})
    async with Browser(door) as browser:
        page = await browser.open("/meetings?month=2026-03")
        action = f"/postmortems/{id_of(2)}/meeting/join"
        answer = (await browser.send(action, page.form(action))).answer
        assert answer.status_code == 303
        assert answer.headers["location"] == f"/meetings?month=2026-03&said=soon#m-{id_of(2)}"
        ((_, command),) = door.messages.said
        assert isinstance(command, JoinMeeting)
        assert "The shared calendar is told first" in (await browser.open(answer.headers["location"])).text(
            "//*[@class='said']"
        )


async def test_days_are_those_of_the_organisation() -> None:
    late = datetime(2026, 3, 31, 22, 30, tzinfo=UTC)  # half past midnight of the next day in Berlin
    door = Door(views=shelf(life(1, meets(late))))
    door.app.state.deps = door.deps = replace(door.deps, timezone="Europe/Berlin")
    async with Browser(door) as browser:
        march, april = await browser.open("/meetings?month=2026-03"), await browser.open("/meetings?month=2026-04")
    assert list(cells(march)) == list(cells(april)) == ["2026-04-01"]
    assert march.all("//h3") == []
    assert april.text("//h3") == "Wednesday, 1 April"


async def test_months_lead_to_each_other_and_keep_the_filter() -> None:
    page = await look(path="/meetings?month=2026-01&mine=1")
    assert page.all("//a[@rel='prev']/@href") == ["/meetings?month=2025-12&mine=1"]
    assert page.all("//a[@rel='next']/@href") == ["/meetings?month=2026-02&mine=1"]
    assert page.form("/meetings") == {"month": "2026-01", "mine": "1"}
    assert (await look(path="/meetings?month=1900-01")).all("//a[@rel='prev']") == []
    assert (await look(path="/meetings?month=2099-12")).all("//a[@rel='next']") == []


async def test_only_those_that_somebody_is_invited_to_are_shown_when_they_say_so() -> None:
    views = [life(1, meets(NOW + HOUR, attendee())), life(2, meets(NOW + HOUR))]
    page = await look(*views, path="/meetings?mine=1")
    assert "Number 1" in page.text()
    assert "Number 2" not in page.text()
    none = await look(*views, path="/meetings?mine=1&month=2026-05")
    assert "You are invited to no meeting in May 2026." in none.text()


@pytest.mark.parametrize("month", ["2026-13", "March", "2026-3", "0000-01", "2026-03-01", "%00", "x" * 20, "x" * 30])
async def test_what_is_no_month_is_a_page_that_says_how_to_write_one(month: str) -> None:
    page = await look(path=f"/meetings?month={month}")
    assert page.status == 422
    assert "month" in page.text()


async def test_a_restricted_one_is_shown_to_whom_it_names_alone() -> None:
    closed: dict[str, Any] = {"restricted": True, "readers": ("reviewer@example.com",), "access": 1}
    view = life(1, meets(NOW + HOUR), **closed)
    named, others = await look(view, role="reviewer"), await look(view, role="admin")
    assert "restricted" in named.text()
    assert "Number 1" in named.text()
    assert "Number 1" not in others.text()
    assert "There is no meeting in March 2026." in others.text()


async def test_a_month_with_very_many_says_that_there_are_more() -> None:
    page = await look(*(life(n, meets(NOW + timedelta(minutes=n))) for n in range(MOST + 1)))
    assert len(page.all("//*[@class='day']//li[@id]")) == MOST
    assert f"more meetings than the first {MOST}" in page.text()
    assert page.text("//td//a[@class='more']").startswith(f"{MOST - 4} more")


async def test_an_ended_meeting_and_a_title_that_tries_something_are_shown_safely() -> None:
    page = await look(life(1, meets(NOW - HOUR), over, title='<script>alert(1)</script> " onclick=x تعطل'))
    assert "ended" in cells(page)["2026-03-02"][0]
    assert not page.all("//script[not(@src)] | //@onclick | //style | //@style")


async def test_the_page_gives_the_reader_s_own_link_to_subscribe_to() -> None:
    door = Door(views=shelf(life(1, meets(NOW + HOUR))))
    async with Browser(door) as browser:
        page = await browser.open("/meetings")
        (url,) = page.all("//input[@id='calendar-url']/@value")
        assert url.startswith("https://afterword.example.com/calendar.ics?token=")
        assert url.replace("https://", "webcal://") in page.links()
        answer = await browser.client.get(url.removeprefix("https://afterword.example.com"))
        assert answer.status_code == 200
        assert "Number 1" in answer.text
