"""What drafts, approvals and the passing of time do to a meeting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.calendar.domain.findings import Finding, settle
from services.calendar.domain.meeting import (
    LIVE,
    MOVES,
    Act,
    Meeting,
    Status,
    Topic,
    change,
    keep,
    needed,
    topic_of,
    uid_of,
    write,
)
from services.calendar.domain.practice import Practice
from services.calendar.domain.slots import HORIZON, Busy, Slot, Wish, find_slot
from shared.contracts.base import Moment
from shared.contracts.decision import Decision
from shared.contracts.events import MeetingEnded, ReviewApproved, ReviewersAssigned, Snapshot
from shared.contracts.merging import PostmortemMerged
from shared.contracts.values import Attendee


@dataclass(frozen=True, slots=True)
class Window:
    """The span (UTC) and the people to look for other meetings of, before a slot is chosen."""

    since: datetime
    until: datetime
    emails: frozenset[str]


def window(about: Snapshot | Topic, now: Moment) -> Window:
    """Return where other meetings matter for a slot."""
    topic = topic_of(about) if isinstance(about, Snapshot) else about
    return Window(now, max(now, topic.deadline) + HORIZON, _addresses(topic))


def follow_draft(
    meeting: Meeting | None, draft: Snapshot, busy: Sequence[Busy], practice: Practice, now: Moment
) -> Decision[Meeting]:
    """Hold a slot for a new postmortem; follow title, people and severity of a newer revision.

    The times stay: people have them in their calendars. An older revision that comes late changes nothing. Who may see
    what it is about is followed whatever the revision, and when the meeting is over too: its entry is still there.
    """
    if meeting is None:
        return write(_placed(draft, Status.TENTATIVE, (), busy, practice, now))
    if meeting.status is Status.CANCELLED and 0 < meeting.off_since < draft.revision:
        return _resumed(meeting, draft, busy, practice, now)
    return change(meeting, now, topic=_followed(meeting, topic_of(draft), Act.REVISE))


def hear_merged(meeting: Meeting, event: PostmortemMerged, now: Moment) -> Decision[Meeting]:
    """Another postmortem is about the incident: the meeting is off, unless a later revision says it goes on."""
    if (meeting.status, Act.MERGE) not in MOVES:
        return keep(meeting)
    known = meeting.model_copy(update={"merged": max(meeting.merged, event.revision)})
    if meeting.topic.revision > event.revision:
        return keep(known)
    off = MOVES[meeting.status, Act.MERGE]
    return change(known, now, status=off, off_since=event.revision, needs_attention="")


def _resumed(
    meeting: Meeting, draft: Snapshot, busy: Sequence[Busy], practice: Practice, now: Moment
) -> Decision[Meeting]:
    """Its postmortem goes on by itself: the meeting has a slot again, under the UID that it had."""
    topic = topic_of(draft).knowing(meeting.topic)
    slot = _times(_slot(topic, busy, practice, now))
    return change(meeting, now, status=Status.TENTATIVE, topic=topic, off_since=0, gone=False, **slot)


def hear_reviewers(meeting: Meeting, event: ReviewersAssigned, now: Moment) -> Decision[Meeting]:
    """Those who were asked last may see what it is about, also when that is restricted."""
    if meeting.reviewers_at and event.assigned_at < meeting.reviewers_at:
        return keep(meeting)
    reviewers = tuple(reviewer.email for reviewer in event.reviewers)
    return change(meeting, now, reviewers=reviewers, reviewers_at=event.assigned_at)


def pass_over(meeting: Meeting | None, correction: Snapshot, now: Moment) -> Decision[Meeting | None]:
    """Follow who may see it, and nothing else: a correction of what is published needs no meeting, and moves none."""
    if meeting is None:
        return Decision(state=None)
    followed = change(meeting, now, topic=meeting.topic.knowing(topic_of(correction)))
    return Decision(state=followed.state, events=followed.events, due=followed.due)


def confirm(
    meeting: Meeting | None, approved: ReviewApproved, busy: Sequence[Busy], practice: Practice, now: Moment
) -> Decision[Meeting]:
    """Confirm the slot; choose one if there is none yet, or if the one held has already begun.

    It does not matter whether the draft was heard before: an approval carries all that a slot needs.
    """
    approvers = tuple(Attendee(name=a.name, email=a.email, required=False) for a in approved.approvals)
    if meeting is None:
        placed = _placed(approved, Status.SCHEDULED, approvers, busy, practice, now)
        return write(placed.model_copy(update={"reviewers": _reviewers(approved)}))
    topic = _followed(meeting, topic_of(approved), Act.APPROVE)
    if (meeting.status, Act.APPROVE) not in MOVES or approved.revision <= meeting.merged:
        return change(meeting, now, topic=topic)
    changes: dict[str, object] = {
        "status": MOVES[meeting.status, Act.APPROVE],
        "topic": topic,
        "approvers": (*meeting.approvers, *(a for a in approvers if a not in meeting.approvers)),
        "reviewers": meeting.reviewers or _reviewers(approved),
    }
    if meeting.status is Status.TENTATIVE and meeting.start <= now:
        changes |= _times(_slot(topic, busy, practice, now))
    return change(meeting, now, **changes)


def pass_time(
    meeting: Meeting, finding: Finding | None, busy: Sequence[Busy], practice: Practice, now: Moment
) -> Decision[Meeting]:
    """The slot's end may have come: a scheduled meeting is over, a tentative one did not take place.

    A person's edit that was found meanwhile counts first. The next slot keeps the notice even past the
    deadline: without an approval a slot an hour later would only be missed again.
    """
    found = settle(meeting, finding, practice, now)
    meeting = found.state
    if meeting.status not in LIVE or meeting.end > now:
        return found
    if meeting.status is Status.TENTATIVE:
        again = change(meeting, now, **_times(_slot(meeting.topic, busy, practice, now, hurry=False)))
        return Decision(state=again.state, events=again.events, due=again.due)
    return over(meeting, Act.ELAPSE, meeting.end)


def over(meeting: Meeting, act: Act, at: Moment) -> Decision[Meeting]:
    """End a meeting and say so. The entry stays as it is: it took place."""
    ended = meeting.model_copy(update={"status": MOVES[meeting.status, act]})
    event = MeetingEnded(postmortem_id=meeting.postmortem_id, uid=uid_of(meeting.postmortem_id), ended_at=at)
    return Decision(state=ended, events=(event,))


def _followed(meeting: Meeting, heard: Topic, act: Act) -> Topic:
    """The topic of the newer revision, as long as the meeting follows the text, with the newest restriction."""
    is_newer = heard.revision > meeting.topic.revision and (meeting.status, act) in MOVES
    newer, other = (heard, meeting.topic) if is_newer else (meeting.topic, heard)
    return newer.knowing(other)


def _reviewers(approved: ReviewApproved) -> tuple[str, ...]:
    return tuple(reviewer.email for reviewer in approved.reviewers)


def _placed(
    draft: Snapshot,
    status: Status,
    approvers: tuple[Attendee, ...],
    busy: Sequence[Busy],
    practice: Practice,
    now: Moment,
) -> Meeting:
    topic = topic_of(draft)
    slot = _slot(topic, busy, practice, now)
    return Meeting(
        postmortem_id=draft.postmortem_id,
        status=status,
        topic=topic,
        approvers=approvers,
        start=slot.start,
        end=slot.end,
        needs_attention=slot.needs_attention,
        created_at=now,
        changed_at=now,
    )


def _slot(topic: Topic, busy: Sequence[Busy], practice: Practice, now: Moment, *, hurry: bool = True) -> Slot:
    wish = Wish(
        now=now, deadline=topic.deadline, length=practice.length(topic.severity), emails=_addresses(topic), hurry=hurry
    )
    return find_slot(wish, practice, busy)


def _times(slot: Slot) -> dict[str, object]:
    return {"start": slot.start, "end": slot.end, "needs_attention": slot.needs_attention}


def _addresses(topic: Topic) -> frozenset[str]:
    return frozenset(person.email for person in needed(topic))
