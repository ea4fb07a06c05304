"""The part of a mail that calendar programs take (iMIP, RFC 6047): one event, for the one person whom it goes to.

It has the UID and SEQUENCE of the entry on the shared calendar, so that a program knows both for the same meeting. An
answer to it would go to the organizer's mailbox, which no room reads: none is asked for.
"""

from __future__ import annotations

from datetime import datetime

from icalendar import Calendar, Event, vCalAddress, vUri

from services.distribution.adapters.body import CalendarPart
from services.distribution.adapters.characters import one_line
from shared.contracts.base import Owner
from shared.contracts.meeting_notices import MeetingNotice, MeetingNoticeKind

PRODID = "-//Afterword//Distribution//EN"


def invitation(fact: MeetingNotice, *, restricted: bool) -> CalendarPart:
    """Return what a calendar program makes of a notice; the same notice always yields the same.

    Of what is `restricted` it has no title: calendars are read over people's shoulders.
    """
    method = "CANCEL" if fact.kind is MeetingNoticeKind.CANCELLED else "REQUEST"
    calendar = Calendar()
    calendar.add("prodid", PRODID)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method)
    calendar.add_component(_event(fact, restricted=restricted))
    return CalendarPart(method=method, text=calendar.to_ical().decode())


def _event(fact: MeetingNotice, *, restricted: bool) -> Event:
    event = Event()
    values: dict[str, object] = {
        "uid": fact.uid,
        "sequence": fact.sequence,
        "dtstamp": fact.at,
        "dtstart": fact.start,
        "dtend": fact.end,
        "summary": _about(fact, restricted=restricted),
        "description": f"Read it before the meeting: {fact.url}\n\nJoin: {fact.join_url}",
        "url": fact.url,
        "location": fact.join_url,
        "class": "PRIVATE" if restricted else "PUBLIC",
        "transp": "TRANSPARENT" if fact.kind is MeetingNoticeKind.CANCELLED else "OPAQUE",
        **_status(fact),
    }
    for name, value in values.items():
        event.add(name, value.replace(microsecond=0) if isinstance(value, datetime) else value)
    conference = vUri(fact.join_url)
    conference.params.update({"VALUE": "URI", "FEATURE": ["AUDIO", "VIDEO"], "LABEL": "Join the postmortem"})
    event.add("conference", conference)
    event.add("organizer", _address(fact.organizer))
    role = "REQ-PARTICIPANT" if fact.required else "OPT-PARTICIPANT"
    event.add(
        "attendee", _address(fact.recipient, CUTYPE="INDIVIDUAL", ROLE=role, PARTSTAT="NEEDS-ACTION", RSVP="FALSE")
    )
    return event


def _status(fact: MeetingNotice) -> dict[str, str]:
    """Who left is taken off a meeting that takes place: no status then (RFC 5546 section 3.2.5)."""
    if fact.kind is MeetingNoticeKind.CANCELLED:
        return {} if fact.left else {"status": "CANCELLED"}
    return {"status": "TENTATIVE" if fact.tentative else "CONFIRMED"}


def _about(fact: MeetingNotice, *, restricted: bool) -> str:
    called_off = fact.kind is MeetingNoticeKind.CANCELLED and not fact.left
    title = (
        "Postmortem meeting (restricted)"
        if restricted
        else f"Postmortem: {one_line(fact.title)} ({fact.severity.value.upper()})"
    )
    return f"{'CANCELLED: ' if called_off else ''}{title}"


def _address(person: Owner, **parameters: str) -> vCalAddress:
    address = vCalAddress(f"mailto:{person.email}")
    address.params.update({"CN": one_line(person.name), **parameters})
    return address
