"""What people read of one postmortem: facts put together, whatever order they come in. Pure.

Every facet is replaced only by a newer one: by revision, by sequence, by time. What has the same number was
said later or earlier (`Stamp`). So queues without an order between them end in the same view, and so does a
library that is built again from the log of events.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from services.gateway.domain import facets, reviewing
from services.gateway.domain.corrections import CorrectionView, begun
from services.gateway.domain.facets import MeetingView, NotesView, PublicationView, ReviewView
from services.gateway.domain.patterns import heard
from services.gateway.domain.skipping import SkipView, newest_skip
from shared.contracts import events as said
from shared.contracts import values
from shared.contracts.action_items import ActionItem
from shared.contracts.assigning import ReviewersWanted
from shared.contracts.base import Message, Person
from shared.contracts.closing import PostmortemClosed
from shared.contracts.coaching import RevisionChecked
from shared.contracts.impact import GatheredIncident, IncidentDurations
from shared.contracts.importing import ImportedFrom, PostmortemImported
from shared.contracts.meeting_notes import MeetingNotesTaken
from shared.contracts.merging import PostmortemMerged
from shared.contracts.skipping import PostmortemRequired, PostmortemSkipped
from shared.contracts.threads import ThreadChanged
from shared.contracts.verdicts import ApprovalWithdrawn
from shared.contracts.withdrawing import CorrectionWithdrawn

Stamp = tuple[datetime, str]
"""When a fact was said, and its id: the order of facts that have no other."""
UNSTAMPED: Stamp = (datetime.fromtimestamp(0, UTC), "")


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
    cancellation: said.MeetingCancelled | None = None
    ended: bool = False
    notes: NotesView | None = None
    publication: PublicationView | None = None
    completed: said.DeliveryCompleted | None = None
    closed_at: datetime | None = None
    action_items: tuple[ActionItem, ...] = ()
    corrections: tuple[CorrectionView, ...] = ()
    withdrawals: tuple[int, ...] = ()
    editions: tuple[int, ...] = ()
    skip: SkipView | None = None
    incidents: tuple[GatheredIncident, ...] = ()
    durations: IncidentDurations | None = None
    gathered: int = 0
    merged: PostmortemMerged | None = None
    imported: ImportedFrom | None = None
    stamps: dict[str, Stamp] = {}

    def status(self) -> values.Status:
        """Return the status that people see: while a correction is under way, its own."""
        review, draft = self.review, self.draft
        corrected = (draft.correction_of if draft else None) or 0
        if self.is_out():
            return "closed" if self.closed_at else "published"
        if self.is_merged():
            return "closed"
        if draft and draft.skipped:
            return "skipped"
        if draft and review.approved() == draft.revision:
            return "approved"
        if review.requested_at is None or self._is_void(review.requested_at):
            return "draft"
        is_newer = review.changes_at is not None and review.changes_at > review.requested_at
        return "changes_requested" if is_newer and review.changes_revision > corrected else "in_review"

    def _is_void(self, requested_at: datetime) -> bool:
        """Say whether a review was asked for in an older round: before a correction, a skip or a merge ended that."""
        draft, review = self.draft, self.review
        if draft and (review.requested_for < (draft.correction_of or 0) or review.requested_toggles < draft.toggles):
            return True
        return self.merged is not None and requested_at <= self.merged.merged_at

    def is_out(self) -> bool:
        """Say whether it is published, here or before it was imported, and no correction of it is under way."""
        draft, publication = self.draft, self.publication
        corrected = (draft.correction_of if draft else None) or 0
        is_out = publication is not None and (publication.revision > corrected or bool(draft and draft.puts_back))
        return is_out or self.imported is not None

    def is_merged(self) -> bool:
        """Say whether another postmortem is about its incident: its own goes on with a later revision."""
        revision = self.draft.revision if self.draft else 0
        return self.merged is not None and revision <= self.merged.revision and self.publication is None

    def changed(self, **fields: Any) -> View:
        """Return a copy with other values."""
        return self.model_copy(update=fields)


def project(view: View | None, event: Message, stamp: Stamp) -> View:
    """Return the view with one more fact in it; the stamp is the fact's own, the same whenever it is heard."""
    view = view or View(id=event.postmortem_id)
    latest = max(view.updated_at or stamp[0], stamp[0])
    view = _PROJECTIONS[event.name](view, event, stamp)
    return view.changed(updated_at=latest, review=view.review.hearing(event))


LEARNED = ("timeline", "people", "incident", "incidents", "durations", "gathered")


def _revised(view: View, event: said.DraftRevised, stamp: Stamp) -> View:
    return _draft(view, event, stamp).changed(corrections=begun(view.corrections, event, stamp))


def _withdrawn(view: View, event: CorrectionWithdrawn, stamp: Stamp) -> View:
    return _draft(view, event, stamp).changed(withdrawals=tuple(sorted({*view.withdrawals, event.revision})))


def _skipped(view: View, event: PostmortemSkipped | PostmortemRequired, stamp: Stamp) -> View:
    return _draft(view, event, stamp).changed(skip=newest_skip(view.skip, event, stamp))


def _item(view: View, event: said.ActionItemAdded, stamp: Stamp) -> View:
    """An action item as its highest version has it; in the order in which they were added."""
    item, facet = event.item, f"action item {event.item.id}"
    items = {known.id: known for known in view.action_items}
    if item.id in items and (item.version, stamp) < (items[item.id].version, _stamp(view, facet)):
        return view
    ordered = sorted({**items, item.id: item}.values(), key=lambda each: (each.created_at, each.id))
    return _stamped(view, facet, stamp).changed(action_items=tuple(ordered))


def _draft(view: View, event: said.Snapshot, stamp: Stamp) -> View:
    """The text of the newest revision, for those whom the newest change of that lets see it; and if it is wanted."""
    view = _learned(view, event, stamp).changed(created_at=min(view.created_at or stamp[0], stamp[0]))
    snapshot = said.Snapshot(**{name: getattr(event, name) for name in said.Snapshot.model_fields})
    number = event.revision, event.toggles, stamp
    if view.draft and number < (view.draft.revision, view.draft.toggles, _stamp(view, "draft")):
        return view.changed(draft=view.draft.knowing(snapshot))
    return _stamped(view, "draft", stamp).changed(draft=snapshot.knowing(view.draft) if view.draft else snapshot)


def _learned(view: View, event: said.Snapshot | said.TimelineExtended, stamp: Stamp) -> View:
    """What is known of the incident: drafting learns more, unless an incident is merged or taken out, which it counts.

    An approval repeats what review has heard.
    """
    if isinstance(event, said.ReviewApproved):
        stamp = (UNSTAMPED[0], stamp[1])
    known = view.gathered, len(view.timeline), _stamp(view, "incident")
    if view.incident and (event.gathered, len(event.timeline), stamp) < known:
        return view
    return _stamped(view, "incident", stamp).changed(**{name: getattr(event, name) for name in LEARNED})


def _requested(view: View, event: said.ReviewRequested, stamp: Stamp) -> View:
    view = _draft(view, event, stamp)
    return view.changed(review=reviewing.requested(view.review, event))


def _assigned(view: View, event: said.ReviewersAssigned, stamp: Stamp) -> View:
    assigned_at = view.review.assigned_at
    if assigned_at and (event.assigned_at, stamp) < (assigned_at, _stamp(view, "reviewers")):
        return view
    told = {name: getattr(event, name) for name in ("reviewers", "assigned_at", "needed")}
    return _reviewed(_stamped(view, "reviewers", stamp), **told)


def _of_review(follow: Callable[[ReviewView, Any], ReviewView]) -> Callable[[View, Any, Stamp], View]:
    """Make a projection of what is about the review alone."""
    return lambda view, event, _at: view.changed(review=follow(view.review, event))


def _approved(view: View, event: said.ReviewApproved, stamp: Stamp) -> View:
    view = _draft(view, event, stamp)
    return view.changed(review=reviewing.approved(view.review, event))


def _checked(view: View, event: RevisionChecked, at: Stamp) -> View:
    review = view.review
    return _reviewed(
        view, checked=facets.newest_check(review.checked, event), patterns=heard(review.patterns, event, at)
    )


def _meeting(view: View, event: said.MeetingScheduled, stamp: Stamp) -> View:
    """The entry's SEQUENCE stays when only its guests or its title change."""
    if view.meeting and (event.sequence, stamp) < (view.meeting.sequence, _stamp(view, "meeting")):
        return view
    meeting = MeetingView(**{name: getattr(event, name) for name in MeetingView.model_fields})
    return _stamped(view, "meeting", stamp).changed(meeting=meeting, cancelled=_is_off(meeting, view.cancellation))


def _cancelled(view: View, event: said.MeetingCancelled, _at: Stamp) -> View:
    """A cancelled meeting may be on again, with a higher SEQUENCE: after a skip or a merge that was taken back."""
    known = view.cancellation or event
    last = max(known, event, key=lambda each: (each.sequence, each.at))
    return view.changed(cancelled=_is_off(view.meeting, last), cancellation=last)


def _is_off(meeting: MeetingView | None, cancellation: said.MeetingCancelled | None) -> bool:
    """Say whether the meeting is called off, and was not brought back since."""
    return cancellation is not None and (meeting is None or meeting.sequence <= cancellation.sequence)


def _merged(view: View, event: PostmortemMerged, _at: Stamp) -> View:
    known = view.merged or event
    return view.changed(merged=max(known, event, key=lambda each: (each.revision, each.merged_at, each.into)))


def _published(view: View, event: said.Published, stamp: Stamp) -> View:
    view = view.changed(editions=tuple(sorted({*view.editions, event.revision})))
    known = view.publication
    first = min(event.published_at, (known and known.first_published_at) or event.published_at)
    if known and (event.revision, stamp) < (known.revision, _stamp(view, "publication")):
        return view.changed(publication=known.model_copy(update={"first_published_at": first}))
    return _stamped(view, "publication", stamp).changed(publication=PublicationView.of(event, first))


def _completed(view: View, event: said.DeliveryCompleted, stamp: Stamp) -> View:
    if view.completed and (event.revision, stamp) < (view.completed.revision, _stamp(view, "completed")):
        return view
    return _stamped(view, "completed", stamp).changed(completed=event)


def _imported(view: View, event: PostmortemImported, stamp: Stamp) -> View:
    """What a file told last, which may be less than it told; it stands by its own date, not by that of its import."""
    drafted = _draft(view, event, stamp)
    if _stamp(drafted, "draft") != stamp:
        return view.changed(draft=drafted.draft)
    told = {name: getattr(event, name) for name in ("imported", *LEARNED)}
    return _stamped(drafted, "incident", stamp).changed(created_at=event.imported.dated_at, **told)


def _reviewed(view: View, **fields: Any) -> View:
    return view.changed(review=view.review.model_copy(update=fields))


def _stamp(view: View, facet: str) -> Stamp:
    return view.stamps.get(facet, UNSTAMPED)


def _stamped(view: View, facet: str, stamp: Stamp) -> View:
    return view.changed(stamps={**view.stamps, facet: stamp})


_PROJECTIONS: dict[str, Callable[[View, Any, Stamp], View]] = {
    said.DraftCreated.name: _draft,
    said.DraftRevised.name: _revised,
    said.AccessChanged.name: _draft,
    CorrectionWithdrawn.name: _withdrawn,
    PostmortemSkipped.name: _skipped,
    PostmortemRequired.name: _skipped,
    said.TimelineExtended.name: _learned,
    said.ActionItemAdded.name: _item,
    said.ActionItemChanged.name: _item,
    said.ReviewRequested.name: _requested,
    said.ReviewersAssigned.name: _assigned,
    ReviewersWanted.name: lambda view, event, _: view.changed(review=view.review.lacking(event)),
    said.ReviewCommented.name: _of_review(reviewing.commented),
    said.ChangesRequested.name: _of_review(reviewing.changes),
    RevisionChecked.name: _checked,
    said.ApprovalGiven.name: _of_review(reviewing.approvals),
    ApprovalWithdrawn.name: _of_review(reviewing.withdrawn),
    ThreadChanged.name: _of_review(reviewing.thread_changed),
    said.ReviewApproved.name: _approved,
    said.MeetingScheduled.name: _meeting,
    said.MeetingRescheduled.name: _meeting,
    said.MeetingCancelled.name: _cancelled,
    said.MeetingEnded.name: lambda view, _event, _at: view.changed(ended=True),
    MeetingNotesTaken.name: lambda view, event, _: view.changed(notes=facets.newest_notes(view.notes, event)),
    said.Published.name: _published,
    said.DeliveryCompleted.name: _completed,
    PostmortemClosed.name: lambda view, at, _: view.changed(
        closed_at=min(view.closed_at or at.closed_at, at.closed_at)
    ),
    PostmortemMerged.name: _merged,
    PostmortemImported.name: _imported,
}
