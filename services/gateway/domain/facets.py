"""What people read of one postmortem, part by part: its review, its meeting, its publication. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self

from pydantic import BaseModel, ConfigDict

from services.gateway.domain.patterns import Patterns
from services.gateway.domain.requests import Requests, heard
from shared.contracts import values
from shared.contracts.assigning import ReviewersWanted
from shared.contracts.base import Message, Owner
from shared.contracts.coaching import RevisionChecked
from shared.contracts.events import Published
from shared.contracts.meeting_notes import MeetingNotesTaken
from shared.contracts.sections import opening
from shared.contracts.threads import Thread


class ReviewView(BaseModel):
    """The review as people see it. `requested_for`: the published revision whose correction is reviewed, or 0.

    `requested_toggles`: how often the postmortem had been skipped and asked for again by then; `requested_revision`:
    what was submitted, 0 where that is not known. `needed`: how many approvals it takes, None where that is not known.
    What was approved in an older round than `approval_round` is withdrawn. `checked`: the newest remarks on how it is
    told.
    """

    model_config = ConfigDict(frozen=True)

    requested_at: datetime | None = None
    requested_for: int = 0
    requested_toggles: int = 0
    requested_revision: int = 0
    changes_at: datetime | None = None
    changes_revision: int = 0
    approved_revision: int = 0
    approved_round: int = 0
    approval_round: int = 0
    assigned_at: datetime | None = None
    reviewers: tuple[values.AskedReviewer, ...] = ()
    needed: int | None = None
    wanted: ReviewersWanted | None = None
    approvals: tuple[values.Approval, ...] = ()
    approvals_revision: int = 0
    approvals_round: int = 0
    comments: tuple[dict[str, Any], ...] = ()
    patterns: Patterns = Patterns()
    requests: Requests = ()
    checked: RevisionChecked | None = None
    threads: tuple[Thread, ...] = ()

    def hearing(self, event: Message) -> Self:
        """Return the review with what a fact tells of everybody's part in it."""
        requests = heard(self.requests, event)
        return self if requests is self.requests else self.model_copy(update={"requests": requests})

    def approved(self) -> int:
        """Return the revision that is approved, 0 when an approval of it is withdrawn, or there is none."""
        return self.approved_revision if self.approved_round >= self.approval_round else 0

    def lacking(self, event: ReviewersWanted) -> ReviewView:
        """Return the review with one more word of how many reviewers were found, in whatever order they come."""
        known = self.wanted or event
        newest = max(known, event, key=lambda each: (each.at, each.model_dump_json()))
        return self.model_copy(update={"wanted": newest})

    def still_lacks(self) -> ReviewersWanted | None:
        """Return what was said last of how many reviewers were found, while there are fewer than wanted."""
        return self.wanted if self.wanted and len(self.reviewers) < self.wanted.wanted else None


def newest_check(known: RevisionChecked | None, event: RevisionChecked) -> RevisionChecked:
    """Return what counts of two words about remarks: the newer revision, of the same one what was said later."""
    if known and (event.revision, event.version, event.at) < (known.revision, known.version, known.at):
        return known
    return event


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


class NotesView(BaseModel):
    """The notes of the meeting as people see them; `version` tells which are newer."""

    model_config = ConfigDict(frozen=True)

    notes: str
    by: Owner
    at: datetime
    version: int


def newest_notes(known: NotesView | None, event: MeetingNotesTaken) -> NotesView:
    """Return the newest notes; they are counted where they are kept."""
    heard = NotesView(**{name: getattr(event, name) for name in NotesView.model_fields})
    return max(known or heard, heard, key=lambda each: (each.version, each.at, each.model_dump_json()))


class PublicationView(BaseModel):
    """What was published, and to how many: its head and overview as they were, whatever became of the text since."""

    model_config = ConfigDict(frozen=True)

    revision: int
    published_at: datetime
    first_published_at: datetime | None = None
    recipients: int = 0
    correction_of: int | None = None
    changes: tuple[str, ...] = ()
    title: str = ""
    severity: str = ""
    services: tuple[str, ...] = ()
    overview: str = ""

    @classmethod
    def of(cls, event: Published, first: datetime) -> Self:
        """Return what a fact tells; `first` is when the first report went out."""
        given = {name: getattr(event, name) for name in cls.model_fields if name in type(event).model_fields}
        given |= {"severity": event.severity.value, "first_published_at": first, "overview": opening(event.report)}
        return cls(**given)
