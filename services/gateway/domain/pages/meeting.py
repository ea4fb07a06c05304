"""What a page offers somebody to do with a meeting, and when it is to be as a form says it. Pure.

The calendar decides what is allowed; a page leaves out what it would refuse.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from services.gateway.domain.facets import MeetingView
from services.gateway.domain.pages.months import FIRST, LAST, status_of
from services.gateway.domain.pages.waiting import is_attending
from services.gateway.domain.view import View
from shared.contracts.commands import Actor, Role
from shared.contracts.events import Snapshot

LIVE = frozenset({"tentative", "scheduled"})
NOTED = frozenset({"scheduled", "ended"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """What somebody may do; `attends`: they are on the invitation, `needed`: and cannot just leave it."""

    attends: bool = False
    needed: bool = False
    join: bool = False
    leave: bool = False
    move: bool = False
    cancel: bool = False
    end: bool = False
    note: bool = False


def ways(view: View, draft: Snapshot, actor: Actor) -> Ways:
    """Return what somebody may do with the meeting of a postmortem."""
    if view.meeting is None:
        return Ways()
    status = status_of(view)
    is_live, drives = status in LIVE, actor.role is Role.ADMIN or actor.email == draft.owner.email
    mine = next((each for each in view.meeting.attendees if each.email == actor.email), None)
    takes_part, needed = mine is not None or drives, mine is not None and mine.required
    return Ways(
        attends=mine is not None,
        needed=needed,
        join=is_live and mine is None,
        leave=is_live and mine is not None and not needed,
        move=is_live,
        cancel=is_live and drives,
        end=status == "scheduled" and takes_part,
        note=status in NOTED and takes_part,
    )


def attends(view: View, email: str) -> bool:
    """Say whether somebody is on the invitation of a postmortem's meeting."""
    return view.meeting is not None and is_attending(view.meeting, email)


class NoTime(ValueError):
    """A day and a time that are none; `field` is which of the two, the text says what to write."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field


def moment(day: str, clock: str, zone: ZoneInfo, field: str) -> datetime:
    """Return when it is that time there on that day, UTC; of a time that is there twice, the first.

    Raises: NoTime when one of the two cannot be read, or clocks skip that time.
    """
    local = datetime.combine(_day(day), _time(clock, field), zone)
    at = local.astimezone(UTC)
    if at.astimezone(zone).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise NoTime(field, f"Clocks are put forward on {day}, and skip {clock}; choose another time.")
    return at


def as_form(meeting: MeetingView, zone: ZoneInfo) -> dict[str, str]:
    """Return a meeting's times as the fields of a form have them."""
    start, end = meeting.start.astimezone(zone), meeting.end.astimezone(zone)
    return {"day": f"{start:%Y-%m-%d}", "start": f"{start:%H:%M}", "end": f"{end:%H:%M}"}


def times(given: dict[str, str], zone: ZoneInfo) -> tuple[datetime, datetime | None]:
    """Return when a meeting is to begin and end, as a form says it; one that ends at an earlier time ends next day.

    Raises: NoTime.
    """
    start = moment(given.get("day", ""), given.get("start", ""), zone, "start")
    if not given.get("end"):
        return start, None
    end = moment(given.get("day", ""), given["end"], zone, "end")
    if end >= start:
        return start, end
    tomorrow = _day(given["day"]) + timedelta(days=1)
    return start, moment(tomorrow.isoformat(), given["end"], zone, "end")


def _day(text: str) -> date:
    """Read a day of the years that the calendar of meetings shows."""
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise NoTime("day", "Write the day like 2026-03-05.") from error
    if not FIRST <= day <= LAST:
        raise NoTime("day", f"Choose a day from {FIRST} to {LAST}, like 2026-03-05.")
    return day


def _time(text: str, field: str) -> time:
    try:
        return time.fromisoformat(text).replace(tzinfo=None)
    except ValueError as error:
        raise NoTime(field, "Write the time like 14:30.") from error
