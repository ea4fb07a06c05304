"""A meeting: where it stands, what it is about, when it is, and what is known of its entry."""

from __future__ import annotations

from datetime import timedelta

from pydantic import BaseModel, ConfigDict

from services.calendar.domain import roles
from services.calendar.domain.flags import AFTER_DEADLINE
from services.calendar.domain.notes import Notes
from services.calendar.domain.records import Mailed, Seen, Told
from services.calendar.domain.states import LIVE, MOVES, Act, Status
from shared.contracts.base import Moment, Owner, Person, Severity, derived_id
from shared.contracts.commands import WriteMeeting
from shared.contracts.decision import Decision, Reply
from shared.contracts.events import MeetingEnded, Snapshot
from shared.contracts.values import Answer, Attendee

BY_HAND = {"by_hand": True, "late": False, "moves": 0, "given_up": False}
"""What changes, beside the times, when a person chooses them."""


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
    services: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
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
    `team` answers for the services, `asked` was asked to review it, last at `asked_at`. `by_hand`: a person chose the
    times, which are theirs. Its text is to be approved `approval_lead` before it begins: `checked` is until when that
    was looked for, `late` that it was not, `moves` how often it was moved for that, `given_up` that it no longer is.
    `joined` are those who joined by themselves, `left` the addresses of those who left and did not join again, `mailed`
    those who were ever invited by mail.
    People are reminded of it at `remind_at`, `preread_lead` before it begins; never with a lead of nothing. `reminded`
    are the beginnings ahead of which they were.
    """

    model_config = ConfigDict(frozen=True)

    postmortem_id: str
    status: Status
    topic: Topic
    approvers: tuple[Attendee, ...] = ()
    joined: tuple[Attendee, ...] = ()
    team: tuple[Attendee, ...] = ()
    facilitator: Attendee | None = None
    asked: tuple[Attendee, ...] = ()
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
    asked_at: Moment | None = None
    by_hand: bool = False
    approval_lead: timedelta = timedelta(0)
    checked: Moment | None = None
    late: bool = False
    moves: int = 0
    given_up: bool = False
    left: tuple[str, ...] = ()
    mailed: tuple[Mailed, ...] = ()
    preread_lead: timedelta = timedelta(0)
    remind_at: Moment | None = None
    reminded: tuple[Moment, ...] = ()
    notes: Notes | None = None


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


def attendees(meeting: Meeting) -> tuple[Attendee, ...]:
    """Return everybody on the invitation as what they come (guide A5), if they may see it; those needed first.

    Who left is not on it, unless they are needed.
    """
    topic = meeting.topic
    everybody = (
        roles.as_role(topic.owner, roles.OWNER, topic.severity),
        *roles.of_incident(topic.people, topic.severity),
        *meeting.team,
        *((meeting.facilitator,) if meeting.facilitator else ()),
        *meeting.asked,
        *meeting.approvers,
        *meeting.joined,
    )
    return tuple(
        person
        for person in roles.once(everybody)
        if may_see(meeting, person.email) and (person.required or person.email not in meeting.left)
    )


def may_see(meeting: Meeting, email: str) -> bool:
    """Say whether somebody may know what the meeting is about: anybody, unless it is restricted."""
    topic = meeting.topic
    named = {topic.owner.email, *topic.readers, *meeting.reviewers, *(person.email for person in topic.people)}
    return not topic.restricted or email in named


def keep(meeting: Meeting) -> Decision[Meeting]:
    """Decide to leave the entry as it is; a meeting that lies ahead is looked at again when it is over, or lost."""
    return Decision(state=meeting, due=next_look(meeting))


def next_look(meeting: Meeting) -> Moment | None:
    """Return when the meeting is to be looked at again: it is over, its text should be approved, or its entry is lost.

    None when it does not lie ahead, or was given up until somebody moves it or approves the text.
    """
    if meeting.status not in LIVE:
        return None
    return min(filter(None, (next_turn(meeting), meeting.missing_until)), default=None)


def next_turn(meeting: Meeting) -> Moment | None:
    """Return when a meeting ahead is over, or before that its text should be approved, or people be reminded of it.

    None for one given up.
    """
    if meeting.given_up:
        return None
    if meeting.status is Status.SCHEDULED:
        return min(meeting.remind_at or meeting.end, meeting.end)
    looked_for = meeting.start - meeting.approval_lead
    if meeting.status is not Status.TENTATIVE or looked_for <= (meeting.checked or meeting.created_at):
        return meeting.end
    return min(looked_for, meeting.end) if meeting.approval_lead else meeting.end


def change(meeting: Meeting, now: Moment, **changes: object) -> Decision[Meeting]:
    """Decide on another form; whatever people can see of it is to be written. Times and status raise SEQUENCE."""
    after = meeting.model_copy(update=changes)
    if _visible(after) == _visible(meeting):
        return keep(after)
    noticed = (after.start, after.end, after.status) != (meeting.start, meeting.end, meeting.status)
    after = after.model_copy(update={"form": meeting.form + 1, "sequence": after.sequence + noticed, "changed_at": now})
    return write(expecting(after, now) if noticed else after)


def expecting(meeting: Meeting, now: Moment) -> Meeting:
    """Return the meeting that knows when people are to be reminded of it: once it is certain, and of a start once.

    Always later than now, in whole seconds: a timer's id follows from its time, and what has rung does not ring again.
    """
    is_certain = meeting.status is Status.SCHEDULED and meeting.preread_lead > timedelta(0)
    if not is_certain or meeting.start in meeting.reminded or meeting.start <= now:
        return meeting.model_copy(update={"remind_at": None})
    soonest = (now + timedelta(seconds=1)).replace(microsecond=0)
    return meeting.model_copy(update={"remind_at": max(meeting.start - meeting.preread_lead, soonest)})


def over(meeting: Meeting, act: Act, at: Moment) -> Decision[Meeting]:
    """End a meeting and say so. The entry stays as it is: it took place."""
    ended = meeting.model_copy(update={"status": MOVES[meeting.status, act]})
    event = MeetingEnded(postmortem_id=meeting.postmortem_id, uid=uid_of(meeting.postmortem_id), ended_at=at)
    return Decision(state=ended, events=(event,))


def write(meeting: Meeting) -> Decision[Meeting]:
    """Decide to have the entry written."""
    command = WriteMeeting(postmortem_id=meeting.postmortem_id, sequence=meeting.sequence)
    return Decision(state=meeting, events=(command,), due=keep(meeting).due)


def facts(meeting: Meeting) -> Reply:
    """Return the answer to a command: how the meeting stands now; times as ISO 8601 in UTC."""
    start, end = (moment.isoformat().replace("+00:00", "Z") for moment in (meeting.start, meeting.end))
    noted = {"notes_version": meeting.notes.version} if meeting.notes else {}
    return Reply(
        data={
            "uid": uid_of(meeting.postmortem_id),
            "status": meeting.status.value,
            "start": start,
            "end": end,
            "needs_attention": meeting.needs_attention,
            **noted,
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
        meeting.left,
        meeting.start,
        meeting.end,
        meeting.status,
        meeting.needs_attention,
    )
