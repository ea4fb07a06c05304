"""A reviewer's word on a revision, and why it may be refused. Pure."""

from __future__ import annotations

from datetime import datetime

from services.review.domain.again import remembered
from services.review.domain.cases import MOST_COMMENTS, VerdictCase, is_hidden
from services.review.domain.dismissing import held_back
from services.review.domain.experience import with_verdict
from services.review.domain.practice import Practice
from services.review.domain.remarks import changes_notice
from services.review.domain.review import Review
from services.review.domain.rules import Rule, first_broken
from services.review.domain.states import MOVES, Act, State
from services.review.domain.threads import begin
from shared.contracts.base import Message
from shared.contracts.commands import GiveVerdict, Verdict
from shared.contracts.community import Member
from shared.contracts.decision import UNKNOWN_POSTMORTEM, Decision, Kind, Refusal, Reply
from shared.contracts.events import ApprovalGiven, ChangesRequested, ReviewApproved, ReviewCommented
from shared.contracts.values import Approval, Comment, Reviewer

STALE = "The current revision is {0.revision}; read it and send its number, and its hash as it is."
RULES: tuple[Rule[VerdictCase], ...] = (
    Rule(
        name="own-postmortem",
        kind=Kind.FORBIDDEN,
        breaks=lambda case: case.is_barred,
        detail="Owner, authors and people of the incident do not review their own postmortem; "
        "the assigned reviewers do.",
    ),
    Rule(
        name="assigned-reviewers-only",
        kind=Kind.FORBIDDEN,
        breaks=lambda case: not case.is_asked and not case.is_admin,
        detail="Only the reviewers assigned to this postmortem give a verdict.",
    ),
    Rule(
        name="published",
        kind=Kind.CONFLICT,
        breaks=lambda case: case.is_published,
        detail="The postmortem is published, and its review is over; what is wrong with it is corrected: "
        "POST to its `corrections`.",
    ),
    Rule(
        name="stale-revision",
        kind=Kind.CONFLICT,
        breaks=lambda case: case.is_stale,
        field="revision",
        detail=STALE,
        data=("revision", "content_hash"),
    ),
    Rule(
        name="already-approved",
        kind=Kind.CONFLICT,
        breaks=lambda case: case.approves and case.has_approved,
        detail="You have approved this revision already; one person is one approval.",
    ),
    Rule(
        name="not-in-review",
        kind=Kind.CONFLICT,
        breaks=lambda case: case.review.state is not State.IN_REVIEW,
        detail="The postmortem is {0.review.state}; a verdict needs it to be in review.",
    ),
    Rule(
        name="comment-without-text",
        kind=Kind.INVALID,
        breaks=lambda case: case.command.verdict is Verdict.COMMENT and not case.command.comments,
        field="comments",
        detail="A comment needs at least one entry in `comments`.",
    ),
    Rule(
        name="unknown-section",
        kind=Kind.INVALID,
        breaks=lambda case: case.misplaced is not None,
        field="comments.{0.misplaced}.section",
        detail="Name one of the sections that this revision has: {0.known}; without a quote it may be left out.",
    ),
    Rule(
        name="quote-not-found",
        kind=Kind.INVALID,
        breaks=lambda case: case.misquoted is not None,
        field="comments.{0.misquoted}.quote",
        detail="These words do not stand in that section of revision {0.revision}; copy them from its Markdown.",
    ),
    Rule(
        name="too-many-comments",
        kind=Kind.CONFLICT,
        breaks=lambda case: case.is_too_much,
        field="comments",
        detail=f"A postmortem has at most {MOST_COMMENTS} comments, of 2 MB in all; answer in the threads' stead, "
        "or meet.",
    ),
    Rule(
        name="checklist-incomplete",
        kind=Kind.INVALID,
        breaks=lambda case: case.approves and case.practice.checklist_required and bool(case.unanswered),
        field="checklist",
        detail="An approval answers every question of the checklist; these are still open: {0.unanswered}.",
    ),
    Rule(
        name="open-threads",
        kind=Kind.CONFLICT,
        breaks=lambda case: case.approves and case.practice.resolve_before_approval and case.open_threads > 0,
        detail="{0.open_threads} threads are not settled; resolve them, then approve.",
    ),
)
"""In this order; the first one that a verdict breaks is its answer."""

USUAL = Practice()


def give_verdict(
    review: Review | None,
    command: GiveVerdict,
    now: datetime,
    practice: Practice = USUAL,
    members: tuple[Member, ...] = (),
) -> Decision[Review | None]:
    """Take a reviewer's word on a revision; `members` tell which addresses are one person's."""
    if review is None:
        return Decision(state=review, reply=Reply(refusal=UNKNOWN_POSTMORTEM))
    if refusal := _objection(review, command, practice, members):
        return Decision(state=review, reply=Reply(refusal=refusal))
    said, comments = begin(review, command, now)
    decision = _VERDICTS[command.verdict](_counted(said, command, now), command, comments, now)
    return Decision(state=decision.state, events=decision.events, reply=Reply(data={"state": decision.state.state}))


def _objection(review: Review, command: GiveVerdict, practice: Practice, members: tuple[Member, ...]) -> Refusal | None:
    """The first rule that a verdict breaks, or None; whoever may not know of the postmortem learns nothing."""
    if is_hidden(review, command.actor.email):
        return UNKNOWN_POSTMORTEM
    broken = first_broken(RULES, VerdictCase(review, command, practice, members))
    return broken or held_back(review, command.verdict, practice)


def _counted(review: Review, command: GiveVerdict, now: datetime) -> Review:
    return review if command.verdict is Verdict.COMMENT else with_verdict(review, command.actor.email, now)


def _approve(review: Review, command: GiveVerdict, comments: tuple[Comment, ...], now: datetime) -> Decision[Review]:
    """Count an approval; what is remarked beside it is said first."""
    approval = Approval(**dict(_who(command)), at=now, checklist=command.checklist)
    approved = remembered(review.changed(approvals=(*review.approvals, approval)), command.actor.email)
    remarks: tuple[Message, ...] = (_commented(review, command, comments, now),) if comments else ()
    if len(approved.approvals) < approved.needed:
        return Decision(state=approved, events=(*remarks, _given(approved)))
    done = approved.changed(state=MOVES[review.state, Act.APPROVE])
    return Decision(state=done, events=(*remarks, _approved(done)))


def _given(review: Review) -> ApprovalGiven:
    return ApprovalGiven(
        postmortem_id=review.draft.postmortem_id,
        revision=review.draft.revision,
        content_hash=review.draft.content_hash,
        approvals=review.approvals,
        approval_round=review.approval_round,
    )


def _approved(review: Review) -> ReviewApproved:
    return ReviewApproved(
        **dict(review.draft),
        approvals=review.approvals,
        reviewers=review.reviewers,
        approval_round=review.approval_round,
    )


def _request_changes(
    review: Review, command: GiveVerdict, comments: tuple[Comment, ...], now: datetime
) -> Decision[Review]:
    event = ChangesRequested(
        postmortem_id=review.draft.postmortem_id,
        revision=review.draft.revision,
        reviewer=_who(command),
        comments=comments,
        at=now,
    )
    state = MOVES[review.state, Act.REQUEST_CHANGES]
    notice = changes_notice(review, event)
    return Decision(state=review.changed(state=state, approvals=()), events=(event, notice))


def _comment(review: Review, command: GiveVerdict, comments: tuple[Comment, ...], now: datetime) -> Decision[Review]:
    return Decision(state=review, events=(_commented(review, command, comments, now),))


def _commented(review: Review, command: GiveVerdict, comments: tuple[Comment, ...], now: datetime) -> ReviewCommented:
    return ReviewCommented(
        postmortem_id=review.draft.postmortem_id,
        revision=review.draft.revision,
        reviewer=_who(command),
        comments=comments,
        at=now,
    )


_VERDICTS = {Verdict.APPROVE: _approve, Verdict.REQUEST_CHANGES: _request_changes, Verdict.COMMENT: _comment}


def _who(command: GiveVerdict) -> Reviewer:
    return Reviewer(name=command.actor.name, email=command.actor.email)
