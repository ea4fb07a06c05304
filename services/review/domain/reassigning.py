"""Who is asked in the place of somebody: of whoever is silent, and of whoever has left or is away. Pure.

Who is silent said nothing for some of their own working hours: they neither claimed the review nor commented nor gave a
verdict. They are told kindly, and may still claim it. Who is at it is never passed over, only reminded.
"""

from __future__ import annotations

from dataclasses import replace as with_fields
from datetime import datetime, timedelta

from services.review.domain.asks import TICK, day_of, know_clocks, waiting
from services.review.domain.attention import Ask
from services.review.domain.community import Pool, assign
from services.review.domain.due import review_due
from services.review.domain.hours import awake, business_hours_after, business_hours_between
from services.review.domain.practice import Practice
from services.review.domain.review import Review, assigned
from services.review.domain.telling import reviewer_of, tell
from shared.contracts.base import BaseMessage, Owner
from shared.contracts.decision import Decision
from shared.contracts.review_notices import ReviewNotice, ReviewNoticeKind

ABSENT = "Somebody who was asked before you is away."
SILENT = "Somebody who was asked before you could not be reached in time."
DAILY = timedelta(days=1)


def look_at_reviewers(review: Review, pool: Pool, practice: Practice, now: datetime) -> Decision[Review]:
    """Take in what the community knows by now, and ask others where somebody is away or silent."""
    review, events = know_clocks(Decision(state=review), pool).state, tuple[BaseMessage, ...]()
    for ask in waiting(review):
        if reason := _reason(review, ask, pool, practice, now):
            passed = _pass_on(review, ask, reason, pool, practice, now)
            review, events = passed.state, (*events, *passed.events)
    return know_clocks(Decision(state=review, events=events), pool)


def look_for_silence(review: Review, practice: Practice, now: datetime) -> datetime | None:
    """Return when the next reviewer will have been silent for too long; once a working day there is a look in any case.

    Meanwhile somebody may have left, or have come in whose help is wanted.
    """
    asks, timing = waiting(review), practice.timing
    if not asks:
        return None
    coming = ((ask, _silent_at(review, ask, practice)) for ask in asks if not ask.alone)
    times = (awake(max(at, now + TICK), *day_of(ask, practice)) for ask, at in coming if at)
    return min((*times, awake(now + DAILY, timing.hours, timing.zone)))


def replace(review: Review, email: str, reason: str, pool: Pool, practice: Practice, now: datetime) -> Decision[Review]:
    """Ask somebody else in the place of one reviewer; the review as it was when there is nobody else."""
    asked = {reviewer.email for reviewer in review.reviewers}
    others = tuple(member for member in pool.members if member.email not in asked)
    found = assign(review.draft, (), with_fields(pool, members=others), 1)
    if not found:
        return Decision(state=review)
    due = review_due(review, practice, now)
    new = found[0].model_copy(update={"why": (reason, *found[0].why), "asked_at": now, "due": due})
    kept = tuple(new if reviewer.email == email else reviewer for reviewer in review.reviewers)
    changed, who = review.changed(reviewers=kept), Owner(name=new.name, email=new.email)
    notice = tell(changed, ReviewNoticeKind.REVIEW_ASKED, who, now, due=due, why=new.why)
    return Decision(state=changed, events=(assigned(changed, now), notice))


def _reason(review: Review, ask: Ask, pool: Pool, practice: Practice, now: datetime) -> str | None:
    """Say why somebody else is to be asked by now, or None. Nobody is told outside their hours."""
    if ask.email in pool.absent:
        return ABSENT
    at = _silent_at(review, ask, practice)
    is_awake = awake(now, *day_of(ask, practice)) == now
    return SILENT if at and at <= now and is_awake else None


def _silent_at(review: Review, ask: Ask, practice: Practice) -> datetime | None:
    """Return when somebody will have been silent for too long; None for who is at it, and once enough were relieved."""
    reviewer = next(each for each in review.reviewers if each.email == ask.email)
    is_at_it = reviewer.claimed or ask.spoke or reviewer.approved_revision is not None
    if is_at_it or len(review.attention.passed_on) >= practice.timing.reassign_times:
        return None
    return business_hours_after(ask.since, practice.timing.silent_after, *day_of(ask, practice))


def _pass_on(review: Review, ask: Ask, reason: str, pool: Pool, practice: Practice, now: datetime) -> Decision[Review]:
    """Ask somebody else and relieve who was silent; where nobody else is left, remember that."""
    attention = review.attention
    fresh = tuple(member for member in pool.members if member.email not in attention.passed_on)
    found = replace(review, ask.email, reason, with_fields(pool, members=fresh), practice, now)
    if found.state is review:
        return Decision(state=review.changed(attention=attention.knowing(ask.changed(alone=True))))
    if reason == ABSENT:
        return found
    passed = found.state.changed(attention=attention.changed(passed_on=(*attention.passed_on, ask.email)))
    return Decision(state=passed, events=(*found.events, _relieved(review, ask, practice, now)))


def _relieved(review: Review, ask: Ask, practice: Practice, now: datetime) -> ReviewNotice:
    waited = business_hours_between(ask.since, now, *day_of(ask, practice))
    why = f"It had waited for {round(waited / timedelta(hours=1))} of your working hours."
    return tell(review, ReviewNoticeKind.REVIEW_PASSED_ON, reviewer_of(review, ask.email), now, why=(why,))
