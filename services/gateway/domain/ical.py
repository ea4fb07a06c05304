"""The meetings as one read-only calendar (RFC 5545, RFC 7986). Pure: the same meetings always give the same text.

Each entry has the UID, the SEQUENCE and the times of the one on the shared calendar, so that a client which has both
takes them for one. No METHOD: nobody is invited by reading. Times in UTC: no VTIMEZONE to get wrong.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from icalendar import Calendar, Event, vDuration, vUri

from services.gateway.domain.facets import MeetingView
from services.gateway.domain.view import View
from shared.contracts.events import Snapshot

PRODID = "-//Afterword//Meetings//EN"
NAME = "Postmortem meetings"
REFRESH, REFRESH_TEXT = timedelta(hours=1), "PT1H"
"""How often a subscribed client should look again."""
PAST_KEPT = timedelta(days=90)
"""For how long a meeting stays in the calendar when it is over."""
STATUS = {"tentative": "TENTATIVE", "scheduled": "CONFIRMED", "ended": "CONFIRMED", "cancelled": "CANCELLED"}
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def calendar(views: Sequence[View]) -> bytes:
    """Return the calendar of these postmortems' meetings; those without a meeting are left out."""
    found = Calendar()
    found.add("prodid", PRODID)
    found.add("version", "2.0")
    found.add("calscale", "GREGORIAN")
    found.add("name", NAME)
    found.add("x-wr-calname", NAME)
    refresh = vDuration(REFRESH)
    refresh.params["VALUE"] = "DURATION"
    found.add("refresh-interval", refresh)
    found.add("x-published-ttl", REFRESH_TEXT)
    for view in views:
        if view.meeting and view.draft:
            found.add_component(_event(view, view.draft, view.meeting))
    return bytes(found.to_ical())


def _event(view: View, draft: Snapshot, meeting: MeetingView) -> Event:
    event = Event()
    sequence, changed_at = _state(view, meeting)
    cancelled = view.cancelled
    title = f"Postmortem: {_line(draft.title)} ({draft.severity.value.upper()})"
    values: dict[str, object] = {
        "uid": meeting.uid,
        "sequence": sequence,
        "dtstamp": changed_at,
        "last-modified": changed_at,
        "dtstart": meeting.start,
        "dtend": meeting.end,
        "summary": f"{'CANCELLED: ' if cancelled else ''}{title}",
        "status": STATUS["cancelled" if cancelled else meeting.status],
        "transp": "TRANSPARENT" if cancelled else "OPAQUE",
        "url": meeting.url,
        "location": meeting.join_url,
        "categories": ["POSTMORTEM"],
    }
    for name, value in values.items():
        event.add(name, value.replace(microsecond=0) if isinstance(value, datetime) else value)
    event.add("conference", _conference(meeting.join_url))
    return event


def _state(view: View, meeting: MeetingView) -> tuple[int, datetime]:
    """Return the entry's number and when it came to be as it is: both follow from what was said, not from who asks."""
    said_at, _ = view.stamps.get("meeting", (meeting.start, ""))
    if view.cancellation is None:
        return meeting.sequence, said_at
    return max(meeting.sequence, view.cancellation.sequence), max(said_at, view.cancellation.at)


def _conference(url: str) -> vUri:
    conference = vUri(url)
    conference.params.update({"VALUE": "URI", "FEATURE": ["AUDIO", "VIDEO"], "LABEL": "Join the postmortem"})
    return conference


def _line(text: str) -> str:
    return " ".join(_CONTROL.sub(" ", text).split())
