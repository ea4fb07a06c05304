"""Since when and until when each reviewer is asked: kept beside the reviewers, whoever names them. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from services.review.domain.attention import Ask, Attention, Lives
from services.review.domain.community import Pool
from services.review.domain.due import review_due
from services.review.domain.hours import Hours
from services.review.domain.practice import Practice
from services.review.domain.review import Review
from services.review.domain.states import State
from shared.contracts.community import Member
from shared.contracts.decision import Decision
from shared.contracts.values import AskedReviewer

TICK = timedelta(milliseconds=1)
"""What a store keeps of a time. A timer's id follows from its time, so the next one is always a later one."""


def follow_asks(before: Review | None, after: Review, practice: Practice, now: datetime) -> Decision[Review]:
    """Keep in mind who is asked since when; until when moves with the meeting, and so does what reviewers are shown."""
    attention = Attention() if _is_another_round(before, after) else after.attention
    if after.state is not State.IN_REVIEW:
        return Decision(state=after if attention == after.attention else after.changed(attention=attention))
    if _is_submitted(before, after):
        attention = attention.changed(escalated=())
    asks = tuple(_asked(before, after, attention, reviewer, practice, now) for reviewer in after.reviewers)
    shown = tuple(map(_shown, after.reviewers, asks))
    return Decision(state=after.changed(attention=attention.changed(asks=asks), reviewers=shown))


def hear_word(decision: Decision[Review | None], email: str) -> Decision[Review | None]:
    """Somebody said something of the review: they are at it, and are not passed over as one who is silent."""
    review, is_refused = decision.state, decision.reply and decision.reply.refusal
    ask = review.attention.of(email) if review else None
    if review is None or ask is None or is_refused:
        return decision
    spoke = review.changed(attention=review.attention.knowing(ask.changed(spoke=True)))
    return replace(decision, state=spoke)


def know_clocks(decision: Decision[Review], pool: Pool) -> Decision[Review]:
    """Keep in mind by which clocks reviewers live: that is when they are told."""
    return replace(decision, state=with_clocks(decision.state, pool))


def with_clocks(review: Review, pool: Pool) -> Review:
    """Return the review that knows by which clocks its reviewers live."""
    attention, asked = review.attention, {reviewer.email for reviewer in review.reviewers}
    lives = {each.email: each for each in attention.lives} | {
        member.email: _lives(member) for member in pool.members if member.email in asked
    }
    asks = tuple(ask.changed(lives=lives.get(ask.email)) for ask in attention.asks)
    known = attention.changed(lives=tuple(lives[email] for email in sorted(lives)), asks=asks)
    return review if known == attention else review.changed(attention=known)


def waiting(review: Review) -> tuple[Ask, ...]:
    """Return those who are asked and have not approved what is in review now."""
    if review.state is not State.IN_REVIEW:
        return ()
    approved = {approval.email for approval in review.approvals}
    asked = {reviewer.email for reviewer in review.reviewers} - approved
    return tuple(ask for ask in review.attention.asks if ask.email in asked)


def day_of(ask: Ask, practice: Practice) -> tuple[Hours, ZoneInfo]:
    """Return when a reviewer works, and by which clock."""
    return practice.timing.day_of(ask.email, ask.lives)


def _lives(member: Member) -> Lives:
    opens, closes = (member.hours.opens, member.hours.closes) if member.hours else (None, None)
    return Lives(email=member.email, zone=member.timezone, opens=opens, closes=closes)


def _is_another_round(before: Review | None, after: Review) -> bool:
    if before is None:
        return False
    was, now = before.draft, after.draft
    return (was.correction_of, was.toggles) != (now.correction_of, now.toggles)


def _is_submitted(before: Review | None, after: Review) -> bool:
    """Say whether it has come into review, or was submitted once more; an edit of what was approved is neither."""
    if before is None or before.requested < after.requested:
        return True
    return before.state not in (State.IN_REVIEW, State.APPROVED)


def _asked(
    before: Review | None,
    after: Review,
    attention: Attention,
    reviewer: AskedReviewer,
    practice: Practice,
    now: datetime,
) -> Ask:
    known = attention.of(reviewer.email)
    is_anew = _is_submitted(before, after) or _is_void(before, after, reviewer.email)
    if known and not is_anew:
        return known.changed(due=review_due(after, practice, known.since))
    lives = next((each for each in attention.lives if each.email == reviewer.email), None)
    due, spoke = review_due(after, practice, now), bool(known and known.spoke)
    return Ask(email=reviewer.email, since=now, due=due, lives=lives, spoke=spoke)


def _is_void(before: Review | None, after: Review, email: str) -> bool:
    """Say whether somebody had approved it, and has to again."""
    was = {approval.email for approval in before.approvals} if before else set[str]()
    return email in was - {approval.email for approval in after.approvals}


def _shown(reviewer: AskedReviewer, ask: Ask) -> AskedReviewer:
    return reviewer.model_copy(update={"asked_at": reviewer.asked_at or ask.since, "due": ask.due})
