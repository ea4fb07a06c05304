"""Who is relieved of a review because nothing was heard of them, and who is asked instead. Pure.

Who is silent said nothing for some of their own working hours: they neither claimed the review nor commented nor gave a
verdict. They are told kindly, and may still claim it. Who is at it is never passed over, only reminded.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from services.review.domain.asking import replace
from services.review.domain.asks import TICK, day_of, waiting
from services.review.domain.attention import Ask
from services.review.domain.community import Pool
from services.review.domain.hours import awake, business_hours_after, business_hours_between
from services.review.domain.practice import Practice
from services.review.domain.review import PassedOnBecause, Review
from services.review.domain.telling import reviewer_of, tell
from shared.contracts.base import BaseMessage
from shared.contracts.decision import Decision
from shared.contracts.review_notices import ReviewNotice, ReviewNoticeKind


def relieve_silent(review: Review, pool: Pool, practice: Practice, now: datetime) -> Decision[Review]:
    """Ask others in the place of those who are silent. Nobody is told outside their hours."""
    events: tuple[BaseMessage, ...] = ()
    for ask in waiting(review):
        at = _silent_at(review, ask, practice)
        if at and at <= now and awake(now, *day_of(ask, practice)) == now:
            passed = _pass_on(review, ask, pool, practice, now)
            review, events = passed.state, (*events, *passed.events)
    return Decision(state=review, events=events)


def look_for_silence(review: Review, practice: Practice, now: datetime) -> datetime | None:
    """Return when the next reviewer will have been silent for too long."""
    coming = ((ask, _silent_at(review, ask, practice)) for ask in waiting(review) if not ask.alone)
    return min((awake(max(at, now + TICK), *day_of(ask, practice)) for ask, at in coming if at), default=None)


def _silent_at(review: Review, ask: Ask, practice: Practice) -> datetime | None:
    """Return when somebody will have been silent for too long; None for who is at it, and once enough were relieved."""
    reviewer = next(each for each in review.reviewers if each.email == ask.email)
    is_at_it = reviewer.claimed or ask.spoke or reviewer.approved_revision is not None
    if is_at_it or len(review.attention.passed_on) >= practice.timing.reassign_times:
        return None
    return business_hours_after(ask.since, practice.timing.silent_after, *day_of(ask, practice))


def _pass_on(review: Review, ask: Ask, pool: Pool, practice: Practice, now: datetime) -> Decision[Review]:
    """Relieve somebody, if another can be asked; where nobody else is left, remember that."""
    attention = review.attention
    found = replace(review, ask.email, PassedOnBecause.SILENT, pool, practice, now)
    if len(found.state.reviewers) < len(review.reviewers):
        return Decision(state=review.changed(attention=attention.knowing(ask.changed(alone=True))))
    passed = found.state.changed(attention=attention.changed(passed_on=(*attention.passed_on, ask.email)))
    return Decision(state=passed, events=(*found.events, _relieved(review, ask, practice, now)))


def _relieved(review: Review, ask: Ask, practice: Practice, now: datetime) -> ReviewNotice:
    waited = business_hours_between(ask.since, now, *day_of(ask, practice))
    why = f"It had waited for {round(waited / timedelta(hours=1))} of your working hours."
    return tell(review, ReviewNoticeKind.REVIEW_PASSED_ON, reviewer_of(review, ask.email), now, why=(why,))
