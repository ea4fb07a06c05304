"""The mails of a meeting, read back as mail and calendar programs do."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar, Component

from shared.contracts.base import Owner
from tests.helpers.builders import NOW, PM
from tests.unit.distribution.fakes import ADA
from tests.unit.distribution.meeting_facts import meeting_notice
from tests.unit.distribution.test_letter import assert_fit_for_the_wire, parsed, part
from tests.unit.distribution.test_notice_letter import HEADERS, THREADED, TITLE, URL, a_mail

KINDS = ["invitation", "moved", "cancelled"]
METHODS = {"invitation": "REQUEST", "moved": "REQUEST", "cancelled": "CANCEL"}


def calendar_of(mail: bytes) -> Calendar:
    """Return the last part, as a calendar program takes it."""
    last = list(parsed(mail).iter_parts())[-1]
    assert last.get_content_type() == "text/calendar"
    assert last.get_content_charset() == "utf-8"
    calendar = Calendar.from_ical(last.get_content())
    assert isinstance(calendar, Calendar)
    assert last.get_param("method") == str(calendar["METHOD"])
    return calendar


def event_of(mail: bytes) -> Component:
    (event,) = calendar_of(mail).walk("VEVENT")
    assert not event.errors
    return event


@pytest.mark.parametrize("kind", KINDS)
def test_each_has_text_html_and_the_method_for_calendar_programs_last(kind: str) -> None:
    mail = a_mail(meeting_notice(kind))
    assert_fit_for_the_wire(mail)
    message = parsed(mail)
    assert message.get_content_type() == "multipart/alternative"
    assert [each.get_content_type() for each in message.iter_parts()] == ["text/plain", "text/html", "text/calendar"]
    assert f'text/calendar; charset="utf-8"; method="{METHODS[kind]}"'.encode() in mail
    calendar = calendar_of(mail)
    assert [str(calendar[name]) for name in ("METHOD", "VERSION")] == [METHODS[kind], "2.0"]


@pytest.mark.parametrize("kind", KINDS)
def test_the_event_is_the_one_on_the_shared_calendar_for_this_one_person(kind: str) -> None:
    fact = meeting_notice(kind, sequence=7)
    event = event_of(a_mail(fact))
    assert (str(event["UID"]), event["SEQUENCE"]) == (fact.uid, 7)
    assert (event.decoded("DTSTART"), event.decoded("DTEND"), event.decoded("DTSTAMP")) == (fact.start, fact.end, NOW)
    assert str(event["ORGANIZER"]) == "mailto:meetings@example.com"
    attendee = event["ATTENDEE"]
    assert str(attendee) == f"mailto:{ADA.email}"
    assert dict(attendee.params) == {
        "CN": ADA.name,
        "CUTYPE": "INDIVIDUAL",
        "ROLE": "OPT-PARTICIPANT",
        "PARTSTAT": "NEEDS-ACTION",
        "RSVP": "FALSE",
    }
    assert [str(event[name]) for name in ("LOCATION", "CONFERENCE", "URL")] == [fact.join_url, fact.join_url, fact.url]
    assert list(event.walk("VALARM")) == []


@pytest.mark.parametrize(
    ("fields", "status", "summary"),
    [
        ({"kind": "invitation", "tentative": True}, "TENTATIVE", "Postmortem: Checkout answers slowly (SEV2)"),
        ({"kind": "moved"}, "CONFIRMED", "Postmortem: Checkout answers slowly (SEV2)"),
        ({"kind": "cancelled"}, "CANCELLED", "CANCELLED: Postmortem: Checkout answers slowly (SEV2)"),
        ({"kind": "cancelled", "left": True}, None, "Postmortem: Checkout answers slowly (SEV2)"),
    ],
)
def test_only_a_meeting_that_is_off_is_marked_so(fields: dict[str, Any], status: str | None, summary: str) -> None:
    event = event_of(a_mail(meeting_notice(**fields)))
    assert (event.get("STATUS"), str(event["SUMMARY"])) == (status, summary)


def test_who_is_needed_is_invited_as_such() -> None:
    assert event_of(a_mail(meeting_notice(required=True)))["ATTENDEE"].params["ROLE"] == "REQ-PARTICIPANT"


@pytest.mark.parametrize("kind", KINDS)
def test_the_text_says_what_when_in_their_zone_and_what_next(kind: str) -> None:
    mail = a_mail(meeting_notice(kind))
    for text in (part(mail), part(mail, "html")):
        assert "“Checkout answers slowly” (SEV2)" in text
        assert "Wednesday 2026-03-04 04:00 (America/New_York)" in text
        assert URL in text
        assert "None" not in text
        assert (f"/v1/postmortems/{PM}/meeting/attendees/me" in text) is (kind != "cancelled")
        assert ("60 minutes" in text) is (kind != "cancelled")
    assert "\n\n\n" not in part(mail)


def test_who_left_is_told_that_it_takes_place_without_them() -> None:
    left, off = (a_mail(meeting_notice("cancelled", left=left)) for left in (True, False))
    assert str(parsed(left)["Subject"]).startswith("[Postmortem] Meeting left: ")
    assert str(parsed(off)["Subject"]).startswith("[Postmortem] Meeting cancelled: ")
    assert "It takes place, without you." in part(left)
    assert "is cancelled." in part(off)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("by_fact", [True, False])
def test_of_what_is_restricted_neither_subject_nor_calendar_tell_anything(kind: str, by_fact: bool) -> None:
    mail = a_mail(meeting_notice(kind, restricted=by_fact), restricted=not by_fact)
    assert str(parsed(mail)["Subject"]).endswith(f": restricted report {PM[:8]}")
    event = event_of(mail)
    assert str(event["SUMMARY"]).endswith("Postmortem meeting (restricted)")
    assert str(event["CLASS"]) == "PRIVATE"
    assert b"Checkout" not in event.to_ical()
    assert ("Checkout answers slowly" in part(mail)) is (kind != "cancelled")


def test_the_same_notice_is_the_same_mail_and_each_change_answers_the_invitation() -> None:
    first = a_mail(meeting_notice(), id="fact-1")
    assert first == a_mail(meeting_notice(), id="fact-1")
    moved = parsed(a_mail(meeting_notice("moved"), id="fact-2", follows="fact-1"))
    assert moved["In-Reply-To"] == parsed(first)["Message-ID"]


@settings(max_examples=80, deadline=None)
@given(TITLE, TITLE, st.sampled_from(KINDS))
def test_no_title_and_no_name_adds_a_header_a_property_or_a_part(title: str, name: str, kind: str) -> None:
    organizer = Owner(name=name, email="meetings@example.com")
    fact = meeting_notice(kind, Owner(name=name, email=ADA.email), title=title, organizer=organizer)
    mail = a_mail(fact)
    assert_fit_for_the_wire(mail)
    assert parsed(mail).keys() == (HEADERS if kind == "invitation" else THREADED)
    assert len(list(parsed(mail).iter_parts())) == 3
    assert set(event_of(mail)) == set(event_of(a_mail(meeting_notice(kind))))


@pytest.mark.parametrize(
    "words", ["a\r\nATTACH:file:///x", "a\r\n\r\n--=_x", "\x00\x07a", "=?utf-8?q?=0d=0aBcc:_x?=", 'a"\\;,:']
)
def test_what_tries_to_break_out_of_the_entry_stays_in_it(words: str) -> None:
    fact = meeting_notice(recipient=Owner(name=words, email=ADA.email), title=words)
    mail = a_mail(fact)
    assert_fit_for_the_wire(mail)
    event = event_of(mail)
    assert "ATTACH" not in event
    assert "\x00" not in str(event["SUMMARY"])
    assert "Bcc" not in parsed(mail)
