"""Reviews that lack a reviewer, or have one who cannot do it: looked at again until they are complete. Pure."""

from __future__ import annotations

from datetime import datetime

from services.review.domain.asking import ask_more, replace
from services.review.domain.asks import TICK, know_clocks, with_clocks
from services.review.domain.assigning import awake, case_of
from services.review.domain.assigning.case import Case, accounts
from services.review.domain.community import Pool
from services.review.domain.due import review_due
from services.review.domain.practice import Practice
from services.review.domain.reassigning import relieve_silent
from services.review.domain.review import PassedOnBecause, Review
from services.review.domain.states import State
from shared.contracts.community import Member
from shared.contracts.decision import Decision
from shared.contracts.persons import person


def next_seek(review: Review, practice: Practice, now: datetime) -> datetime | None:
    """Return when reviewers are to be looked for again; None when nothing is in review."""
    if review.state is not State.IN_REVIEW:
        return None
    return max((review.sought_at or now) + practice.timing.look_every, now + TICK)


def is_due(review: Review, practice: Practice, now: datetime) -> bool:
    """Say whether it is time to look whether everybody who reviews can do it."""
    return review.state is State.IN_REVIEW and (review.sought_at or now) + practice.timing.look_every <= now


def look_at_reviewers(review: Review, pool: Pool, practice: Practice, now: datetime) -> Decision[Review]:
    """Take in what the community knows by now, and ask others where somebody cannot review it, or is silent."""
    looked = relieve_silent(with_clocks(review, pool), pool, practice, now)
    if is_due(looked.state, practice, now):
        looked = seek(looked, pool, practice, now)
    return know_clocks(looked, pool)


def seek(decision: Decision[Review], pool: Pool, practice: Practice, now: datetime) -> Decision[Review]:
    """Take a review from those who cannot do it any more, and ask others, up to as many as are wanted."""
    review, events = decision.state, decision.events
    if review.state is not State.IN_REVIEW:
        return decision
    for email, because in _unable(review, pool, practice, now):
        replaced = replace(review, email, because, pool, practice, now)
        review, events = replaced.state, (*events, *replaced.events)
    return ask_more(Decision(state=review, events=events, reply=decision.reply), pool, practice, now)


def _unable(review: Review, pool: Pool, practice: Practice, now: datetime) -> tuple[tuple[str, PassedOnBecause], ...]:
    """Return who cannot review it any more, and why: gone, barred since, or away for all that is left of the time.

    Who has approved has done it. Somebody whom the community does not know was put in by hand, and stays.
    """
    known = {member.email: member for member in pool.members}
    approved = {person(approval.email) for approval in review.approvals}
    case = case_of(review.draft, pool, practice, now, review_due(review, practice, now))
    asked = [known[r.email] for r in review.reviewers if r.email in known and person(r.email) not in approved]
    reasons = ((member.email, _why_not(case, member)) for member in asked)
    return tuple((email, because) for email, because in reasons if because)


def _why_not(case: Case, member: Member) -> PassedOnBecause | None:
    if not member.active:
        return PassedOnBecause.GONE
    if accounts(member) & case.involved:
        return PassedOnBecause.BARRED
    is_away = not awake(member, case.practice, case.now, case.due)
    return PassedOnBecause.AWAY if is_away else None
