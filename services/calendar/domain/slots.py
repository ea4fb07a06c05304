"""Finding a slot. Guide G4: the calendar bends, not the deadline.

What is asked of a slot, and in which order it is given up when no slot has it all:

1. nobody needed has another postmortem meeting then - first to go: people rearrange their day;
2. it lies in working hours - stretched by `STRETCH` at either end, on working days only;
3. it is at least `notice` away - then the first possible slot from now;
4. it ends by the deadline - only when no working time is left before it, or it has passed.

The earliest slot wins. A slot that lacks anything says so in `needs_attention`. Weekends (Saturday,
Sunday) and holidays are never used. Same input, same slot.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache

from holidays import HolidayBase, country_holidays

from services.calendar.domain.practice import Practice
from shared.contracts.days import is_among

STEP = timedelta(minutes=30)
STRETCH = timedelta(hours=2)
HORIZON = timedelta(days=60)
"""How far a slot is looked for beyond what is wanted; no country has so many days off in a row."""
SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Busy:
    """Another postmortem meeting (UTC) and the addresses of those who are needed there."""

    start: datetime
    end: datetime
    emails: frozenset[str]


@dataclass(frozen=True, slots=True)
class Slot:
    """A time for the meeting (UTC); `needs_attention` says what a human should look at, or is empty."""

    start: datetime
    end: datetime
    needs_attention: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is asked of a slot. `hurry` false keeps the notice whatever the deadline: for a second try."""

    now: datetime
    deadline: datetime
    length: timedelta
    emails: frozenset[str] = field(default_factory=frozenset)
    hurry: bool = True


def find_slot(wish: Wish, practice: Practice, busy: Sequence[Busy] = ()) -> Slot:
    """Return the best slot; never past the deadline as long as any working time is left before it.

    Raises: ValueError when the practice has no working time at all that holds the meeting.
    """
    noticed = wish.now + practice.notice
    usual, stretched = timedelta(0), STRETCH
    tries = [(noticed, usual, ""), (noticed, stretched, "it is outside working hours")]
    if wish.hurry:
        tries.append((wish.now, usual, f"it leaves less than {_hours(practice.notice)} hours to prepare"))
    for earliest, stretch, lacking in tries:
        if slot := _best(_between(earliest, wish.deadline, stretch, wish.length, practice), wish, busy, lacking):
            return slot
    earliest = wish.now if wish.hurry else noticed
    late = _between(earliest, max(earliest, wish.deadline) + HORIZON, usual, wish.length, practice)
    if slot := _best(late, wish, busy, "it is after the deadline"):
        return slot
    msg = f"working_hours: no working day has room for a meeting of {wish.length}; widen them or shorten the meeting"
    raise ValueError(msg)


def _best(slots: Iterable[Slot], wish: Wish, busy: Sequence[Busy], lacking: str) -> Slot | None:
    """The slot that the fewest people cannot make; the earliest of those."""
    least: tuple[int, Slot] | None = None
    for slot in slots:
        missing = len(_clashing(slot, wish.emails, busy))
        if least is None or missing < least[0]:
            least = (missing, slot)
        if not missing:
            break
    if least is None:
        return None
    missing, slot = least
    clash = f"people needed who have another postmortem meeting then: {missing}" if missing else ""
    return Slot(slot.start, slot.end, "; ".join(filter(None, (lacking, clash))))


def _clashing(slot: Slot, emails: frozenset[str], busy: Sequence[Busy]) -> set[str]:
    return {
        email for other in busy if other.start < slot.end and slot.start < other.end for email in other.emails & emails
    }


def _between(
    earliest: datetime, latest: datetime, stretch: timedelta, length: timedelta, practice: Practice
) -> Iterator[Slot]:
    """Every slot on a half hour that starts at or after `earliest` and ends by `latest`, in order."""
    day, last = earliest.astimezone(practice.zone).date(), latest.astimezone(practice.zone).date()
    while day <= last:
        if is_working_day(day, practice):
            for slot in _slots_of(day, stretch, length, practice):
                if earliest <= slot.start and slot.end <= latest:
                    yield slot
        day += timedelta(days=1)


def is_working_day(day: date, practice: Practice) -> bool:
    """Say whether a day (in the organisation's zone) is neither weekend nor holiday nor a day off."""
    if day.weekday() >= SATURDAY or is_among(day, practice.free_days):
        return False
    return not any(day in calendar for calendar in _holidays(practice.holidays))


def _slots_of(day: date, stretch: timedelta, length: timedelta, practice: Practice) -> Iterator[Slot]:
    """The slots of one day. Steps are taken in UTC, so that a clock change neither repeats nor skips one."""
    opens = _moment(day, practice.opens, practice) - stretch
    closes = _moment(day, practice.closes, practice) + stretch
    midnight, next_midnight = _moment(day, time.min, practice), _moment(day + timedelta(days=1), time.min, practice)
    start = _next_half_hour(max(opens, midnight), practice)
    while start + length <= min(closes, next_midnight):
        yield Slot(start, start + length)
        start += STEP


def _moment(day: date, at: time, practice: Practice) -> datetime:
    return datetime.combine(day, at, practice.zone).astimezone(UTC)


def _next_half_hour(moment: datetime, practice: Practice) -> datetime:
    """Round up to :00 or :30 on the organisation's clocks (not every zone is whole hours off UTC)."""
    local = moment.astimezone(practice.zone)
    past = timedelta(minutes=local.minute % 30, seconds=local.second, microseconds=local.microsecond)
    return moment + (STEP - past if past else past)


@cache
def _holidays(codes: tuple[str, ...]) -> tuple[HolidayBase, ...]:
    """The calendars of holidays; each works out the years that it is asked for."""
    return tuple(
        country_holidays(country, subdiv=part or None) for country, _, part in (code.partition("-") for code in codes)
    )


def _hours(span: timedelta) -> int:
    return int(span / timedelta(hours=1))
