"""Who reviews, said by people: "I do it", "not I", "let them do it"; and why it may be refused. Pure."""

from __future__ import annotations

from datetime import datetime

from services.review.domain.asking import ask_more, replace
from services.review.domain.assigning import Case, broken, case_of, words
from services.review.domain.assigning.case import accounts, same_persons
from services.review.domain.community import Pool
from services.review.domain.due import review_due
from services.review.domain.practice import Practice
from services.review.domain.review import PassedOn, PassedOnBecause, Review, assigned
from services.review.domain.states import State
from shared.contracts.assigning import ClaimReview, DeclineReview, HandOverReview
from shared.contracts.commands import Actor, Role
from shared.contracts.community import Level, Member
from shared.contracts.decision import UNKNOWN_POSTMORTEM, Decision, Kind, Refusal, Reply
from shared.contracts.persons import person
from shared.contracts.values import AskedReviewer

MOST = 10
"""So many people review one postmortem at most, however many want to."""
UNDER_REVIEW = frozenset({State.IN_REVIEW, State.CHANGES_REQUESTED})
Command = ClaimReview | DeclineReview | HandOverReview


def claim(
    review: Review | None, command: ClaimReview, pool: Pool, practice: Practice, now: datetime
) -> Decision[Review | None]:
    """Let somebody review who says so, or whom an admin names; who is asked already confirms that they do it."""
    if review is None:
        return _refused(None, UNKNOWN_POSTMORTEM)
    if refusal := _objection(review, command):
        return _refused(review, refusal)
    email = _whose(command)
    is_own = email == command.actor.email
    if any(reviewer.email == email for reviewer in review.reviewers):
        return _done(_confirmed(review, email, now)) if is_own else _done(Decision(state=review))
    case = _case(review, pool, practice, now)
    if refusal := _hindrance(review, email, case, pool, claims=is_own):
        return _refused(review, refusal)
    said = words.CLAIMED if is_own else words.BY_AN_ADMIN.format(name=command.actor.name)
    joined = _asked(case, _member(pool, email), said).model_copy(update={"claimed": is_own})
    return _done(_with(review, (*review.reviewers, joined), pool, practice, now))


def decline(
    review: Review | None, command: DeclineReview, pool: Pool, practice: Practice, now: datetime
) -> Decision[Review | None]:
    """Take a review from who does not do it. Another is asked at once; they are not asked again for this postmortem."""
    if review is None:
        return _refused(None, UNKNOWN_POSTMORTEM)
    if refusal := _objection(review, command) or _no_review(review, command):
        return _refused(review, refusal)
    reason = PassedOnBecause.DECLINED
    return _done(replace(review, _whose(command), reason, pool, practice, now, command.reason))


def hand_over(
    review: Review | None, command: HandOverReview, pool: Pool, practice: Practice, now: datetime
) -> Decision[Review | None]:
    """Let another member review instead, if no rule keeps them from it."""
    if review is None:
        return _refused(None, UNKNOWN_POSTMORTEM)
    if refusal := _objection(review, command) or _no_review(review, command):
        return _refused(review, refusal)
    whose = _whose(command)
    others = tuple(reviewer for reviewer in review.reviewers if reviewer.email != whose)
    case = _case(review, pool, practice, now)
    if refusal := _hindrance(review, command.to, case, pool, leaves=whose):
        return _refused(review, refusal.model_copy(update={"field": "to"}))
    said = words.HANDED_OVER.format(name=command.actor.name, reason=command.reason)
    passed = PassedOn(
        email=whose, because=PassedOnBecause.HANDED_OVER, reason=command.reason, revision=review.draft.revision, at=now
    )
    joined = _asked(case, _member(pool, command.to), said)
    given = review.changed(passed_on=(*review.passed_on, passed))
    return _done(_with(given, (*others, joined), pool, practice, now))


def _objection(review: Review, command: Command) -> Refusal | None:
    """Say why somebody may not speak here at all."""
    actor, draft = command.actor, review.draft
    asked = {reviewer.email for reviewer in review.reviewers}
    if draft.restricted and actor.email not in draft.named() | asked:
        return UNKNOWN_POSTMORTEM
    if not _may_speak(actor, command):
        text = "You speak for your own review; an admin speaks for anybody's."
        return Refusal(kind=Kind.FORBIDDEN, rule="own-review-or-admin", detail=text, field="reviewer")
    if review.state in UNDER_REVIEW:
        return None
    text = f"The postmortem is {review.state}; reviewers are named while it is in review."
    return Refusal(kind=Kind.CONFLICT, rule="not-in-review", detail=text)


def _may_speak(actor: Actor, command: Command) -> bool:
    return command.reviewer in (None, actor.email) or actor.role is Role.ADMIN


def _no_review(review: Review, command: Command) -> Refusal | None:
    """Say why there is nothing to give away: it is not theirs, or they have approved it."""
    email = _whose(command)
    if not any(reviewer.email == email for reviewer in review.reviewers):
        text = "They are no reviewer of this postmortem; there is nothing to decline or to hand over."
        return Refusal(kind=Kind.FORBIDDEN, rule="assigned-reviewers-only", detail=text)
    if person(email) in {person(approval.email) for approval in review.approvals}:
        text = "They have approved this revision; withdraw the approval first."
        return Refusal(kind=Kind.CONFLICT, rule="already-approved", detail=text)
    return None


def _hindrance(
    review: Review, email: str, case: Case, pool: Pool, *, claims: bool = False, leaves: str | None = None
) -> Refusal | None:
    """Say why somebody cannot review it; `leaves` is whose place they take."""
    member = next((m for m in pool.members if m.email == email), Member(name=email, email=email, active=False))
    others = tuple(reviewer for reviewer in review.reviewers if reviewer.email != leaves)
    if accounts(member) & same_persons((reviewer.email for reviewer in review.reviewers), pool.members):
        text = "They review it already."
        return Refusal(kind=Kind.CONFLICT, rule="already-reviewer", detail=text)
    if rule := broken(case, member, claims=claims):
        return Refusal(kind=rule.kind, rule=rule.name, detail=rule.detail)
    return _unpaired(member, others) or _too_many(others)


def _unpaired(member: Member, others: tuple[AskedReviewer, ...]) -> Refusal | None:
    """Somebody who is learning reviews beside somebody experienced, one of them at a time."""
    if member.level is not Level.LEARNING or (others and not any(reviewer.learning for reviewer in others)):
        return None
    text = "Who is learning reviews beside somebody experienced, and one at a time."
    return Refusal(kind=Kind.CONFLICT, rule="learns-beside-another", detail=text)


def _too_many(others: tuple[AskedReviewer, ...]) -> Refusal | None:
    if len(others) < MOST:
        return None
    text = f"{MOST} people review it, which is the most."
    return Refusal(kind=Kind.CONFLICT, rule="too-many-reviewers", detail=text)


def _confirmed(review: Review, email: str, now: datetime) -> Decision[Review]:
    reviewers = tuple(r.model_copy(update={"claimed": True}) if r.email == email else r for r in review.reviewers)
    if reviewers == review.reviewers:
        return Decision(state=review)
    changed = review.changed(reviewers=reviewers)
    return Decision(state=changed, events=(assigned(changed, now),))


def _with(
    review: Review, reviewers: tuple[AskedReviewer, ...], pool: Pool, practice: Practice, now: datetime
) -> Decision[Review]:
    """Return a review with other reviewers; it takes no fewer approvals than before, and no more than are wanted."""
    changed = review.changed(reviewers=reviewers)
    if review.state is not State.IN_REVIEW:
        return Decision(state=changed, events=(assigned(changed, now),))
    found = ask_more(Decision(state=changed), pool, practice, now)
    return found if found.events else Decision(state=found.state, events=(assigned(found.state, now),))


def _case(review: Review, pool: Pool, practice: Practice, now: datetime) -> Case:
    asked = (reviewer.email for reviewer in review.reviewers)
    due = review_due(review, practice, now)
    return case_of(review.draft, pool, practice, now, due, before=asked, declined=review.declined)


def _member(pool: Pool, email: str) -> Member:
    return next(member for member in pool.members if member.email == email)


def _asked(case: Case, member: Member, why: str) -> AskedReviewer:
    return AskedReviewer(
        name=member.name,
        email=member.email,
        why=(why,),
        asked_at=case.now,
        due=case.due,
        learning=member.level is Level.LEARNING,
    )


def _whose(command: Command) -> str:
    return command.reviewer or command.actor.email


def _refused(review: Review | None, refusal: Refusal) -> Decision[Review | None]:
    return Decision(state=review, reply=Reply(refusal=refusal))


def _done(decision: Decision[Review]) -> Decision[Review | None]:
    reply = Reply(data={"state": decision.state.state})
    return Decision(state=decision.state, events=decision.events, reply=reply)
