"""What follows from any change of a review, and when somebody has to look at it again. Pure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from services.review.domain.again import ask_again, count_anew
from services.review.domain.announcing import tell_reviewers, tell_shortage
from services.review.domain.asks import follow_asks
from services.review.domain.checking import check_revision
from services.review.domain.coaching_mail import look_for_mail, mail_remarks
from services.review.domain.escalating import escalate, look_for_escalation
from services.review.domain.experience import keep_turns
from services.review.domain.practice import Practice
from services.review.domain.reassigning import look_for_silence
from services.review.domain.reminding import look_for_reminders, remind_reviewers
from services.review.domain.review import Review
from services.review.domain.seeking import next_seek
from services.review.domain.submitting import look_for_submission, remind_to_submit
from services.review.domain.threads import follow_text
from shared.contracts.base import BaseMessage
from shared.contracts.decision import Decision
from shared.contracts.events import ReviewersAssigned

Follower = Callable[[Review | None, Review, Practice, datetime], Decision[Review]]
"""Says what follows from a change, `(before, after, practice, now) -> Decision`; the next one goes on from there."""
Ringer = Callable[[Review, Practice, datetime], Decision[Review]]
"""Says what is due by now."""
Look = Callable[[Review, Practice, datetime], datetime | None]
"""Returns when there is something to say, always after now; None when there is nothing to come."""

FOLLOWERS: tuple[Follower, ...] = (
    *(follow_text, count_anew, follow_asks, tell_reviewers, tell_shortage, ask_again),
    *(keep_turns, check_revision),
)
RINGERS: tuple[Ringer, ...] = (remind_reviewers, escalate, remind_to_submit, mail_remarks)
LOOKS: tuple[Look, ...] = (
    *(next_seek, look_for_silence, look_for_reminders, look_for_escalation),
    *(look_for_submission, look_for_mail),
)


def attend(
    before: Review | None, decision: Decision[Review] | Decision[Review | None], practice: Practice, now: datetime
) -> Decision[Review | None]:
    """Return a decision with what follows from it, and with when it has to be looked at again."""
    after, events = decision.state, decision.events
    if after is None:
        return Decision(state=None, events=events, reply=decision.reply)
    for follower in FOLLOWERS:
        follows = follower(before, after, practice, now)
        after, events = follows.state, (*events, *follows.events)
    told = tuple(_counted(event, after) for event in events)
    return Decision(state=after, events=told, reply=decision.reply, due=next_look(after, practice, now))


def _counted(event: BaseMessage, review: Review) -> BaseMessage:
    """Let the news of who reviews tell how many have to approve once everything has followed."""
    if not isinstance(event, ReviewersAssigned) or event.needed == (review.needed or None):
        return event
    return event.model_copy(update={"needed": review.needed})


def ring(review: Review, practice: Practice, now: datetime) -> Decision[Review]:
    """Its time has come: say what is to be said by now."""
    events: tuple[BaseMessage, ...] = ()
    for ringer in RINGERS:
        said = ringer(review, practice, now)
        review, events = said.state, (*events, *said.events)
    return Decision(state=review, events=events)


def next_look(review: Review, practice: Practice, now: datetime) -> datetime | None:
    """Return when the review has to be looked at again, always after now; None when nothing is to come."""
    return min((at for look in LOOKS if (at := look(review, practice, now))), default=None)
