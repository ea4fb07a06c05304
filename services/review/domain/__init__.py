"""The review of one postmortem: who is asked, who may say what, and when it is approved. Pure.

An approval is bound to one revision and its content hash; any edit voids it and asks the same
reviewers again. Owner, authors of the text and people of the incident never approve it. Of a restricted
postmortem only its readers are asked; without any in the community an admin among the readers gives the verdict.
"""

from __future__ import annotations

from datetime import datetime

from services.review.domain.community import Workload, assign, barred
from services.review.domain.endings import close, hear_merged, toggled
from services.review.domain.membership import (
    Membership,
    PolicyRead,
    available,
    follow_policy,
    put_reviewer,
    read_policy,
)
from services.review.domain.review import Review
from services.review.domain.states import MOVES, Act, State
from shared.contracts.base import Message
from shared.contracts.commands import GiveVerdict, Role, Verdict
from shared.contracts.community import Member
from shared.contracts.decision import UNKNOWN_POSTMORTEM, Decision, Kind, Refusal, Reply
from shared.contracts.events import (
    AccessChanged,
    ApprovalGiven,
    ChangesRequested,
    DraftRevised,
    ReviewApproved,
    ReviewCommented,
    ReviewersAssigned,
    ReviewRequested,
    Snapshot,
)
from shared.contracts.values import Approval, Reviewer

__all__ = [
    "MOVES",
    "Act",
    "Member",
    "Membership",
    "PolicyRead",
    "Review",
    "State",
    "Workload",
    "ask_more",
    "assign",
    "available",
    "barred",
    "close",
    "follow_draft",
    "follow_policy",
    "give_verdict",
    "has_other_readers",
    "hear_merged",
    "open_review",
    "put_reviewer",
    "read_policy",
]


def follow_draft(review: Review | None, draft: Snapshot, now: datetime) -> Decision[Review]:
    """Keep the newest revision in mind; a new one voids approvals and, if reviewed, asks again.

    Who may see it is no part of the revision: the newest of that is kept whatever revision tells it, and voids nothing.
    """
    snapshot = _snapshot(draft)
    if review is None:
        return Decision(state=Review(draft=snapshot))
    if draft.toggles != review.draft.toggles:
        return Decision(state=toggled(review, snapshot))
    act = Act.REVISE if draft.correction_of == review.draft.correction_of else Act.CORRECT
    state = MOVES.get((review.state, act), review.state)
    if draft.revision <= review.draft.revision or state is State.PUBLISHED:
        return Decision(state=review.model_copy(update={"draft": review.draft.knowing(snapshot)}))
    renewed = review.model_copy(update={"draft": snapshot.knowing(review.draft), "approvals": (), "state": state})
    is_asked = state is State.IN_REVIEW and isinstance(draft, DraftRevised | AccessChanged)
    return Decision(state=renewed, events=(_assigned(renewed, now),) if is_asked else ())


def open_review(
    review: Review | None,
    request: ReviewRequested,
    community: tuple[Member, ...],
    workload: Workload,
    wanted: int,
    now: datetime,
) -> Decision[Review]:
    """Ask reviewers for the submitted revision: those asked before, as far as they may, then others."""
    current = follow_draft(review, request, now).state
    state = MOVES.get((current.state, Act.SUBMIT), current.state)
    is_old = (request.correction_of, request.toggles) != (current.draft.correction_of, current.draft.toggles)
    if state is not State.IN_REVIEW or is_old or request.revision <= current.merged:
        return Decision(state=current)
    reviewers = assign(current.draft, current.reviewers, community, workload, wanted)
    opened = current.model_copy(
        update={
            "state": state,
            "reviewers": reviewers,
            "needed": max(1, len(reviewers)),
            "approvals": (),
            "requested": max(request.revision, current.requested),
        }
    )
    return Decision(state=opened, events=(_assigned(opened, now),))


def has_other_readers(before: Review | None, after: Review) -> bool:
    """Say whether what is in review may be seen by others than before: it may have had too few reviewers."""
    return before is not None and after.state is State.IN_REVIEW and after.draft.access != before.draft.access


def ask_more(
    decision: Decision[Review], community: tuple[Member, ...], workload: Workload, wanted: int, now: datetime
) -> Decision[Review]:
    """Ask further reviewers, up to as many as are wanted.

    Nobody who was asked is sent away, and what was approved stays approved.
    """
    review = decision.state
    chosen = assign(review.draft, review.reviewers, community, workload, wanted)
    others = [reviewer for reviewer in chosen if reviewer not in review.reviewers]
    more = others[: max(0, wanted - len(review.reviewers))]
    if not more:
        return decision
    reviewers = (*review.reviewers, *more)
    asked = review.model_copy(update={"reviewers": reviewers, "needed": max(1, len(reviewers))})
    return Decision(state=asked, events=(_assigned(asked, now),))


def give_verdict(review: Review | None, command: GiveVerdict, now: datetime) -> Decision[Review | None]:
    """Take a reviewer's word on a revision."""
    if review is None:
        return Decision(state=review, reply=Reply(refusal=UNKNOWN_POSTMORTEM))
    if refusal := _objection(review, command):
        return Decision(state=review, reply=Reply(refusal=refusal))
    decision = _VERDICTS[command.verdict](review, command, now)
    return Decision(state=decision.state, events=decision.events, reply=Reply(data={"state": decision.state.state}))


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


def _snapshot(draft: Snapshot) -> Snapshot:
    """The snapshot alone, without what its event adds."""
    return Snapshot(**{name: getattr(draft, name) for name in Snapshot.model_fields})


def _assigned(review: Review, now: datetime) -> ReviewersAssigned:
    return ReviewersAssigned(
        postmortem_id=review.draft.postmortem_id,
        revision=review.draft.revision,
        reviewers=review.reviewers,
        assigned_at=now,
    )
