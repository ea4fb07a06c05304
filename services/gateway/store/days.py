"""How the library is asked about people's days: what is to be finished, and when people meet."""

from __future__ import annotations

from datetime import timedelta

from services.gateway.domain.pages.waiting import UNFINISHED
from services.gateway.ports.days import Span
from shared.mongo import Row

OWNED_INDEX = [("find.owner", 1), ("find.status", 1), ("find.deadline", 1), ("_id", 1)]
BY_DEADLINE: Row = {"find.deadline": 1, "_id": 1}
LONGEST = timedelta(days=1)
"""No meeting lasts as long (the calendar keeps them to hours): the index of their ends finds all that begin in time."""


def of_owned(owner: str) -> Row:
    """Return the query for what somebody owns and has to bring to publication."""
    return {"find.owner": owner, "find.status": {"$in": list(UNFINISHED)}}


def of_span(span: Span) -> Row:
    """Return the query for meetings that may fall into a time; whether they begin before its end has to be seen."""
    query: Row = {"find.meeting_end": {"$gt": span.since, "$lt": span.until + LONGEST}}
    if span.attendee is not None:
        query["state.meeting.attendees.email"] = span.attendee
    return query
