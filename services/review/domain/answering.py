"""Answers in a thread, and when it is settled. Pure.

Whoever may see a postmortem may answer, whatever state its review is in; who began a thread, the owner, the reviewers
and an admin say when it is settled.
"""

from __future__ import annotations

from datetime import datetime

from services.review.domain.cases import MOST_COMMENTS, ThreadCase, is_hidden, is_too_much
from services.review.domain.practice import Practice
from services.review.domain.review import Review
from services.review.domain.rules import Rule, first_broken
from services.review.domain.threads import comment_id, said_in, thread_of, who, with_thread
from shared.contracts.decision import UNKNOWN_POSTMORTEM, Decision, Kind, Refusal, Reply
from shared.contracts.threads import ReopenThread, ReplyToThread, ResolveThread, Settled, Thread, ThreadComment

ThreadCommand = ReplyToThread | ResolveThread | ReopenThread
UNKNOWN = Refusal(kind=Kind.NOT_FOUND, rule="unknown-thread", detail="The postmortem has no such thread.")
_SETTLES: Rule[ThreadCase] = Rule(
    name="author-owner-or-reviewer-settles",
    kind=Kind.FORBIDDEN,
    breaks=lambda case: not case.settles,
    detail="Who began the thread, {0.draft.owner.name}, the reviewers or an admin say whether it is settled.",
)
RULES: dict[type[ThreadCommand], tuple[Rule[ThreadCase], ...]] = {
    ReplyToThread: (
        Rule(
            name="too-many-comments",
            kind=Kind.CONFLICT,
            breaks=lambda case: is_too_much(case.review, 1, case.size),
            detail=f"A postmortem has at most {MOST_COMMENTS} comments, of 2 MB in all; meet, and talk it over.",
        ),
    ),
    ResolveThread: (
        _SETTLES,
        Rule(
            name="thread-resolved",
            kind=Kind.CONFLICT,
            breaks=lambda case: case.thread.resolved is not None,
            detail="The thread is resolved already.",
        ),
    ),
    ReopenThread: (
        _SETTLES,
        Rule(
            name="thread-open",
            kind=Kind.CONFLICT,
            breaks=lambda case: case.thread.resolved is None,
            detail="The thread is open; there is nothing to open again.",
        ),
    ),
}
"""By command, in this order; the first one that it breaks is its answer."""


def change_thread(
    review: Review | None, command: ThreadCommand, practice: Practice, now: datetime
) -> Decision[Review | None]:
    """Answer in a thread, settle it, or open it again."""
    thread = thread_of(review, command.thread) if review else None
    refusal = _refusal(review, thread, command, practice)
    if review is None or thread is None or refusal:
        return Decision(state=review, reply=Reply(refusal=refusal))
    decision = with_thread(review, _changed(review, thread, command, now))
    data = {"thread": thread.id, "version": thread.version + 1}
    return Decision(state=decision.state, events=decision.events, reply=Reply(data=data))


def _refusal(
    review: Review | None, thread: Thread | None, command: ThreadCommand, practice: Practice
) -> Refusal | None:
    if review is None:
        return UNKNOWN_POSTMORTEM
    case = ThreadCase(review, command, practice, thread) if thread else None
    if is_hidden(review, command.actor.email):
        return UNKNOWN_POSTMORTEM
    return first_broken(RULES[type(command)], case) if case else UNKNOWN


def _changed(review: Review, thread: Thread, command: ThreadCommand, now: datetime) -> Thread:
    speaker = who(command.actor)
    match command:
        case ReplyToThread():
            comment = ThreadComment(id=comment_id(review, said_in(review)), by=speaker, at=now, text=command.text)
            return thread.model_copy(update={"comments": (*thread.comments, comment)})
        case ResolveThread():
            return thread.model_copy(update={"resolved": Settled(by=speaker, at=now)})
        case ReopenThread():
            return thread.model_copy(update={"resolved": None})
