"""A meeting: where it stands, what it is about, when it is, and what is known of its entry."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from shared.contracts.base import Moment, Owner, Person, Severity, derived_id
from shared.contracts.commands import WriteMeeting
from shared.contracts.decision import Decision, Reply
from shared.contracts.events import Snapshot
from shared.contracts.values import Answer, Attendee


class Status(StrEnum):
    """Where a meeting stands."""

    TENTATIVE = "tentative"
    SCHEDULED = "scheduled"
    ENDED = "ended"
    CANCELLED = "cancelled"


class Act(StrEnum):
    """What can happen to a meeting."""

    REVISE = "revise"
    APPROVE = "approve"
    MOVE = "move"
    JOIN = "join"
    ELAPSE = "elapse"
    END = "end"
    CANCEL = "cancel"
    SKIP = "skip"
    REQUIRE = "require"
    MERGE = "merge"


MOVES: dict[tuple[Status, Act], Status] = {
    (Status.TENTATIVE, Act.REVISE): Status.TENTATIVE,
    (Status.TENTATIVE, Act.APPROVE): Status.SCHEDULED,
    (Status.TENTATIVE, Act.MOVE): Status.TENTATIVE,
    (Status.TENTATIVE, Act.JOIN): Status.TENTATIVE,
    (Status.TENTATIVE, Act.ELAPSE): Status.TENTATIVE,
    (Status.TENTATIVE, Act.CANCEL): Status.CANCELLED,
    (Status.SCHEDULED, Act.REVISE): Status.SCHEDULED,
    (Status.SCHEDULED, Act.APPROVE): Status.SCHEDULED,
    (Status.SCHEDULED, Act.MOVE): Status.SCHEDULED,
    (Status.SCHEDULED, Act.JOIN): Status.SCHEDULED,
    (Status.SCHEDULED, Act.ELAPSE): Status.ENDED,
    (Status.SCHEDULED, Act.END): Status.ENDED,
    (Status.SCHEDULED, Act.CANCEL): Status.CANCELLED,
    (Status.TENTATIVE, Act.SKIP): Status.CANCELLED,
    (Status.SCHEDULED, Act.SKIP): Status.CANCELLED,
    (Status.TENTATIVE, Act.MERGE): Status.CANCELLED,
    (Status.SCHEDULED, Act.MERGE): Status.CANCELLED,
    (Status.CANCELLED, Act.REQUIRE): Status.TENTATIVE,
}
"""A pair that is not here is no move: an event leaves the meeting alone, a command is refused.

REQUIRE brings back what was off only because the postmortem was skipped or merged; what people call off stays off.
ELAPSE is the end of the slot going by: a tentative meeting did not take place and gets another slot.
"""

AFTER_DEADLINE = "it is after the deadline"

LIVE = frozenset({Status.TENTATIVE, Status.SCHEDULED})
"""Meetings that still lie ahead: they keep people busy, are watched on the calendar, and have a timer."""


class Topic(BaseModel):
    """What a meeting is about: what it needs to know of the newest revision, and who may know it.

    `restricted`, `readers` and their number `access` are those of the snapshot that knows them best. `toggles` counts
    how often the postmortem was skipped and asked for again.
    """

    model_config = ConfigDict(frozen=True)

    revision: int
    title: str
    severity: Severity
    severity_label: str = ""
    owner: Owner
    people: tuple[Person, ...] = ()
    deadline: Moment
    restricted: bool = False
    readers: tuple[str, ...] = ()
    access: int = 0
    toggles: int = 0

    @property
    def skipped(self) -> bool:
        """Say whether there is to be no postmortem."""
        return self.toggles % 2 == 1

    def knowing(self, other: Topic) -> Topic:
        """Return this topic with the newer restriction and readers of the two."""
        if other.access <= self.access:
            return self
        newer = {"restricted": other.restricted, "readers": other.readers, "access": other.access}
        return self.model_copy(update=newer)


class Seen(BaseModel):
    """The entry as it was last known to stand on the calendar; `etag` is empty when the server told none."""

    model_config = ConfigDict(frozen=True)

    etag: str
    write_id: str
    start: Moment
    end: Moment


class Told(BaseModel):
    """What the other rooms were last told."""

    model_config = ConfigDict(frozen=True)

    status: Status
    start: Moment
    end: Moment
    title: str
    attendees: tuple[Attendee, ...] = ()


class Meeting(BaseModel):
    """All that calendar knows of one postmortem's meeting: the desired form, and what came of it. Times are UTC.

    `stands_since`: when it was first seen there, as long as `seen` tells that it is.
    `place` is the name that the entry has in the collection, when a person's client gave it another than ours. From the
    moment an entry is missed until `missing_until` it may come back; then a person has deleted it. `guests` are those
    whom people invited in their calendar, `answers` is what was said to the invitation, by address.
    `form` counts the desired forms of the entry; `sequence` is the entry's SEQUENCE, which counts
    only what people must notice (RFC 5546 section 2.1.4). `gone` means that a person deleted it.
    `reviewers` are the addresses of those who were asked to review it last. `skipped`: it is off because there is to be
    no postmortem; `off_since`: it is off because another postmortem made this revision void, 0 if none did; without
    either, people called it off. `merged` is the last revision that was made void.
    """

    model_config = ConfigDict(frozen=True)

    postmortem_id: str
    status: Status
    topic: Topic
    approvers: tuple[Attendee, ...] = ()
    joined: tuple[Attendee, ...] = ()
    reviewers: tuple[str, ...] = ()
    reviewers_at: Moment | None = None
    start: Moment
    end: Moment
    needs_attention: str = ""
    form: int = 1
    sequence: int = 0
    created_at: Moment
    changed_at: Moment
    seen: Seen | None = None
    gone: bool = False
    stands_since: Moment | None = None
    place: str = ""
    missing_until: Moment | None = None
    guests: tuple[Attendee, ...] = ()
    answers: dict[str, Answer] = {}
    skipped: bool = False
    told: Told | None = None
    merged: int = 0
    off_since: int = 0


def uid_of(postmortem_id: str) -> str:
    """Return the UID of the postmortem's entry, the same for ever: a bare uuid5."""
    return derived_id(postmortem_id)


def ours(uid: str) -> str:
    """Return the name that we give the entry with this UID: computed, never searched for."""
    return f"{uid}.ics"


def name_of(meeting: Meeting) -> str:
    """Return what the meeting's entry is called in the collection."""
    return meeting.place or ours(uid_of(meeting.postmortem_id))


def topic_of(draft: Snapshot) -> Topic:
    """Return what a meeting needs to know of a revision."""
    return Topic(**{name: getattr(draft, name) for name in Topic.model_fields})


def needed(topic: Topic) -> tuple[Attendee, ...]:
    """Return who has to be there: the owner and everybody of the incident whose address is known (guide A5)."""
    people = (Attendee(name=person.name, email=person.email) for person in topic.people if person.email)
    return _once((Attendee(name=topic.owner.name, email=topic.owner.email), *people))


def attendees(meeting: Meeting) -> tuple[Attendee, ...]:
    """Return everybody on the invitation: those needed, then approvers and those who joined, if they may see it."""
    everybody = _once((*needed(meeting.topic), *meeting.approvers, *meeting.joined))
    return tuple(person for person in everybody if may_see(meeting, person.email))


def may_see(meeting: Meeting, email: str) -> bool:
    """Say whether somebody may know what the meeting is about: anybody, unless it is restricted."""
    topic = meeting.topic
    named = {topic.owner.email, *topic.readers, *meeting.reviewers, *(person.email for person in topic.people)}
    return not topic.restricted or email in named


def keep(meeting: Meeting) -> Decision[Meeting]:
    """Decide to leave the entry as it is; a meeting that lies ahead is looked at again when it is over, or lost."""
    if meeting.status not in LIVE:
        return Decision(state=meeting)
    return Decision(state=meeting, due=min(meeting.end, meeting.missing_until or meeting.end))


def change(meeting: Meeting, now: Moment, **changes: object) -> Decision[Meeting]:
    """Decide on another form; whatever people can see of it is to be written. Times and status raise SEQUENCE."""
    after = meeting.model_copy(update=changes)
    if _visible(after) == _visible(meeting):
        return keep(after)
    noticed = (after.start, after.end, after.status) != (meeting.start, meeting.end, meeting.status)
    after = after.model_copy(update={"form": meeting.form + 1, "sequence": after.sequence + noticed, "changed_at": now})
    return write(after)


def write(meeting: Meeting) -> Decision[Meeting]:
    """Decide to have the entry written."""
    command = WriteMeeting(postmortem_id=meeting.postmortem_id, sequence=meeting.sequence)
    return Decision(state=meeting, events=(command,), due=keep(meeting).due)


def facts(meeting: Meeting) -> Reply:
    """Return the answer to a command: how the meeting stands now; times as ISO 8601 in UTC."""
    start, end = (moment.isoformat().replace("+00:00", "Z") for moment in (meeting.start, meeting.end))
    return Reply(
        data={
            "uid": uid_of(meeting.postmortem_id),
            "status": meeting.status.value,
            "start": start,
            "end": end,
            "needs_attention": meeting.needs_attention,
        }
    )


def lateness(topic: Topic, end: Moment) -> str:
    """Return what to look at when a meeting that people chose ends after the deadline; empty when it does not."""
    return AFTER_DEADLINE if end > topic.deadline else ""


def _visible(meeting: Meeting) -> tuple[object, ...]:
    return (
        meeting.topic.title,
        meeting.topic.severity,
        meeting.topic.severity_label,
        meeting.topic.restricted,
        attendees(meeting),
        meeting.start,
        meeting.end,
        meeting.status,
        meeting.needs_attention,
    )


def _once(people: tuple[Attendee, ...]) -> tuple[Attendee, ...]:
    """Everybody once; the first mention counts."""
    by_address: dict[str, Attendee] = {}
    for person in people:
        by_address.setdefault(person.email, person)
    return tuple(by_address.values())
