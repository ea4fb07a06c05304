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
from pydantic import ValidationError

from services.calendar.domain import Copy, Entry, Invited
from shared.contracts.values import Answer, Attendee

PRODID = "-//Afterword//Calendar//EN"
WRITE_ID = "X-AFTERWORD-WRITE-ID"
RESTRICTED = "X-AFTERWORD-RESTRICTED"
"""Stands in an entry that was written anew, without what it said before it was restricted."""
PRE_READ = timedelta(hours=24)
"""When the reminder to read comes up (guide A5: the text goes to the attendees a day before)."""

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")
_OURS = (
    *("SUMMARY", "DESCRIPTION", "STATUS", "TRANSP", "SEQUENCE", "DTSTAMP", "LAST-MODIFIED", "URL", "CLASS"),
    *(WRITE_ID, RESTRICTED),
)
"""What is ours in somebody else's copy; all the rest that people may have added or changed is theirs."""
_MARK_OF_OURS = ("SCHEDULE-AGENT", "CLIENT")
"""Stands at whom we invited: keeps servers from mailing them, and tells them from people's own guests."""
_ANSWERS: dict[str, Answer] = {"ACCEPTED": "accepted", "DECLINED": "declined", "TENTATIVE": "tentative"}
_templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent.parent / "templates"),
    undefined=StrictUndefined,
    autoescape=False,  # noqa: S701 - plain text, not HTML
    trim_blocks=True,
    lstrip_blocks=True,
)


def build(entry: Entry) -> str:
    """Return a new iCalendar object for an entry. The same entry always yields the same text."""
    return _whole(_event(entry))


def merge(entry: Entry, copy: Copy) -> str:
    """Return the copy brought up to the entry, with everything that people added or changed besides.

    A copy that is no iCalendar object any more is replaced. So is one that was not restricted and now is: clients keep
    words of ours in places of their own.
    """
    calendar = _parse(copy.text)
    theirs = _main(calendar, entry.uid) if calendar else None
    if calendar is None or theirs is None:
        return build(entry)
    ours = _event(entry)
    if entry.restricted and RESTRICTED not in theirs:
        _keep_answers(theirs, ours)
        return _whole(ours)
    for name in _OURS:
        theirs.pop(name, None)
        if name in ours:
            theirs[name] = ours[name]
    if (copy.start, copy.end) != (entry.start, entry.end):
        for name in ("DTSTART", "DTEND", "DURATION"):
            theirs.pop(name, None)
        theirs["DTSTART"], theirs["DTEND"] = ours["DTSTART"], ours["DTEND"]
    _merge_attendees(theirs, ours, entry)
    return _text(calendar)


def read(text: str, etag: str, uid: str, zone: ZoneInfo, place: str = "") -> Copy:
    """Read an iCalendar object from the calendar; `zone` is meant where it names none, `place` is its name if not ours.

    A text that cannot be read gives a copy without times: nobody's edit, to be replaced.
    """
    calendar = _parse(text)
    event = _main(calendar, uid) if calendar else None
    if event is None:
        return Copy(uid=uid, etag=etag, text=text, start=None, end=None, status="", place=place)
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
        place=place,
        invited=tuple(person for address in _listed(event) if (person := _person(address))),
    )


def uids_in(text: str) -> frozenset[str]:
    """Return the UIDs of the events in an iCalendar object; none if it cannot be read."""
    calendar = _parse(text)
    return frozenset(str(event.get("UID", "")) for event in calendar.walk("VEVENT")) if calendar else frozenset()


def clean(text: str) -> str:
    """Return text without control characters; line breaks of one-line fields are for `line`."""
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def line(text: str) -> str:
    """Return one line without control characters, safe in every property and parameter."""
    return " ".join(clean(text).split())


_templates.filters["line"] = line


def _event(entry: Entry) -> Event:
    event = Event()
    cancelled = entry.status == "CANCELLED"
    values: dict[str, object] = {
        "uid": entry.uid,
        "sequence": entry.sequence,
        "dtstamp": entry.changed_at,
        "created": entry.created_at,
        "last-modified": entry.changed_at,
        "dtstart": entry.start,
        "dtend": entry.end,
        "summary": f"{'CANCELLED: ' if cancelled else ''}{_about(entry)}",
        "description": _description(entry),
        "status": entry.status,
        "class": "PRIVATE" if entry.restricted else "PUBLIC",
        # somebody whose meeting is off is free then; clients do not look at STATUS for that
        "transp": "TRANSPARENT" if cancelled else "OPAQUE",
        "url": entry.url,
        "location": entry.join_url,
        "categories": ["POSTMORTEM"],
        WRITE_ID: entry.write_id,
        **({RESTRICTED: "TRUE"} if entry.restricted else {}),
    }
    for name, value in values.items():
        event.add(name, value.replace(microsecond=0) if isinstance(value, datetime) else value)
    event.add("conference", _conference(entry.join_url))
    event.add("organizer", _address(entry.organizer.name, entry.organizer.email))
    for attendee in entry.attendees:
        event.add("attendee", _attendee(attendee))
    event.add_component(_reminder())
    return event


def _whole(event: Event) -> str:
    calendar = Calendar()
    calendar.add("prodid", PRODID)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add_component(event)
    return _text(calendar)


def _about(entry: Entry) -> str:
    if entry.restricted:
        return "Postmortem meeting (restricted)"
    return f"Postmortem: {line(entry.title)} ({line(entry.severity_words())})"


def _description(entry: Entry) -> str:
    template = "restricted.txt.j2" if entry.restricted else "description.txt.j2"
    return clean(
        _templates.get_template(template).render(entry=entry.model_copy(update={"title": line(entry.title)}))
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
        **dict([_MARK_OF_OURS]),
    )


def _address(name: str, email: str, **parameters: str) -> vCalAddress:
    address = vCalAddress(f"mailto:{email}")
    address.params.update({"CN": line(name), **parameters})
    return address


def _person(address: vCalAddress) -> Invited | None:
    """Somebody in an entry, or None when there is no address that mail could go to."""
    email = _email(address)
    try:
        return Invited(
            name=line(str(address.params.get("CN", ""))) or email,
            email=email,
            required=address.params.get("ROLE", "REQ-PARTICIPANT") == "REQ-PARTICIPANT",
            answer=_ANSWERS.get(str(address.params.get("PARTSTAT", "")).upper(), "none"),
            ours=address.params.get(_MARK_OF_OURS[0]) == _MARK_OF_OURS[1],
        )
    except ValidationError:
        return None


def _email(address: vCalAddress) -> str:
    return str(address).strip().lower().removeprefix("mailto:")


def _reminder() -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", "Read the postmortem before the meeting")
    alarm.add("trigger", -PRE_READ)
    return alarm


def _merge_attendees(theirs: Component, ours: Component, entry: Entry) -> None:
    """Our invitation, with people's answers, and whom people invited themselves (nobody marked them CLIENT).

    Who left is none of them, and nobody is where only those who are named may know of it.
    """
    _keep_answers(theirs, ours)
    known = {_email(address) for address in _listed(ours)} | {*entry.left}
    guests = [
        address
        for address in _listed(theirs)
        if _email(address) not in known and address.params.get(_MARK_OF_OURS[0]) != _MARK_OF_OURS[1]
    ]
    theirs["ATTENDEE"] = [*_listed(ours), *(() if entry.restricted else guests)]


def _keep_answers(theirs: Component, ours: Component) -> None:
    """Put people's answers to their invitation into ours."""
    before = {str(address).lower(): address for address in _listed(theirs)}
    for address in _listed(ours):
        known = before.get(str(address).lower())
        if known is not None and "PARTSTAT" in known.params:
            address.params["PARTSTAT"] = known.params["PARTSTAT"]


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
