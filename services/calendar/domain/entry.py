"""The entry on the calendar: what it should say, how a copy of it is read, and what to do when they differ.

Every entry carries a write id `<form>-<uuid>`. The uuid follows from form, times and status, so a copy
vouches for itself: as long as its write id fits its own content it is ours, from this or an earlier
attempt (a lost reply, a crash, another instance); if it does not, a person has changed it.
"""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from services.calendar.domain.meeting import Meeting, attendees, uid_of
from services.calendar.domain.practice import Practice
from services.calendar.domain.roles import FACILITATOR
from services.calendar.domain.states import Status
from shared.contracts.base import Moment, Owner, Severity, derived_id
from shared.contracts.values import Attendee

STATUS_ON_CALENDAR = {
    Status.TENTATIVE: "TENTATIVE",
    Status.SCHEDULED: "CONFIRMED",
    Status.ENDED: "CONFIRMED",
    Status.CANCELLED: "CANCELLED",
}
"""RFC 5545 section 3.8.1.11; a meeting that is over stays confirmed."""


class Invited(Attendee):
    """Somebody who stands in an entry; `ours` tells those whom we put there."""

    ours: bool = False


class Entry(BaseModel):
    """What the entry should say. Times are UTC; `status` is the calendar's word; `place` is its name there if not ours.

    `restricted`: whoever reads the calendar is not to learn what it is about. `left` are not to stand in it.
    """

    model_config = ConfigDict(frozen=True)

    uid: str
    place: str = ""
    write_id: str
    sequence: int
    start: Moment
    end: Moment
    status: str
    title: str
    severity: Severity
    severity_label: str = ""
    restricted: bool = False
    owner: Owner
    attendees: tuple[Attendee, ...]
    left: tuple[str, ...] = ()
    facilitator: Attendee | None = None
    organizer: Owner
    url: str
    join_url: str
    needs_attention: str
    created_at: Moment
    changed_at: Moment

    def severity_words(self) -> str:
        """Return the severity as people here call it."""
        return self.severity_label or self.severity.value.upper()


class Copy(BaseModel):
    """An entry as the calendar has it. `text` is the whole iCalendar object, for changing it without loss.

    `place` is its name in the collection if that is not the one that we give.
    """

    model_config = ConfigDict(frozen=True)

    uid: str
    etag: str
    text: str
    start: Moment | None
    end: Moment | None
    status: str
    sequence: int = 0
    write_id: str = ""
    place: str = ""
    invited: tuple[Invited, ...] = ()

    @property
    def form(self) -> int:
        """The form that was last written here; 0 when the write id was lost."""
        number, dash, _ = self.write_id.partition("-")
        return int(number) if dash and number.isascii() and number.isdigit() else 0

    @property
    def is_ours(self) -> bool:
        """Whether times and status are as we once wrote them."""
        return bool(self.start and self.end) and self.write_id == write_id(
            self.uid, self.form, self.start, self.end, self.status
        )


class Step(StrEnum):
    """What is to be done about an entry."""

    CREATE = "create"
    REPLACE = "replace"
    WRITTEN = "written"
    MOVED = "moved"
    MISSING = "missing"
    BEHIND = "behind"


def write_id(uid: str, form: int, start: Moment | None, end: Moment | None, status: str) -> str:
    """Return the mark of one intended write; the same intention always has the same mark."""
    times = (moment.isoformat() if moment else "" for moment in (start, end))
    return f"{form}-{derived_id(uid, str(form), *times, status)}"


def write_id_of(meeting: Meeting) -> str:
    """Return the mark of the meeting's desired form."""
    status = STATUS_ON_CALENDAR[meeting.status]
    return write_id(uid_of(meeting.postmortem_id), meeting.form, meeting.start, meeting.end, status)


def is_written(meeting: Meeting) -> bool:
    """Say whether the entry is known to stand on the calendar in the desired form; a deleted one is never put back."""
    return meeting.gone or (meeting.seen is not None and meeting.seen.write_id == write_id_of(meeting))


def entry_of(meeting: Meeting, practice: Practice) -> Entry:
    """Return what the meeting's entry should say."""
    topic, invited = meeting.topic, attendees(meeting)
    return Entry(
        uid=uid_of(meeting.postmortem_id),
        place=meeting.place,
        write_id=write_id_of(meeting),
        sequence=meeting.sequence,
        start=meeting.start,
        end=meeting.end,
        status=STATUS_ON_CALENDAR[meeting.status],
        title=topic.title,
        severity=topic.severity,
        severity_label=topic.severity_label,
        restricted=topic.restricted,
        owner=topic.owner,
        attendees=invited,
        left=meeting.left,
        facilitator=next((person for person in invited if person.role == FACILITATOR), None),
        organizer=practice.organizer,
        url=practice.link(meeting.postmortem_id),
        join_url=practice.join_link(meeting.postmortem_id),
        needs_attention=meeting.needs_attention,
        created_at=meeting.created_at,
        changed_at=meeting.changed_at,
    )


def reconcile(meeting: Meeting, copy: Copy | None) -> Step:
    """Say what is to be done, given how the entry stands on the calendar.

    A copy with a later form than ours was written by another instance that knows more: decide again.
    A meeting that was cancelled before it was ever written is written all the same: an entry that is
    there keeps out whoever is still about to create the earlier form.
    """
    if copy is None:
        return Step.MISSING if meeting.seen else Step.CREATE
    if copy.form > meeting.form:
        return Step.BEHIND
    if _changed_by_a_person(meeting, copy):
        return Step.MOVED
    return Step.WRITTEN if copy.is_ours and copy.write_id == write_id_of(meeting) else Step.REPLACE


def _changed_by_a_person(meeting: Meeting, copy: Copy) -> bool:
    """Whether a person gave the entry other times, or called it off.

    A copy that merely lost its write id (some clients drop what they do not know) has the times it had.
    """
    if copy.is_ours or not (copy.start and copy.end) or meeting.status is Status.CANCELLED:
        return False
    known = (meeting.seen.start, meeting.seen.end) if meeting.seen else (meeting.start, meeting.end)
    wanted = (meeting.start, meeting.end)
    return (copy.start, copy.end) not in (known, wanted) or copy.status == "CANCELLED"
