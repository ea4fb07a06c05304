"""Who is reminded of what, and when next: one timer a postmortem, over all that is to be done about it. Pure.

Of each matter the document remembers when somebody was last reminded. All that was to be said by then is settled: so
nothing is said twice, and a room that was down says where things stand now and nothing of what it missed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.drafting.domain.policy import Guidance
from services.drafting.domain.postmortem import Postmortem, State
from services.drafting.domain.records import Reminded
from services.drafting.domain.schedule import Moment, Schedule
from services.drafting.domain.skipping import COMMANDER
from shared.contracts.action_items import ActionItem, ItemState
from shared.contracts.base import Owner
from shared.contracts.decision import Decision
from shared.contracts.notices import ReminderDue, ReminderKind

DRAFT = "draft"
TICK = timedelta(milliseconds=1)
"""What a store keeps of a time. A timer's id follows from its time, so the next one is always a later one."""
WRITING = frozenset({State.DRAFT, State.CHANGES_REQUESTED})
UNDONE = frozenset({ItemState.OPEN, ItemState.IN_PROGRESS})
KINDS = {
    (False, False): ReminderKind.DRAFT_DUE,
    (False, True): ReminderKind.DRAFT_LATE,
    (True, False): ReminderKind.ITEM_DUE,
    (True, True): ReminderKind.ITEM_LATE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """Something that somebody has to do: the draft, or an action item. What was to be said before `since` never is."""

    key: str
    owner: Owner
    due: datetime
    since: datetime
    schedule: Schedule
    item: ActionItem | None = None


def matters(postmortem: Postmortem, guidance: Guidance) -> Iterator[Matter]:
    """Yield what somebody has to do as things stand: a draft until it is submitted, an item until its end.

    Of what another postmortem is about there is nothing to do here.
    """
    if postmortem.merged_into:
        return
    if postmortem.state in WRITING and not postmortem.published and postmortem.owner and postmortem.deadline:
        yield Matter(
            key=DRAFT,
            owner=postmortem.owner,
            due=postmortem.deadline,
            since=_begun(postmortem, postmortem.deadline),
            schedule=guidance.reminders.drafts,
        )
    for item in postmortem.action_items:
        if item.state in UNDONE and not postmortem.is_hidden_from(item.owner.email):
            yield Matter(
                key=item.id,
                owner=item.owner,
                due=item.due,
                since=item.created_at,
                schedule=guidance.reminders.items,
                item=item,
            )


def _begun(postmortem: Postmortem, otherwise: datetime) -> datetime:
    """Return since when there is a draft to write: the first one, or that it was asked for, or is apart again."""
    first = next((revision.at for revision in postmortem.revisions), otherwise)
    asked = postmortem.standing.at if postmortem.standing else first
    return max(asked, postmortem.apart_at or asked)


def next_look(postmortem: Postmortem, guidance: Guidance, now: datetime) -> datetime | None:
    """Return when the postmortem has to be looked at again, always after now; None when nothing is to come."""
    opens = (postmortem.opens_at,) if postmortem.is_unopened and postmortem.opens_at else ()
    coming = (_next(postmortem, matter, guidance, now) for matter in matters(postmortem, guidance))
    times = [*opens, *(at for at in coming if at)]
    return max(min(times), now + TICK) if times else None


def _next(postmortem: Postmortem, matter: Matter, guidance: Guidance, now: datetime) -> datetime | None:
    """Return when somebody is to be told next; what a change in the night has made due waits for the morning, too."""
    moment = next(_left(postmortem, matter, guidance), None)
    zone = guidance.zone_of(matter.owner.email)
    return guidance.reminders.awake(max(moment.at, now + TICK), zone) if moment else None


def remind(postmortem: Postmortem, guidance: Guidance, now: datetime) -> Decision[Postmortem]:
    """Say whom to remind by now, each matter once, and remember that."""
    said: list[ReminderDue] = []
    reminded = dict(postmortem.reminded)
    for matter in matters(postmortem, guidance):
        come = [moment for moment in _left(postmortem, matter, guidance) if moment.at <= now]
        if come and guidance.reminders.awake(now, guidance.zone_of(matter.owner.email)) == now:
            step = reminded[matter.key].step + 1 if matter.key in reminded else 1
            reminded[matter.key] = Reminded(step=step, at=now)
            said += _said(postmortem, matter, come[-1], guidance, now, step)
    return Decision(state=postmortem.changed(reminded=reminded) if said else postmortem, events=tuple(said))


def _left(postmortem: Postmortem, matter: Matter, guidance: Guidance) -> Iterator[Moment]:
    """Yield what is still to be said of a matter, in order, in the waking hours of whose it is."""
    last = postmortem.reminded.get(matter.key)
    settled = max(matter.since, last.at) if last else matter.since
    zone = guidance.zone_of(matter.owner.email)
    for moment in matter.schedule.moments(matter.due):
        at = guidance.reminders.awake(moment.at, zone)
        if at > settled:
            yield Moment(at, moment.late)


def _said(
    postmortem: Postmortem, matter: Matter, moment: Moment, guidance: Guidance, now: datetime, step: int
) -> Iterator[ReminderDue]:
    for person in _recipients(postmortem, matter, late=moment.late):
        yield ReminderDue(
            postmortem_id=postmortem.id,
            kind=KINDS[matter.item is not None, moment.late],
            recipient=person,
            step=step,
            due=matter.due,
            title=postmortem.title,
            severity=postmortem.severity or guidance.default_severity,
            item=matter.item,
            at=now,
            restricted=postmortem.restricted,
        )


def _recipients(postmortem: Postmortem, matter: Matter, *, late: bool) -> tuple[Owner, ...]:
    """Whose it is; of a draft that is late the incident commander is told too."""
    found = {matter.owner.email: matter.owner}
    if late and matter.item is None:
        for person in postmortem.people:
            if person.role == COMMANDER and person.email:
                found.setdefault(person.email, Owner(name=person.name, email=person.email))
    return tuple(found.values())
