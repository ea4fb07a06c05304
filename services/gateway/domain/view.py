"""What people read of one postmortem: facts put together, whatever order they come in. Pure.

Every facet is replaced only by a newer one (by revision, by sequence, by time), so that two queues
without an order between them end in the same view.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from shared.contracts import events as said
from shared.contracts import values
from shared.contracts.base import Message, Person


class ReviewView(BaseModel):
    """The review as people see it."""

    model_config = ConfigDict(frozen=True)

    requested_at: datetime | None = None
    changes_at: datetime | None = None
    approved_revision: int = 0
    assigned_at: datetime | None = None
    reviewers: tuple[values.Reviewer, ...] = ()
    approvals: tuple[values.Approval, ...] = ()
    approvals_revision: int = 0
    comments: tuple[dict[str, Any], ...] = ()


class MeetingView(BaseModel):
    """The meeting as people see it."""

    model_config = ConfigDict(frozen=True)

    uid: str
    status: values.MeetingStatus
    start: datetime
    end: datetime
    timezone: str
    sequence: int
    join_url: str
    url: str
    attendees: tuple[values.Attendee, ...] = ()


class PublicationView(BaseModel):
    """What was published, and to how many."""

    model_config = ConfigDict(frozen=True)

    revision: int
    published_at: datetime
    recipients: int = 0


class View(BaseModel):
    """All facets of one postmortem; `draft` is None until its draft is heard of."""

    model_config = ConfigDict(frozen=True)

    id: str
    draft: said.Snapshot | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    timeline: tuple[values.TimelineEntry, ...] = ()
    people: tuple[Person, ...] = ()
    incident: values.Incident | None = None
    review: ReviewView = ReviewView()
    meeting: MeetingView | None = None
    cancelled: bool = False
    ended: bool = False
    publication: PublicationView | None = None
    completed: said.DeliveryCompleted | None = None

    def status(self) -> values.Status:
        """Return the status that people see."""
        review, revision = self.review, self.draft.revision if self.draft else 0
        if self.publication:
            return "published"
        if revision and review.approved_revision == revision:
            return "approved"
        if review.requested_at is None:
            return "draft"
        if review.changes_at and review.changes_at > review.requested_at:
            return "changes_requested"
        return "in_review"

    def changed(self, **fields: Any) -> View:
        """Return a copy with other values."""
        return self.model_copy(update=fields)


def project(view: View | None, event: Message, now: datetime) -> View:
    """Return the view with one more fact in it."""
    view = view or View(id=event.postmortem_id)
    return _PROJECTIONS[event.name](view, event, now).changed(updated_at=now)


def _draft(view: View, event: said.Snapshot, now: datetime) -> View:
    if view.draft and event.revision < view.draft.revision:
        return view
    snapshot = said.Snapshot(**{name: getattr(event, name) for name in said.Snapshot.model_fields})
    longer = max(view.timeline, event.timeline, key=len)
    return view.changed(
        draft=snapshot,
        created_at=view.created_at or now,
        timeline=longer,
        incident=event.incident,
        people=max(view.people, event.people, key=len),
    )


def _extended(view: View, event: said.TimelineExtended, _now: datetime) -> View:
    if len(event.timeline) < len(view.timeline):
        return view
    return view.changed(timeline=event.timeline, people=event.people, incident=event.incident)


def _requested(view: View, event: said.ReviewRequested, now: datetime) -> View:
    view, review = _draft(view, event, now), view.review
    if review.requested_at and review.requested_at >= event.requested_at:
        return view
    return view.changed(review=review.model_copy(update={"requested_at": event.requested_at}))


def _assigned(view: View, event: said.ReviewersAssigned, _now: datetime) -> View:
    review = view.review
    if review.assigned_at and review.assigned_at > event.assigned_at:
        return view
    return view.changed(
        review=review.model_copy(update={"reviewers": event.reviewers, "assigned_at": event.assigned_at})
    )


def _commented(view: View, event: said.ReviewCommented | said.ChangesRequested, _now: datetime) -> View:
    remarks = tuple(
        {
            "revision": event.revision,
            "reviewer": event.reviewer.model_dump(mode="json"),
            "at": event.at.isoformat(),
            **comment.model_dump(mode="json"),
        }
        for comment in event.comments
    )
    comments = tuple(sorted((*view.review.comments, *remarks), key=lambda c: str(c["at"])))
    return view.changed(review=view.review.model_copy(update={"comments": comments}))


def _changes(view: View, event: said.ChangesRequested, now: datetime) -> View:
    view = _commented(view, event, now)
    latest = max(event.at, view.review.changes_at or event.at)
    return view.changed(review=view.review.model_copy(update={"changes_at": latest}))


def _approvals(view: View, event: said.ApprovalGiven | said.ReviewApproved, _now: datetime) -> View:
    review = view.review
    newer = (event.revision, len(event.approvals)) > (review.approvals_revision, len(review.approvals))
    if not newer:
        return view
    return view.changed(
        review=review.model_copy(update={"approvals": event.approvals, "approvals_revision": event.revision})
    )


def _approved(view: View, event: said.ReviewApproved, now: datetime) -> View:
    view = _approvals(_draft(view, event, now), event, now)
    revision = max(event.revision, view.review.approved_revision)
    return view.changed(review=view.review.model_copy(update={"approved_revision": revision}))


def _meeting(view: View, event: said.MeetingScheduled, _now: datetime) -> View:
    if view.meeting and view.meeting.sequence > event.sequence:
        return view
    meeting = MeetingView(**{name: getattr(event, name) for name in MeetingView.model_fields})
    return view.changed(meeting=meeting)


def _cancelled(view: View, _event: said.MeetingCancelled, _now: datetime) -> View:
    return view.changed(cancelled=True)


def _ended(view: View, _event: said.MeetingEnded, _now: datetime) -> View:
    return view.changed(ended=True)


def _published(view: View, event: said.Published, _now: datetime) -> View:
    if view.publication and view.publication.revision > event.revision:
        return view
    publication = PublicationView(revision=event.revision, published_at=event.published_at, recipients=event.recipients)
    return view.changed(publication=publication)


def _completed(view: View, event: said.DeliveryCompleted, _now: datetime) -> View:
    return view.changed(completed=event)


_PROJECTIONS: dict[str, Callable[[View, Any, datetime], View]] = {
    said.DraftCreated.name: _draft,
    said.DraftRevised.name: _draft,
    said.TimelineExtended.name: _extended,
    said.ReviewRequested.name: _requested,
    said.ReviewersAssigned.name: _assigned,
    said.ReviewCommented.name: _commented,
    said.ChangesRequested.name: _changes,
    said.ApprovalGiven.name: _approvals,
    said.ReviewApproved.name: _approved,
    said.MeetingScheduled.name: _meeting,
    said.MeetingRescheduled.name: _meeting,
    said.MeetingCancelled.name: _cancelled,
    said.MeetingEnded.name: _ended,
    said.Published.name: _published,
    said.DeliveryCompleted.name: _completed,
}
