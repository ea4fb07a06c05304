"""Entries as iCalendar objects (RFC 5545, RFC 7986) and back.

No METHOD: a stored object has none (RFC 4791 section 4.1). Times in UTC: no VTIMEZONE to get wrong.
SCHEDULE-AGENT=CLIENT keeps servers from mailing invitations of their own (RFC 6638 section 7.1).
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from icalendar import Alarm, Calendar, Component, Event, vCalAddress, vUri
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from services.calendar.domain import Copy, Entry
from shared.contracts.values import Attendee

PRODID = "-//Afterword//Calendar//EN"
WRITE_ID = "X-AFTERWORD-WRITE-ID"
PRE_READ = timedelta(hours=24)
"""When the reminder to read comes up (guide A5: the text goes to the attendees a day before)."""

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")
_OURS = ("SUMMARY", "DESCRIPTION", "STATUS", "TRANSP", "SEQUENCE", "DTSTAMP", "LAST-MODIFIED", "URL", WRITE_ID)
"""What is ours in somebody else's copy; all the rest that people may have added or changed is theirs."""
_templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent.parent / "templates"),
    undefined=StrictUndefined,
    autoescape=False,  # noqa: S701 - plain text, not HTML
    trim_blocks=True,
    lstrip_blocks=True,
)


def build(entry: Entry) -> str:
    """Return a new iCalendar object for an entry. The same entry always yields the same text."""
    calendar = Calendar()
    calendar.add("prodid", PRODID)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add_component(_event(entry))
    return _text(calendar)


def merge(entry: Entry, copy: Copy) -> str:
    """Return the copy brought up to the entry, with everything that people added or changed besides.

    A copy that is no iCalendar object any more is replaced.
    """
    calendar = _parse(copy.text)
    theirs = _main(calendar, entry.uid) if calendar else None
    if calendar is None or theirs is None:
        return build(entry)
    ours = _event(entry)
    for name in _OURS:
        theirs.pop(name, None)
        theirs[name] = ours[name]
    if (copy.start, copy.end) != (entry.start, entry.end):
        for name in ("DTSTART", "DTEND", "DURATION"):
            theirs.pop(name, None)
        theirs["DTSTART"], theirs["DTEND"] = ours["DTSTART"], ours["DTEND"]
    _merge_attendees(theirs, ours)
    return _text(calendar)


def read(text: str, etag: str, uid: str, zone: ZoneInfo) -> Copy:
    """Read an iCalendar object from the calendar; `zone` is meant where the entry names none.

    A text that cannot be read gives a copy without times: nobody's edit, to be replaced.
    """
    calendar = _parse(text)
    event = _main(calendar, uid) if calendar else None
    if event is None:
        return Copy(uid=uid, etag=etag, text=text, start=None, end=None, status="")
    start, end = _times(event, zone)
    return Copy(
        uid=uid,
        etag=etag,
        text=text,
        start=start,
        end=end,
        status=str(event.get("STATUS", "CONFIRMED")).upper(),
        sequence=_number(event.get("SEQUENCE", 0)),
        write_id=str(event.get(WRITE_ID, "")),
    )


def clean(text: str) -> str:
    """Return text without control characters; line breaks of one-line fields are for `line`."""
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def line(text: str) -> str:
    """Return one line without control characters, safe in every property and parameter."""
    return " ".join(clean(text).split())


def _event(entry: Entry) -> Event:
    event = Event()
    cancelled = entry.status == "CANCELLED"
    summary = f"{'CANCELLED: ' if cancelled else ''}Postmortem: {line(entry.title)} ({entry.severity.upper()})"
    values: dict[str, object] = {
        "uid": entry.uid,
        "sequence": entry.sequence,
        "dtstamp": entry.changed_at,
        "created": entry.created_at,
        "last-modified": entry.changed_at,
        "dtstart": entry.start,
        "dtend": entry.end,
        "summary": summary,
        "description": _description(entry),
        "status": entry.status,
        "class": "PUBLIC",
        # somebody whose meeting is off is free then; clients do not look at STATUS for that
        "transp": "TRANSPARENT" if cancelled else "OPAQUE",
        "url": entry.url,
        "location": entry.join_url,
        "categories": ["POSTMORTEM"],
        WRITE_ID: entry.write_id,
    }
    for name, value in values.items():
        event.add(name, value.replace(microsecond=0) if isinstance(value, datetime) else value)
    event.add("conference", _conference(entry.join_url))
    event.add("organizer", _address(entry.organizer.name, entry.organizer.email))
    for attendee in entry.attendees:
        event.add("attendee", _attendee(attendee))
    event.add_component(_reminder())
    return event


def _description(entry: Entry) -> str:
    return clean(
        _templates.get_template("description.txt.j2").render(
            entry=entry.model_copy(update={"title": line(entry.title)})
        )
    ).strip()


def _conference(url: str) -> vUri:
    """RFC 7986 section 5.11 wants VALUE=URI said; clients that do not know it show LOCATION."""
    conference = vUri(url)
    conference.params.update({"VALUE": "URI", "FEATURE": ["AUDIO", "VIDEO"], "LABEL": "Join the postmortem"})
    return conference


def _attendee(attendee: Attendee) -> vCalAddress:
    return _address(
        attendee.name,
        attendee.email,
        CUTYPE="INDIVIDUAL",
        PARTSTAT="NEEDS-ACTION",
        RSVP="TRUE",
        ROLE="REQ-PARTICIPANT" if attendee.required else "OPT-PARTICIPANT",
        **{"SCHEDULE-AGENT": "CLIENT"},
    )


def _address(name: str, email: str, **parameters: str) -> vCalAddress:
    address = vCalAddress(f"mailto:{email}")
    address.params.update({"CN": line(name), **parameters})
    return address


def _reminder() -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", "Read the postmortem before the meeting")
    alarm.add("trigger", -PRE_READ)
    return alarm


def _merge_attendees(theirs: Component, ours: Component) -> None:
    """Our invitation, with people's answers, and whom people invited themselves (nobody marked them CLIENT)."""
    before = {str(address).lower(): address for address in _listed(theirs)}
    invited = {str(address).lower(): address for address in _listed(ours)}
    for key, address in invited.items():
        if key in before and "PARTSTAT" in before[key].params:
            address.params["PARTSTAT"] = before[key].params["PARTSTAT"]
    added = [
        address
        for key, address in before.items()
        if key not in invited and address.params.get("SCHEDULE-AGENT") != "CLIENT"
    ]
    theirs["ATTENDEE"] = [*invited.values(), *added]


def _listed(component: Component) -> list[vCalAddress]:
    value = component.get("ATTENDEE", [])
    return value if isinstance(value, list) else [value]


def _parse(text: str) -> Calendar | None:
    try:
        calendar = Calendar.from_ical(text)
    except ValueError:
        return None
    return calendar if isinstance(calendar, Calendar) else None


def _main(calendar: Calendar, uid: str) -> Component | None:
    """The entry itself: not one changed instance of it, should somebody have made it recur."""
    return next(
        (
            event
            for event in calendar.walk("VEVENT")
            if str(event.get("UID", "")) == uid and "RECURRENCE-ID" not in event
        ),
        None,
    )


def _times(event: Component, zone: ZoneInfo) -> tuple[datetime | None, datetime | None]:
    start = _moment(event, "DTSTART", zone)
    if start is None:
        return None, None
    end = _moment(event, "DTEND", zone)
    if end is None:
        length = getattr(event.get("DURATION"), "dt", None)
        end = start + length if isinstance(length, timedelta) else None
    return (start, end) if end and end > start else (None, None)


def _moment(event: Component, name: str, zone: ZoneInfo) -> datetime | None:
    """A time in UTC; one without a zone, and a whole day, are meant in the organisation's."""
    value = getattr(event.get(name), "dt", None)
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=zone)).astimezone(UTC)
    return datetime.combine(value, time.min, zone).astimezone(UTC) if isinstance(value, date) else None


def _number(value: object) -> int:
    return int(value) if isinstance(value, int) else 0


def _text(calendar: Calendar) -> str:
    return str(calendar.to_ical().decode())
