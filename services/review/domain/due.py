"""Until when a review is hoped for: a day before the meeting, else before the postmortem is due. Pure."""

from __future__ import annotations

from datetime import datetime

from services.review.domain.assigning import hoped_for
from services.review.domain.attention import Meeting
from services.review.domain.practice import Practice
from services.review.domain.review import Review
from shared.contracts.decision import Decision
from shared.contracts.events import MeetingCancelled, MeetingScheduled

ON = frozenset({"tentative", "scheduled"})


def hear_meeting(review: Review, event: MeetingScheduled | MeetingCancelled, now: datetime) -> Decision[Review]:
    """Keep when it meets: the newest word by its number, whatever order they come in."""
    known = review.meeting
    if known and event.sequence < known.sequence:
        return Decision(state=review)
    is_on = isinstance(event, MeetingScheduled) and event.status in ON
    start = event.start if is_on and isinstance(event, MeetingScheduled) else None
    is_same = known is not None and known.start == start
    meeting = Meeting(sequence=event.sequence, start=start, known_at=known.known_at if known and is_same else now)
    return Decision(state=review.changed(meeting=meeting))


def review_due(review: Review, practice: Practice, now: datetime) -> datetime:
    """Return until when whoever is asked now is hoped to say what they think; never less than they need for it."""
    start = review.meeting.start if review.meeting else None
    return hoped_for(start or review.draft.deadline, practice, now)
