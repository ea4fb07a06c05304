"""Choosing when a meeting is and who is cast for it: what a slot is looked for with, and what comes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from services.calendar.domain import roles
from services.calendar.domain.facilitating import facilitator
from services.calendar.domain.flags import joined
from services.calendar.domain.meeting import Meeting, Topic, attendees, may_see, topic_of
from services.calendar.domain.practice import Practice
from services.calendar.domain.slots import HORIZON, Busy, Slot, Wish, find_slot
from services.calendar.domain.states import LIVE, Status
from shared.contracts.base import Moment
from shared.contracts.decision import Decision
from shared.contracts.events import Snapshot
from shared.contracts.values import Attendee


@dataclass(frozen=True, slots=True)
class Window:
    """The span (UTC) and the people whose other meetings matter before a slot is chosen, and who of them is needed."""

    since: datetime
    until: datetime
    emails: frozenset[str]
    needed: frozenset[str] = frozenset()


def window(meeting: Meeting, now: Moment) -> Window:
    """Return where other meetings matter for a slot of this one."""
    until = max(now, min(meeting.topic.deadline, now + HORIZON)) + HORIZON
    people = attendees(meeting)
    needed = frozenset(person.email for person in people if person.required)
    return Window(now, until, frozenset(person.email for person in people), needed)


def imagined(meeting: Meeting | None, draft: Snapshot, practice: Practice, now: Moment) -> Meeting:
    """Return the meeting as a draft would have it, with times that nobody has chosen if there was none."""
    topic = topic_of(draft)
    if meeting is not None:
        return meeting.model_copy(update={"topic": topic, **cast(meeting, topic, practice)})
    nowhere = Meeting(
        postmortem_id=draft.postmortem_id,
        status=Status.TENTATIVE,
        topic=topic,
        start=topic.deadline,
        end=topic.deadline,
        created_at=now,
        changed_at=now,
    )
    return nowhere.model_copy(update=cast(nowhere, topic, practice))


def cast(meeting: Meeting, topic: Topic, practice: Practice) -> dict[str, object]:
    """Return who answers for the services of a topic, and who facilitates; nobody who may not see what it is about."""
    teams = (practice.teams.get(service.casefold(), ()) for service in topic.services)
    team = roles.once([person for members in teams for person in members])
    about = meeting.model_copy(update={"topic": topic, "team": team, "facilitator": None})
    named = (person.email for person in (*roles.of_incident(topic.people, topic.severity), *team))
    hidden = (person.email for person in practice.facilitators if not may_see(about, person.email))
    leads = facilitator(
        meeting.postmortem_id,
        frozenset({topic.owner.email, *topic.authors, *named, *hidden}),
        topic.owner.email,
        practice.length(topic.severity),
        meeting.created_at.date(),
        practice,
    )
    chosen = leads and roles.as_role(leads, roles.FACILITATOR, topic.severity)
    return {"team": team, "facilitator": chosen}


def placed(
    meeting: Meeting, busy: Sequence[Busy], practice: Practice, now: Moment, *, hurry: bool = True
) -> dict[str, object]:
    """Return what changes when the best slot is taken. `hurry` false is for another try: see `Wish`."""
    return times(slot_for(meeting, busy, practice, now, hurry=hurry), practice, now)


def slot_for(meeting: Meeting, busy: Sequence[Busy], practice: Practice, now: Moment, *, hurry: bool = True) -> Slot:
    """Return the best slot for those who are invited now."""
    people = attendees(meeting)
    needed = frozenset(person.email for person in people if person.required)
    wish = Wish(
        now=now,
        deadline=meeting.topic.deadline,
        length=practice.length(meeting.topic.severity, len(needed)),
        emails=needed,
        optional=frozenset(person.email for person in people) - needed,
        hurry=hurry,
    )
    return find_slot(wish, practice, busy)


def times(slot: Slot, practice: Practice, now: Moment) -> dict[str, object]:
    """Return what changes when a slot is taken: it is ours, and its text has time to be approved."""
    return {
        "start": slot.start,
        "end": slot.end,
        "needs_attention": slot.needs_attention,
        "by_hand": False,
        "approval_lead": practice.approval,
        "preread_lead": practice.preread,
        "checked": now,
        "late": False,
        "given_up": False,
    }


def is_placed_anew(before: Meeting | None, after: Meeting) -> bool:
    """Say whether a decision has chosen a slot: then it is worth asking what people have in their calendars."""
    known = None if before is None or before.status not in LIVE else (before.start, before.end)
    return after.status in LIVE and not after.by_hand and (after.start, after.end) != known


def say_unread(decision: Decision[Meeting], unread: frozenset[str]) -> Decision[Meeting]:
    """Say in what needs attention how many calendars of people needed could not be read; they were taken for free."""
    meeting = decision.state
    blind = sum(person.email in unread for person in attendees(meeting) if person.required)
    if not blind:
        return decision
    flags = joined(meeting.needs_attention, f"people needed whose calendar could not be read: {blind}")
    return replace(decision, state=meeting.model_copy(update={"needs_attention": flags}))


def as_reviewer(person: Attendee) -> Attendee:
    """Return somebody who reviews as they are invited: welcome."""
    return person.model_copy(update={"required": False, "role": roles.REVIEWER})
