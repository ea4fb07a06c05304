"""The page of one meeting: what it offers to whom, what its forms do, and what it says when that is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from services.gateway.domain.pages.meeting import NoTime, moment, times
from services.gateway.domain.view import View, project
from shared.contracts.base import Owner
from shared.contracts.commands import CancelMeeting, EndMeeting, JoinMeeting, RescheduleMeeting
from shared.contracts.decision import Kind, Refusal, Reply
from shared.contracts.meeting_notes import MeetingNotesTaken, TakeMeetingNotes
from shared.contracts.meeting_notices import LeaveMeeting
from shared.contracts.values import Attendee
from tests.helpers.builders import NOW
from tests.helpers.days import ENGINEER, OWNER, Fact, attendee, id_of, life, meets, off, over, shelf
from tests.helpers.front_door import Door
from tests.helpers.pages import Browser, Page

ID = id_of(1)
PATH = f"/postmortems/{ID}/meeting"
BERLIN = ZoneInfo("Europe/Berlin")
SOON = NOW + timedelta(hours=2)
FACTS = {"uid": "u", "status": "scheduled", "start": SOON.isoformat(), "end": SOON.isoformat(), "needs_attention": ""}
LEA = Owner(name="Lea", email="lea@example.com")


def a_door(view: View, **fields: Any) -> Door:
    door = Door(views=shelf(view), **fields)
    door.messages.reply = Reply(data=FACTS)
    door.app.state.deps = replace(door.deps, timezone="Europe/Berlin", patience=0.01)
    return door


def noted(view: View, notes: str, version: int = 1) -> View:
    fact = MeetingNotesTaken(postmortem_id=ID, notes=notes, by=LEA, at=NOW, version=version)
    return project(view, fact, (NOW, f"n-{version}"))


def forms(page: Page) -> set[str]:
    """Return what the page offers to do."""
    return {str(action).rpartition("/")[2] for action in page.all("//main//form/@action")}


async def look(view: View, role: str = "engineer") -> Page:
    async with Browser(a_door(view), role) as browser:
        return await browser.open(PATH)


async def test_it_says_when_where_and_who_in_the_days_of_the_organisation() -> None:
    page = await look(life(1, meets(SOON, OWNER, attendee(required=True))))
    assert "Monday, 2 March 2026, 15:00\N{EN DASH}15:30 CET" in page.text()
    assert "https://meet.example.com/x" in page.links()
    assert "Olga Owner owner, no answer yet" in page.text("//ul[@class='comers']")
    assert "You are needed there." in page.text()
    assert page.form(f"{PATH}/move") | {"csrf": "", "key": ""} == {
        "day": "2026-03-02",
        "start": "15:00",
        "end": "15:30",
        "csrf": "",
        "key": "",
    }


@pytest.mark.parametrize(
    ("view", "role", "offered"),
    [
        (life(1, meets(SOON)), "engineer", {"join", "move"}),
        (life(1, meets(SOON, attendee())), "engineer", {"leave", "move", "end", "notes"}),
        (life(1, meets(SOON, attendee(required=True))), "engineer", {"move", "end", "notes"}),
        (life(1, meets(SOON, status="tentative"), owner=ENGINEER), "engineer", {"join", "move", "cancel"}),
        (life(1, meets(SOON)), "admin", {"join", "move", "cancel", "end", "notes"}),
        (life(1, meets(SOON, attendee()), over), "engineer", {"notes"}),
        (life(1, meets(SOON, attendee()), off), "engineer", set()),
        (life(1), "admin", set()),
    ],
)
async def test_it_offers_what_the_calendar_would_let_this_person_do(view: View, role: str, offered: set[str]) -> None:
    assert forms(await look(view, role)) == offered


async def test_without_a_meeting_it_says_that_there_will_be_one() -> None:
    page = await look(life(1))
    assert (page.status, "No meeting is planned yet." in page.text()) == (200, True)


@pytest.mark.parametrize(
    ("act", "command", "said", "before", "after"),
    [
        ("join", JoinMeeting, "joined", [], [meets(SOON, attendee())]),
        ("leave", LeaveMeeting, "left", [attendee()], [meets(SOON)]),
        ("cancel", CancelMeeting, "called-off", [], [off]),
        ("end", EndMeeting, "ended", [attendee()], [over]),
    ],
)
async def test_a_button_does_what_it_says_once_however_often_it_is_sent(
    act: str, command: type, said: str, before: list[Attendee], after: list[Fact]
) -> None:
    door = a_door(life(1, meets(SOON, *before), owner=ENGINEER))
    async with Browser(door) as browser:
        for expected in ("soon", said):
            answer = (await browser.send(f"{PATH}/{act}", {"key": "once"})).answer
            assert (answer.status_code, answer.headers["location"]) == (303, f"{PATH}?said={expected}")
            door.views[ID] = life(1, meets(SOON, *before), *after, owner=ENGINEER)
    assert {type(given) for _, given in door.messages.said} == {command}
    assert len({id for id, _ in door.messages.said}) == 1


async def test_what_is_not_answered_yet_is_said_to_be_done_later() -> None:
    door = a_door(life(1, meets(SOON)))
    door.messages.reply = None
    async with Browser(door) as browser:
        answer = (await browser.send(f"{PATH}/join")).answer
        assert answer.headers["location"] == f"{PATH}?said=later"


async def test_a_meeting_is_moved_to_times_of_the_organisation_s_zone() -> None:
    door = a_door(life(1, meets(SOON)))
    async with Browser(door) as browser:
        await browser.send(f"{PATH}/move", {"day": "2026-07-01", "start": "23:30", "end": "00:15"})
        await browser.send(f"{PATH}/move", {"day": "2026-07-01", "start": "10:00", "end": ""})
    first, second = (command for _, command in door.messages.said if isinstance(command, RescheduleMeeting))
    assert (first.start, first.end) == (
        datetime(2026, 7, 1, 21, 30, tzinfo=UTC),
        datetime(2026, 7, 1, 22, 15, tzinfo=UTC),
    )
    assert (second.start.hour, second.end) == (8, None)


@pytest.mark.parametrize(
    ("given", "field", "says"),
    [
        ({"day": "soon", "start": "10:00"}, "day", "2026-03-05"),
        ({"day": "2026-07-01", "start": "ten"}, "start", "14:30"),
        ({"day": "2026-07-01", "start": "10:00", "end": "25:00"}, "end", "14:30"),
        ({"day": "2026-03-29", "start": "02:30"}, "start", "Clocks are put forward"),
        ({}, "day", "2026-03-05"),
        ({"day": "9999-12-31", "start": "23:30", "end": "23:00"}, "day", "2026-03-05"),
        ({"day": "0001-01-01", "start": "00:00"}, "day", "2026-03-05"),
    ],
)
async def test_a_time_that_is_none_is_named_and_what_was_typed_stays(
    given: dict[str, str], field: str, says: str
) -> None:
    door = a_door(life(1, meets(SOON)))
    async with Browser(door) as browser:
        page = await browser.send(f"{PATH}/move", given)
    assert page.status == 422
    assert says in page.text("//*[@role='alert']")
    assert page.all("//input[@aria-invalid='true']/@id") == [field]
    assert page.form(f"{PATH}/move")["day"] == given.get("day", "2026-03-02")
    assert door.messages.said == []


async def test_what_the_calendar_refuses_is_said_where_it_was_asked_for() -> None:
    door = a_door(life(1, meets(SOON)))
    refusal = Refusal(kind=Kind.INVALID, rule="in-the-past", field="start", detail="`start` has passed.")
    door.messages.reply = Reply(refusal=refusal)
    async with Browser(door) as browser:
        page = await browser.send(f"{PATH}/move", {"day": "2020-01-01", "start": "10:00", "end": "11:00"})
    assert (page.status, page.text("//*[@role='alert']")) == (422, "`start` has passed.")
    assert page.form(f"{PATH}/move")["day"] == "2020-01-01"


async def test_notes_are_kept_and_shown_as_markdown_that_acts_on_nothing() -> None:
    door = a_door(noted(life(1, meets(SOON, attendee())), "**Agreed** <script>x</script>"))
    async with Browser(door) as browser:
        page = await browser.open(PATH)
        assert page.text("//section//strong") == "Agreed"
        assert not page.all("//script[not(@src)]")
        fields = page.form(f"{PATH}/notes")
        assert fields["version"] == "1"
        await browser.send(f"{PATH}/notes", fields | {"notes": "One\r\nTwo"})
    ((_, command),) = door.messages.said
    assert isinstance(command, TakeMeetingNotes)
    assert command.notes == "One\nTwo"


async def test_notes_that_somebody_else_has_changed_meanwhile_are_shown_beside_one_s_own() -> None:
    before = noted(life(1, meets(SOON, attendee())), "Theirs of before")
    door = a_door(before)
    async with Browser(door) as browser:
        fields = (await browser.open(PATH)).form(f"{PATH}/notes")
        door.views[ID] = noted(before, "Theirs of now", 2)
        page = await browser.send(f"{PATH}/notes", fields | {"notes": "Mine"})
        assert page.status == 412
        assert "Lea has changed the notes" in page.text("//*[@role='alert']")
        assert "Theirs of now" in page.text("//section[@aria-labelledby='notes-heading']")
        assert page.form(f"{PATH}/notes")["notes"].strip() == "Mine"
        assert door.messages.said == []
        again = await browser.send(f"{PATH}/notes", page.form(f"{PATH}/notes"))
        assert again.status == 303


async def test_notes_that_are_too_long_are_refused_with_the_text_kept() -> None:
    door = a_door(life(1, meets(SOON, attendee())))
    long = "x" * 600_000
    async with Browser(door) as browser:
        page = await browser.send(f"{PATH}/notes", {"notes": long})
        assert page.status == 422
        assert page.form(f"{PATH}/notes")["notes"].strip() == long


async def test_its_entry_is_given_for_a_calendar_of_one_s_own() -> None:
    async with Browser(a_door(life(1, meets(SOON)))) as browser:
        answer = await browser.client.get(f"{PATH}.ics")
        assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
        assert answer.headers["content-disposition"].startswith("attachment")
        (event,) = Calendar.from_ical(answer.content).walk("VEVENT")
        assert str(event["UID"]) == f"uid-{ID}"
    async with Browser(a_door(life(1))) as browser:
        assert (await browser.open(f"{PATH}.ics")).status == 404


async def test_of_a_restricted_one_nobody_else_learns_that_it_is_there() -> None:
    door = a_door(life(1, meets(SOON), restricted=True, access=1))
    async with Browser(door) as browser:
        for path in (PATH, f"{PATH}.ics"):
            assert (await browser.open(path)).status == 404
        for act in ("join", "leave", "move", "cancel", "end", "notes"):
            page = await browser.send(f"{PATH}/{act}", {"day": "2026-07-01", "start": "10:00", "notes": "x"})
            assert page.status == 404
            assert "Number 1" not in page.text()
    assert door.messages.said == []


@pytest.mark.parametrize("act", ["join", "leave", "move", "cancel", "end", "notes"])
async def test_no_form_is_taken_from_elsewhere(act: str) -> None:
    door = a_door(life(1, meets(SOON)))
    async with Browser(door) as browser:
        assert (await browser.send_unsigned(f"{PATH}/{act}", {"notes": "x"})).status == 403
    assert door.messages.said == []


async def test_nobody_is_led_elsewhere_after_joining() -> None:
    async with Browser(a_door(life(1, meets(SOON)))) as browser:
        answer = (await browser.send(f"{PATH}/join", {"back": "https://evil.example.com/"})).answer
        assert answer.headers["location"] == "/?said=soon"


@given(
    st.dates(date(2000, 1, 1), date(2090, 1, 1)), st.times(), st.sampled_from(["Europe/Berlin", "UTC", "Asia/Kolkata"])
)
def test_a_day_and_a_time_are_read_as_they_are_shown(day: date, clock: time, zone: str) -> None:
    written = clock.replace(second=0, microsecond=0)
    there = ZoneInfo(zone)
    try:
        at = moment(day.isoformat(), f"{written:%H:%M}", there, "start")
    except NoTime:
        assert zone == "Europe/Berlin"
        return
    assert at.astimezone(there).replace(tzinfo=None) == datetime.combine(day, written)


def test_a_time_that_clocks_show_twice_is_the_first_of_the_two() -> None:
    start, end = times({"day": "2026-10-25", "start": "02:30", "end": "02:45"}, BERLIN)
    assert (start.hour, end and end.hour) == (0, 0)
