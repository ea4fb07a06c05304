"""A reviewer's word on a revision, and why it may be refused. Pure."""

from __future__ import annotations

from datetime import datetime

from services.review.domain.community import barred
from services.review.domain.dismissing import held_back
from services.review.domain.experience import with_verdict
from services.review.domain.practice import Practice
from services.review.domain.review import Review
from services.review.domain.states import MOVES, Act, State
from shared.contracts.base import Message
from shared.contracts.commands import GiveVerdict, Role, Verdict
from shared.contracts.decision import UNKNOWN_POSTMORTEM, Decision, Kind, Refusal, Reply
from shared.contracts.events import ApprovalGiven, ChangesRequested, ReviewApproved, ReviewCommented
from shared.contracts.values import Approval, Reviewer

USUAL = Practice()


def give_verdict(
    review: Review | None, command: GiveVerdict, now: datetime, practice: Practice = USUAL
) -> Decision[Review | None]:
    """Take a reviewer's word on a revision."""
    if review is None:
        return Decision(state=review, reply=Reply(refusal=UNKNOWN_POSTMORTEM))
    if refusal := _objection(review, command) or held_back(review, command.verdict, practice):
        return Decision(state=review, reply=Reply(refusal=refusal))
    decision = _VERDICTS[command.verdict](_counted(review, command, now), command, now)
    return Decision(state=decision.state, events=decision.events, reply=Reply(data={"state": decision.state.state}))


def _counted(review: Review, command: GiveVerdict, now: datetime) -> Review:
    return review if command.verdict is Verdict.COMMENT else with_verdict(review, command.actor.email, now)


def _objection(review: Review, command: GiveVerdict) -> Refusal | None:
    """The first rule that a verdict breaks, or None."""
    actor, draft = command.actor.email, review.draft
    asked = {reviewer.email for reviewer in review.reviewers}
    if draft.restricted and actor not in draft.named() | asked:
        return UNKNOWN_POSTMORTEM
    rules = (
        (
            actor in barred(draft),
            Kind.FORBIDDEN,
            "own-postmortem",
            None,
            "Owner, authors and people of the incident do not review their own postmortem; the assigned reviewers do.",
        ),
        (
            actor not in asked and command.actor.role is not Role.ADMIN,
            Kind.FORBIDDEN,
            "assigned-reviewers-only",
            None,
            "Only the reviewers assigned to this postmortem give a verdict.",
        ),
        (
            command.revision != draft.revision,
            Kind.CONFLICT,
            "stale-revision",
            "revision",
            f"The current revision is {draft.revision}; read it and send its number.",
        ),
        (
            review.state is not State.IN_REVIEW,
            Kind.CONFLICT,
            "not-in-review",
            None,
            f"The postmortem is {review.state}; a verdict needs it to be in review.",
        ),
        (
            command.verdict is Verdict.COMMENT and not command.comments,
            Kind.INVALID,
            "comment-without-text",
            "comments",
            "A comment needs at least one entry in `comments`.",
        ),
    )
    return next(
        (
            Refusal(kind=kind, rule=rule, detail=detail, field=field)
            for broken, kind, rule, field, detail in rules
            if broken
        ),
        None,
    )


def _approve(review: Review, command: GiveVerdict, now: datetime) -> Decision[Review]:
    if any(approval.email == command.actor.email for approval in review.approvals):
        return Decision(state=review)
    approval = Approval(name=command.actor.name, email=command.actor.email, at=now)
    approved = review.model_copy(update={"approvals": (*review.approvals, approval)})
    events: tuple[Message, ...]
    if len(approved.approvals) < approved.needed:
        events = (
            ApprovalGiven(
                postmortem_id=review.draft.postmortem_id,
                revision=review.draft.revision,
                content_hash=review.draft.content_hash,
                approvals=approved.approvals,
            ),
        )
    else:
        approved = approved.model_copy(update={"state": MOVES[review.state, Act.APPROVE]})
        whole = dict(approved.draft)
        events = (ReviewApproved(**whole, approvals=approved.approvals, reviewers=approved.reviewers),)
    return Decision(state=approved, events=events)


def _request_changes(review: Review, command: GiveVerdict, now: datetime) -> Decision[Review]:
    event = ChangesRequested(
        postmortem_id=review.draft.postmortem_id,
        revision=review.draft.revision,
        reviewer=_who(command),
        comments=command.comments,
        at=now,
    )
    state = MOVES[review.state, Act.REQUEST_CHANGES]
    return Decision(state=review.model_copy(update={"state": state, "approvals": ()}), events=(event,))


def _comment(review: Review, command: GiveVerdict, now: datetime) -> Decision[Review]:
    event = ReviewCommented(
        postmortem_id=review.draft.postmortem_id,
        revision=review.draft.revision,
        reviewer=_who(command),
        comments=command.comments,
        at=now,
    )
    return Decision(state=review, events=(event,))


_VERDICTS = {Verdict.APPROVE: _approve, Verdict.REQUEST_CHANGES: _request_changes, Verdict.COMMENT: _comment}


def _who(command: GiveVerdict) -> Reviewer:
    return Reviewer(name=command.actor.name, email=command.actor.email)
