"""What is heard of a review, put together whatever order it comes in. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from services.gateway.domain.facets import ReviewView
from shared.contracts import events as said
from shared.contracts.threads import Thread, ThreadChanged, begun
from shared.contracts.values import Approval
from shared.contracts.verdicts import ApprovalWithdrawn

NEVER = datetime.fromtimestamp(0, UTC)


REQUEST = ("requested_for", "requested_toggles", "requested_at", "requested_revision")


def requested(review: ReviewView, event: said.ReviewRequested) -> ReviewView:
    """Return the newest request for a review: of the newest round, and in it the latest."""
    told = event.correction_of or 0, event.toggles, event.requested_at, event.revision
    known = review.requested_for, review.requested_toggles, review.requested_at or NEVER, review.requested_revision
    return _with(review, **dict(zip(REQUEST, max(told, known), strict=True)))


def commented(review: ReviewView, event: said.ReviewCommented | said.ChangesRequested) -> ReviewView:
    """Add remarks, and the threads that they begin."""
    remarks = tuple(
        {
            "revision": event.revision,
            "reviewer": event.reviewer.model_dump(mode="json"),
            "at": event.at.isoformat(),
            **comment.model_dump(mode="json", include={"section", "text"}),
        }
        for comment in event.comments
    )
    comments = sorted((*review.comments, *remarks), key=lambda c: (c["at"], c["reviewer"]["email"], c["revision"]))
    threads = (begun(comment, event.revision, event.reviewer, event.at) for comment in event.comments)
    return _with(review, comments=tuple(comments), threads=_newest(review.threads, filter(None, threads)))


def changes(review: ReviewView, event: said.ChangesRequested) -> ReviewView:
    """Add what is asked for, and when it was asked for last."""
    known = review.changes_revision, review.changes_at or event.at
    revision, latest = max((event.revision, event.at), known)
    return _with(commented(review, event), changes_at=latest, changes_revision=revision)


def approvals(review: ReviewView, event: said.ApprovalGiven | said.ReviewApproved | ApprovalWithdrawn) -> ReviewView:
    """Those of the newest revision, and of these of the newest round, and of these the latest.

    A request for changes begins the count anew.
    """
    known = _order(review.approvals_revision, review.approvals_round, review.approvals)
    if _order(event.revision, event.approval_round, event.approvals) <= known:
        return review
    return _with(
        review, approvals=event.approvals, approvals_revision=event.revision, approvals_round=event.approval_round
    )


def approved(review: ReviewView, event: said.ReviewApproved) -> ReviewView:
    """The newest revision that was approved, in its newest round."""
    known = review.approved_revision, review.approved_round
    revision, number = max(known, (event.revision, event.approval_round))
    return _with(approvals(review, event), approved_revision=revision, approved_round=number)


def withdrawn(review: ReviewView, event: ApprovalWithdrawn) -> ReviewView:
    """What was approved before is so no more."""
    return _with(approvals(review, event), approval_round=max(review.approval_round, event.approval_round))


def thread_changed(review: ReviewView, event: ThreadChanged) -> ReviewView:
    """A thread as its highest version has it."""
    return _with(review, threads=_newest(review.threads, (event.thread,)))


def _newest(known: Iterable[Thread], told: Iterable[Thread]) -> tuple[Thread, ...]:
    threads = {thread.id: thread for thread in known}
    for thread in told:
        if thread.id not in threads or threads[thread.id].version < thread.version:
            threads[thread.id] = thread
    return tuple(sorted(threads.values(), key=lambda thread: (thread.comments[0].at, thread.id)))


def _order(revision: int, number: int, given: tuple[Approval, ...]) -> tuple[int, int, datetime, int]:
    return revision, number, max((approval.at for approval in given), default=NEVER), len(given)


def _with(review: ReviewView, **fields: Any) -> ReviewView:
    return review.model_copy(update=fields)
