"""The entry as an iCalendar object: what it says, what it survives, and what of people's copies stays."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import vCalAddress

from services.calendar.adapters.vevent import build, merge, read
from services.calendar.domain import Entry, entry_of
from services.calendar.domain.meeting import topic_of
from services.calendar.domain.states import Status
from shared.contracts.base import Owner
from shared.contracts.events import DraftCreated
from shared.contracts.values import Attendee
from tests.helpers.builders import PM, a_draft
from tests.unit.calendar.fakes import UID, a_practice, edited, event_in, utc
from tests.unit.calendar.test_domain import END, START, a_meeting

BERLIN = ZoneInfo("Europe/Berlin")
PRACTICE = a_practice()


def an_entry(status: Status = Status.TENTATIVE, **fields: Any) -> Entry:
    return entry_of(a_meeting(status, **fields), PRACTICE)


def titled(title: str) -> Entry:
    return an_entry(topic=topic_of(a_draft(DraftCreated)).model_copy(update={"title": title}))


def test_an_entry_says_everything_that_a_client_shows() -> None:
    joined = (Attendee(name="Curious", email="curious@example.com", required=False),)
    event = event_in(build(an_entry(joined=joined)))
    names = ("UID", "STATUS", "TRANSP", "CLASS", "URL", "SUMMARY", "SEQUENCE")
    assert {name: event.decoded(name) for name in names} == {
        "UID": UID,
        "STATUS": "TENTATIVE",
        "TRANSP": "OPAQUE",
        "CLASS": "PUBLIC",
        "SEQUENCE": 0,
        "URL": f"https://pm.example.com/postmortems/{PM}",
        "SUMMARY": "Postmortem: Checkout answers slowly (SEV2)",
    }
    assert (event["DTSTART"].dt, event["DTEND"].dt) == (START, END)
    assert str(event["LOCATION"]) == str(event["CONFERENCE"]) == f"https://meet.example.com/{PM}"
    assert event["CONFERENCE"].params["VALUE"] == "URI"
    assert [(str(a), a.params["ROLE"]) for a in event["ATTENDEE"]] == [
        ("mailto:owner@example.com", "REQ-PARTICIPANT"),
        ("mailto:responder@example.com", "REQ-PARTICIPANT"),
        ("mailto:curious@example.com", "OPT-PARTICIPANT"),
    ]
    assert {a.params["SCHEDULE-AGENT"] for a in event["ATTENDEE"]} == {"CLIENT"}
    [alarm] = event.walk("VALARM")
    assert alarm["TRIGGER"].dt == -timedelta(hours=24)


def test_the_object_has_no_method_no_zone_and_ends_its_lines_well() -> None:
    text = build(an_entry())
    assert "METHOD" not in text
    assert "VTIMEZONE" not in text
    assert "DTSTART:20260304T090000Z" in text
    assert text.count("\n") == text.count("\r\n")


def test_the_same_entry_always_yields_the_same_text() -> None:
    assert build(an_entry()) == build(an_entry())


def test_the_description_has_links_agenda_and_what_needs_attention() -> None:
    text = str(event_in(build(an_entry(needs_attention="it is after the deadline")))["DESCRIPTION"])
    for words in (
        f"https://pm.example.com/postmortems/{PM}",
        f"https://meet.example.com/{PM}",
        "Agenda\n1. ",
        "held, not fixed",
        "it is after the deadline",
        "Owner: Olga Owner",
    ):
        assert words in text
    assert "held, not fixed" not in str(event_in(build(an_entry(Status.SCHEDULED)))["DESCRIPTION"])


@given(st.text(min_size=1, max_size=300))
def test_no_title_or_name_breaks_the_object(words: str) -> None:
    entry = titled(words).model_copy(
        update={
            "owner": Owner.model_construct(name=words, email="o@example.com"),
            "attendees": (Attendee.model_construct(name=words, email="o@example.com", required=True),),
        }
    )
    text = build(entry)
    event = event_in(text)
    assert event["DTSTART"].dt == START
    assert read(text, "", UID, BERLIN).is_ours
    assert sum(line.startswith("SUMMARY:") for line in text.split("\r\n")) == 1
    assert not set(map(chr, [*range(9), *range(11, 13), *range(14, 32), 127])) & set(text)


def test_a_title_with_line_breaks_adds_no_property() -> None:
    event = event_in(build(titled("Slow\r\nATTENDEE:mailto:evil@example.com\x00\x07")))
    assert str(event["SUMMARY"]) == "Postmortem: Slow ATTENDEE:mailto:evil@example.com (SEV2)"
    assert len(event["ATTENDEE"]) == 2


def test_a_merge_keeps_what_people_added_and_their_answers() -> None:
    def invite(event: Any) -> None:
        event["ATTENDEE"][0].params["PARTSTAT"] = "ACCEPTED"
        event.add("attendee", vCalAddress("mailto:guest@example.com"))
        event.add("comment", "Bring coffee")
        event["LOCATION"] = "Room 4"

    text = edited(build(an_entry()), invite)
    after = event_in(merge(an_entry(Status.SCHEDULED, form=2), read(text, '"1"', UID, BERLIN)))
    assert [str(a) for a in after["ATTENDEE"]][-1] == "mailto:guest@example.com"
    assert after["ATTENDEE"][0].params["PARTSTAT"] == "ACCEPTED"
    assert (str(after["COMMENT"]), str(after["LOCATION"])) == ("Bring coffee", "Room 4")
    assert (str(after["STATUS"]), len(after.walk("VALARM"))) == ("CONFIRMED", 1)


def test_a_merge_drops_whom_we_invited_and_no_longer_do() -> None:
    joined = (Attendee(name="Curious", email="curious@example.com", required=False),)
    copy = read(build(an_entry(joined=joined)), '"1"', UID, BERLIN)
    assert "curious@example.com" not in merge(an_entry(form=2), copy)


def test_a_merge_with_a_single_attendee_keeps_the_list_whole() -> None:
    topic = topic_of(a_draft(DraftCreated, people=()))
    text = build(an_entry(topic=topic))
    after = event_in(merge(an_entry(topic=topic, form=2), read(text, "", UID, BERLIN)))
    attendee = after["ATTENDEE"]
    assert str(attendee[0] if isinstance(attendee, list) else attendee) == "mailto:owner@example.com"


def test_a_merge_replaces_what_is_no_entry_any_more() -> None:
    for junk in ("", "nonsense", "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"):
        copy = read(junk, '"1"', UID, BERLIN)
        assert (copy.start, copy.is_ours) == (None, False)
        assert merge(an_entry(), copy) == build(an_entry())


@pytest.mark.parametrize(
    ("start", "end", "read_as"),
    [
        ("DTSTART;TZID=Europe/Berlin:20260304T100000", "DTEND;TZID=Europe/Berlin:20260304T110000", (START, END)),
        ("DTSTART:20260304T100000", "DURATION:PT1H", (START, END)),
        (
            "DTSTART;VALUE=DATE:20260304",
            "DTEND;VALUE=DATE:20260305",
            (utc("2026-03-03T23:00"), utc("2026-03-04T23:00")),
        ),
        ("DTSTART:20260304T100000Z", "DTEND:20260304T090000Z", (None, None)),
        ("DTSTART:20260304T100000Z", "COMMENT:no end", (None, None)),
    ],
)
def test_times_are_read_as_people_write_them(start: str, end: str, read_as: tuple[Any, Any]) -> None:
    text = "\r\n".join(["BEGIN:VCALENDAR", "BEGIN:VEVENT", f"UID:{UID}", start, end, "END:VEVENT", "END:VCALENDAR", ""])
    copy = read(text, '"1"', UID, BERLIN)
    assert (copy.start, copy.end) == read_as
