"""The calendar of meetings: the entries of the shared calendar, as anybody can subscribe to them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from icalendar import Calendar
from icalendar import Event as VEvent

from services.calendar.adapters import vevent
from services.calendar.domain import Entry
from services.gateway.domain.ical import PAST_KEPT
from services.gateway.domain.view import View, project
from shared.contracts.base import Owner, postmortem_id
from shared.contracts.events import DraftCreated, MeetingCancelled, MeetingEnded, MeetingScheduled
from tests.helpers.builders import NOW, PM, a_draft
from tests.helpers.front_door import Door

PATH = "/calendar.ics"
SAID = NOW + timedelta(minutes=1, microseconds=5)
URL, JOIN = "https://afterword.example.com/postmortems/x", "https://meet.example.com/x"


def a_meeting(status: str = "scheduled", sequence: int = 3, start: datetime = NOW, id: str = PM) -> MeetingScheduled:
    return MeetingScheduled.model_validate(
        {"postmortem_id": id, "uid": f"uid-{id}", "start": start, "end": start + timedelta(minutes=30)}
        | {"timezone": "Europe/Berlin", "status": status, "sequence": sequence, "url": URL, "join_url": JOIN}
        | {"title": "t"}
    )


def a_view(*facts: Any, id: str = PM, **fields: Any) -> View:
    view = project(None, a_draft(DraftCreated, postmortem_id=id, **fields), (NOW, "e-0"))
    for n, fact in enumerate(facts, 1):
        view = project(view, fact, (SAID, f"e-{n}"))
    return view


async def read(*views: View, role: str = "engineer") -> tuple[Any, list[Any]]:
    answer = await Door(views={view.id: view for view in views}).send("GET", PATH, role=role)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/calendar; charset=utf-8")
    calendar = Calendar.from_ical(answer.content)
    assert isinstance(calendar, Calendar)
    return calendar, calendar.walk("VEVENT")


async def test_the_calendar_has_a_name_and_says_how_often_to_look() -> None:
    calendar, events = await read()
    assert events == []
    assert [str(calendar[name]) for name in ("VERSION", "NAME", "X-WR-CALNAME")] == [
        "2.0",
        *["Postmortem meetings"] * 2,
    ]
    assert calendar["REFRESH-INTERVAL"].dt == timedelta(hours=1)
    assert calendar["REFRESH-INTERVAL"].params["VALUE"] == "DURATION"
    assert str(calendar["X-PUBLISHED-TTL"]) == "PT1H"
    assert "METHOD" not in calendar


async def test_a_meeting_is_an_entry_that_reads_back_as_it_was_said() -> None:
    _, (event,) = await read(a_view(a_meeting()))
    assert (str(event["UID"]), event["SEQUENCE"], str(event["STATUS"])) == (f"uid-{PM}", 3, "CONFIRMED")
    assert (event["DTSTART"].dt, event["DTEND"].dt) == (NOW, NOW + timedelta(minutes=30))
    assert event["DTSTART"].to_ical() == b"20260302T120000Z"
    assert event["DTSTAMP"].dt == event["LAST-MODIFIED"].dt == SAID.replace(microsecond=0)
    assert [str(event[name]) for name in ("URL", "LOCATION", "CONFERENCE")] == [URL, JOIN, JOIN]
    assert str(event["SUMMARY"]) == "Postmortem: Checkout answers slowly (SEV2)"


async def test_an_entry_is_called_as_on_the_shared_calendar() -> None:
    _, (ours,) = await read(a_view(a_meeting(), title="Two\tlines,; and \\ more"))
    draft = a_draft(DraftCreated, title="Two\tlines,; and \\ more")
    owner = Owner(name="O", email="o@example.com")
    entry = Entry(
        uid=f"uid-{PM}",
        write_id="1-x",
        sequence=3,
        start=NOW,
        end=NOW + timedelta(minutes=30),
        status="CONFIRMED",
        title=draft.title,
        severity=draft.severity,
        owner=owner,
        attendees=(),
        organizer=owner,
        url=URL,
        join_url=JOIN,
        needs_attention="",
        created_at=NOW,
        changed_at=SAID,
    )
    theirs = VEvent.from_ical(vevent.build(entry)).walk("VEVENT")[0]
    for name in ("UID", "SEQUENCE", "DTSTART", "DTEND", "SUMMARY", "STATUS", "TRANSP", "URL", "LOCATION", "DTSTAMP"):
        assert ours[name] == theirs[name], name


@pytest.mark.parametrize(
    ("facts", "status", "sequence"),
    [
        ((a_meeting("tentative", 0),), "TENTATIVE", 0),
        ((a_meeting(), MeetingEnded(postmortem_id=PM, uid="u", ended_at=NOW)), "CONFIRMED", 3),
        ((a_meeting(), MeetingCancelled(postmortem_id=PM, uid="u", sequence=4, at=SAID)), "CANCELLED", 4),
        ((MeetingCancelled(postmortem_id=PM, uid="u", sequence=4, at=SAID), a_meeting()), "CANCELLED", 4),
    ],
)
async def test_an_entry_tells_how_the_meeting_stands(facts: tuple[Any, ...], status: str, sequence: int) -> None:
    _, (event,) = await read(a_view(*facts))
    assert (str(event["STATUS"]), event["SEQUENCE"]) == (status, sequence)
    assert str(event["SUMMARY"]).startswith("CANCELLED: ") is (status == "CANCELLED")
    assert (str(event["TRANSP"]) == "TRANSPARENT") is (status == "CANCELLED")


async def test_past_meetings_stay_for_ninety_days() -> None:
    end = timedelta(minutes=30)
    ids = [postmortem_id("x", str(n)) for n in range(3)]
    starts = (NOW - PAST_KEPT - end, NOW - PAST_KEPT - end + timedelta(seconds=1), NOW + timedelta(days=700))
    _, events = await read(*(a_view(a_meeting(start=at, id=id), id=id) for id, at in zip(ids, starts, strict=True)))
    assert [str(event["UID"]) for event in events] == [f"uid-{id}" for id in ids[1:]]


async def test_a_meeting_about_what_one_may_not_see_is_not_there() -> None:
    hidden = a_view(a_meeting(), restricted=True, readers=("reviewer@example.com",))
    assert (await read(hidden, role="admin"))[1] == []
    assert len((await read(hidden, role="reviewer"))[1]) == 1


async def test_the_tag_stays_while_nothing_changes_and_time_passes() -> None:
    door = Door(views={PM: a_view(a_meeting())})
    answer = await door.send("GET", PATH)
    assert answer.headers["Cache-Control"] == "private, no-cache"
    door.clock.advance(timedelta(days=1))
    again = await door.send("GET", PATH, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    door.views[PM] = a_view(a_meeting(sequence=4, start=NOW + timedelta(hours=1)))
    moved = await door.send("GET", PATH, headers={"If-None-Match": answer.headers["ETag"]})
    assert moved.status_code == 200
