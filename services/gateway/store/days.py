"""How the library is asked about people's days: what is to be finished, and when people meet."""

from __future__ import annotations

from datetime import timedelta

from services.gateway.domain.pages.waiting import UNFINISHED
from services.gateway.ports.days import Span
from shared.mongo import Row

OWNED_INDEX = [("find.owner", 1), ("find.status", 1), ("find.deadline", 1), ("_id", 1)]
ATTENDEE = "state.meeting.attendees.email"
ATTENDING_INDEX = [(ATTENDEE, 1), ("find.meeting_end", 1), ("_id", 1)]
BY_DEADLINE: Row = {"find.deadline": 1, "_id": 1}
LONGEST = timedelta(days=1)
"""No meeting lasts as long (the calendar keeps them to hours): the index of their ends finds all that begin in time."""


MEETING: tuple[Row, ...] = (
    {"$project": {"schema": 1, **{f"state.{name}": 1 for name in ("id", "draft", "meeting", "cancelled", "ended")}}},
    {
        "$set": {
            "state.draft.report": {"$literal": {}},
            "state.draft.timeline": [],
            "state.draft.sections": [],
            "state.draft.findings": [],
        }
    },
)
"""Leaves of a postmortem what a calendar shows: a month may have very many."""


def of_owned(owner: str) -> Row:
    """Return the query for what somebody owns and has to bring to publication."""
    return {"find.owner": owner, "find.status": {"$in": list(UNFINISHED)}}


def of_span(span: Span, seen_by: str) -> list[Row]:
    """Return the steps that find meetings that may fall into a time; whether they begin before its end has to be seen.

    Who may see them is decided before they are counted. Null is not restricted.
    """
    query: Row = {
        "find.meeting_end": {"$gt": span.since, "$lt": span.until + LONGEST},
        "find.status": {"$exists": True},
        "find.named": {"$in": [None, seen_by]},
    }
    if span.attendee is not None:
        query[ATTENDEE] = span.attendee
    return [{"$match": query}, {"$sort": {"find.meeting_end": 1, "_id": 1}}, {"$limit": span.limit}, *MEETING]
