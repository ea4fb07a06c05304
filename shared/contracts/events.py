"""The facts. Each is said by one room (in its docstring) and heard by whoever needs it."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from shared.contracts.action_items import ActionItem
from shared.contracts.base import Email, Line, Message, Moment, Owner, Person, Token
from shared.contracts.findings import Finding
from shared.contracts.impact import GatheredIncident, IncidentDurations
from shared.contracts.reported import IncidentReported as IncidentReported  # noqa: PLC0414 - an event like the others
from shared.contracts.sections import Sectioned
from shared.contracts.values import (
    Approval,
    AskedReviewer,
    Attendee,
    Comment,
    Incident,
    ListUsed,
    MeetingStatus,
    Reviewer,
    Status,
    TimelineEntry,
)

ACCESS = ("tags", "restricted", "readers", "access")
"""What of a snapshot is no part of the text: it changes without a new revision."""


class Snapshot(Sectioned):
    """A whole revision of a postmortem: what a hearer needs without asking back.

    `restricted`: only `readers`, the owner, the people of the incident and its reviewers may see that it exists.
    `access` counts the changes of `tags`, `restricted` and `readers`: the higher one knows these better (`knowing`).
    `correction_of`: the published revision that this one is to correct, or the one that put its text back after a
    correction was withdrawn, which names itself (`puts_back`); `correction_note`: what was wrong with it.
    `toggles` counts how often it was skipped and asked for again: odd while it is skipped. `incidents` are all that it
    is about, its own first; `gathered` counts how often one was merged or taken out. Of two words the one with the
    higher number knows better: whether it is wanted, and what happened.
    """

    revision: int = Field(ge=1)
    content_hash: str
    title: Line
    services: tuple[Token, ...] = ()
    owner: Owner
    people: tuple[Person, ...] = ()
    deadline: Moment
    incident: Incident
    timeline: tuple[TimelineEntry, ...] = ()
    missing: tuple[str, ...] = ()
    authors: tuple[Email, ...] = ()
    findings: tuple[Finding, ...] = ()
    tags: tuple[Token, ...] = ()
    restricted: bool = False
    readers: tuple[Email, ...] = ()
    access: int = 0
    correction_of: int | None = None
    correction_note: str = Field(default="", max_length=500)
    incidents: tuple[GatheredIncident, ...] = ()
    durations: IncidentDurations | None = None
    gathered: int = 0
    toggles: int = 0

    @property
    def skipped(self) -> bool:
        """Say whether there is to be no postmortem."""
        return self.toggles % 2 == 1

    @property
    def puts_back(self) -> bool:
        """Say whether it has the text that is published, since a correction of that was given up."""
        return self.correction_of == self.revision

    def knowing(self, other: Snapshot) -> Snapshot:
        """Return this revision with the newer tags, restriction and readers of the two."""
        if other.access <= self.access:
            return self
        return self.model_copy(update={name: getattr(other, name) for name in ACCESS})

    def named(self) -> frozenset[str]:
        """Return who may see it though it is restricted, as far as a snapshot knows: reviewers come on top."""
        people = {person.email for person in self.people if person.email}
        return frozenset({self.owner.email, *self.readers, *people})


class DraftCreated(Snapshot):
    """The incident is over and its postmortem has a first draft, an owner and a deadline. Said by drafting."""

    name: ClassVar[str] = "DraftCreated.v1"


class DraftRevised(Snapshot):
    """The text has a new revision. Said by drafting; an approval of an older revision no longer counts."""

    name: ClassVar[str] = "DraftRevised.v1"
    status: Status
    revised_at: Moment
    revised_by: str
    note: str = ""


class AccessChanged(Snapshot):
    """Who may see it changed, or its tags; the revision and what is approved stay as they are. Said by drafting."""

    name: ClassVar[str] = "AccessChanged.v1"
    changed_at: Moment
    changed_by: str


class TimelineExtended(Message):
    """More became known of what happened, without a change of the text. Said by drafting."""

    name: ClassVar[str] = "TimelineExtended.v1"
    timeline: tuple[TimelineEntry, ...]
    people: tuple[Person, ...] = ()
    incident: Incident
    incidents: tuple[GatheredIncident, ...] = ()
    durations: IncidentDurations | None = None
    gathered: int = 0


class ActionItemAdded(Message):
    """There is one more action item. Said by drafting, whole: of two words about an item the higher version counts."""

    name: ClassVar[str] = "ActionItemAdded.v1"
    item: ActionItem


class ActionItemChanged(ActionItemAdded):
    """An action item has changed. Said by drafting."""

    name: ClassVar[str] = "ActionItemChanged.v1"


class ReviewRequested(Snapshot):
    """The author asks the community to review this revision. Said by drafting."""

    name: ClassVar[str] = "ReviewRequested.v1"
    requested_at: Moment
    requested_by: Email


class ReviewersAssigned(Message):
    """The community has named the reviewers of a revision, and how many have to approve. Said by review."""

    name: ClassVar[str] = "ReviewersAssigned.v1"
    revision: int
    reviewers: tuple[AskedReviewer, ...]
    assigned_at: Moment
    needed: int | None = None


class ReviewCommented(Message):
    """A reviewer commented without a verdict. Said by review."""

    name: ClassVar[str] = "ReviewCommented.v1"
    revision: int
    reviewer: Reviewer
    comments: tuple[Comment, ...]
    at: Moment


class ChangesRequested(Message):
    """A reviewer asks for changes to a revision. Said by review."""

    name: ClassVar[str] = "ChangesRequested.v1"
    revision: int
    reviewer: Reviewer
    comments: tuple[Comment, ...] = ()
    at: Moment


class ApprovalGiven(Message):
    """One reviewer approved a revision; others are still asked. Said by review."""

    name: ClassVar[str] = "ApprovalGiven.v1"
    revision: int
    content_hash: str
    approvals: tuple[Approval, ...]
    approval_round: int = 0


class ReviewApproved(Snapshot):
    """As many reviewers as are needed approved exactly this revision. Said by review.

    `reviewers` are those who were asked: they may see it though it is restricted. Each withdrawn approval begins a new
    `approval_round`; what was approved in an older one counts no more.
    """

    name: ClassVar[str] = "ReviewApproved.v1"
    approvals: tuple[Approval, ...]
    reviewers: tuple[Reviewer, ...] = ()
    approval_round: int = 0


class MeetingScheduled(Message):
    """The meeting is on the shared calendar. Said by calendar, first `tentative`, then `scheduled`.

    `late`: the text was not approved in time. `needs_attention`: what somebody should look at, or empty.
    """

    name: ClassVar[str] = "MeetingScheduled.v1"
    uid: str
    start: Moment
    end: Moment
    timezone: str
    status: MeetingStatus
    sequence: int
    url: str
    join_url: str
    title: str
    attendees: tuple[Attendee, ...] = ()
    late: bool = False
    needs_attention: str = ""


class MeetingRescheduled(MeetingScheduled):
    """The meeting has other times or attendees, moved here or in somebody's calendar. Said by calendar."""

    name: ClassVar[str] = "MeetingRescheduled.v1"


class MeetingCancelled(Message):
    """The meeting is off; its entry stays, marked cancelled. Said by calendar."""

    name: ClassVar[str] = "MeetingCancelled.v1"
    uid: str
    sequence: int
    at: Moment


class MeetingEnded(Message):
    """The meeting is over. Said by calendar."""

    name: ClassVar[str] = "MeetingEnded.v1"
    uid: str
    ended_at: Moment


class Published(Sectioned):
    """The approved revision is final and goes to its lists. Said by distribution.

    `changes`: the titles of what a correction says otherwise than the report that it corrects.
    """

    name: ClassVar[str] = "Published.v1"
    revision: int
    content_hash: str
    published_at: Moment
    title: Line
    services: tuple[Token, ...] = ()
    lists: tuple[ListUsed, ...]
    recipients: int = Field(ge=0)
    correction_of: int | None = None
    changes: tuple[str, ...] = ()


class DeliveryCompleted(Message):
    """No mail of this publication waits any more. Said by distribution."""

    name: ClassVar[str] = "DeliveryCompleted.v1"
    revision: int
    accepted: int
    failed: int
    unknown: int = 0
    suppressed: int = 0
    completed_at: Moment


ALL: tuple[type[Message], ...] = (
    *(IncidentReported, DraftCreated, DraftRevised, AccessChanged, TimelineExtended),
    *(ActionItemAdded, ActionItemChanged),
    *(ReviewRequested, ReviewersAssigned, ReviewCommented, ChangesRequested, ApprovalGiven, ReviewApproved),
    *(MeetingScheduled, MeetingRescheduled, MeetingCancelled, MeetingEnded),
    *(Published, DeliveryCompleted),
)
