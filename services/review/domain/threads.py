"""Remarks as threads: they begin with a verdict, are answered and settled, and go with the text. Pure."""

from __future__ import annotations

from datetime import datetime

from services.review.domain.anchors import anchored, moved
from services.review.domain.practice import Practice
from services.review.domain.review import Review
from shared.contracts.base import derived_id
from shared.contracts.commands import Actor, GiveVerdict
from shared.contracts.decision import Decision
from shared.contracts.events import Snapshot
from shared.contracts.threads import Anchor, Thread, ThreadChanged, begun
from shared.contracts.values import Comment, Reviewer


def begin(review: Review, command: GiveVerdict, now: datetime) -> tuple[Review, tuple[Comment, ...]]:
    """Return the review with a thread for each comment, and the comments as they are told: with ids, anchored."""
    first = said_in(review)
    comments = tuple(_told(review, each, first + n) for n, each in enumerate(command.comments))
    found = (begun(each, review.draft.revision, who(command.actor), now) for each in comments)
    threads = tuple(_lined(thread, review.draft) for thread in found if thread)
    return review.changed(threads=(*review.threads, *threads)), comments


def said_in(review: Review) -> int:
    """Return how many comments there are in all threads."""
    return sum(len(thread.comments) for thread in review.threads)


def comment_id(review: Review, number: int) -> str:
    """Return the id of the n-th comment on a postmortem: none is ever taken away, so each has its own."""
    return derived_id(review.draft.postmortem_id, "comment", str(number))


def who(actor: Actor) -> Reviewer:
    """Return whoever speaks."""
    return Reviewer(name=actor.name, email=actor.email)


def thread_of(review: Review, id: str) -> Thread | None:
    """Return a thread by its id, or None."""
    return next((thread for thread in review.threads if thread.id == id), None)


def with_thread(review: Review, changed: Thread) -> Decision[Review]:
    """Return the review with a thread as it is now, under its next version, and say so."""
    newer = changed.model_copy(update={"version": changed.version + 1})
    threads = tuple(newer if thread.id == newer.id else thread for thread in review.threads)
    event = ThreadChanged(postmortem_id=review.draft.postmortem_id, thread=newer)
    return Decision(state=review.changed(threads=threads), events=(event,))


def follow_text(before: Review | None, after: Review, _: Practice, _now: datetime) -> Decision[Review]:
    """Let remarks go with the text when it is another: what became of their words, or that they stand there no more."""
    if before is None or before.draft.report == after.draft.report:
        return Decision(state=after)
    decision: Decision[Review] = Decision(state=after)
    for thread in after.threads:
        standing = _standing(thread, before.draft, after.draft)
        if (standing.outdated, standing.anchor) != (thread.outdated, thread.anchor):
            changed = with_thread(decision.state, standing)
            decision = Decision(state=changed.state, events=(*decision.events, *changed.events))
    return decision


def _standing(thread: Thread, old: Snapshot, new: Snapshot) -> Thread:
    """Return the thread as it stands in the new text; one that is outdated stays so until its words are back."""
    section = thread.section
    if section is None or old.report.get(section) == new.report.get(section):
        return thread
    anchor = thread.anchor
    if anchor and section in new.report:
        anchor = moved(anchor, old.report.get(section, ""), new.report[section])
    if section not in new.report or (thread.anchor and anchor is None):
        last = thread.revision if thread.outdated else old.revision
        return thread.model_copy(update={"outdated": True, "revision": last, "line": None})
    return _lined(thread.model_copy(update={"anchor": anchor, "outdated": False, "revision": new.revision}), new)


def _lined(thread: Thread, draft: Snapshot) -> Thread:
    if thread.anchor is None or thread.section is None:
        return thread
    return thread.model_copy(update={"line": thread.anchor.line(draft.report[thread.section])})


def _told(review: Review, comment: Comment, number: int) -> Comment:
    """Return a comment under its id, with what stands beside the words that it quotes."""
    id = comment_id(review, number)
    if not comment.quote or comment.section is None:
        return comment.model_copy(update={"id": id, "before": "", "after": ""})
    given = Anchor(quote=comment.quote, before=comment.before, after=comment.after)
    anchor = anchored(review.draft.report[comment.section], given)
    return comment.model_copy(update={"id": id, "before": anchor.before, "after": anchor.after})
