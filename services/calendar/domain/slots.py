"""Finding a slot. Guide G4: the calendar bends, not the deadline.

What is asked of a slot, and in which order it is given up when no slot has it all:

1. whoever is only welcome could come too - first to go, and nobody is told;
2. it leaves `approval` beyond the notice, so that the text can be approved that long before - nobody is told;
3. nobody needed has something else then - people rearrange their day;
4. it lies in the working hours of everybody needed - then as few as can be are out of them, and of these as few as
   can be by more than `STRETCH`; somebody needed is at work then, or nobody is out by more than that;
5. it is at least `notice` away - then the first possible slot from now, in somebody's working hours;
6. it ends by the deadline - only when no working time is left before it, or it has passed.

Of two slots the one that lacks less counts, read from below; the earliest of those. A slot that lacks anything from 3
on says so in `needs_attention`. Weekends and days off of the organisation are never used. Same input, same slot.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from services.calendar.domain.flags import AFTER_DEADLINE, OUTSIDE, joined
from services.calendar.domain.hours import DAY, Hours, Span, span
from services.calendar.domain.practice import Practice

STEP = timedelta(minutes=30)
HORIZON = timedelta(days=60)
"""How far a slot is looked for beyond what is wanted; no country has so many days off in a row."""
WEEK = timedelta(days=7)
"""After the deadline the best slot of the first week that has one is taken: it is late enough."""


@dataclass(frozen=True, slots=True)
class Busy:
    """A time (UTC) that is taken, and the addresses of those who are needed there."""

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
    """What is asked of a slot. `emails` are of those who are needed, `optional` of who else is invited.

    `hurry` false is for another try: it keeps notice and approval, and at least a day, whatever the deadline.
    """

    now: datetime
    deadline: datetime
    length: timedelta
    emails: frozenset[str] = field(default_factory=frozenset)
    optional: frozenset[str] = field(default_factory=frozenset)
    hurry: bool = True


class Lacks(NamedTuple):
    """What a slot lacks, in the order that counts: how many needed are `out` of hours, `beyond` the stretch, ..."""

    out: int
    beyond: int
    clashes: int
    soon: bool
    unwelcome: int

    def words(self, people: int) -> tuple[str, ...]:
        """Return what a human should know of it."""
        out = OUTSIDE if self.out == people else f"people needed who are outside their working hours then: {self.out}"
        clash = f"people needed who have something else then: {self.clashes}"
        return (out if self.out else "", clash if self.clashes else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """Where a slot is looked for. `roomy`: from when on there is time to approve the text.

    `bend`: all of the `team` may be out of hours, within the stretch. `lacking`: what every slot here lacks.
    """

    earliest: datetime
    latest: datetime
    team: Counter[Hours]
    roomy: datetime
    bend: bool = False
    lacking: str = ""


def find_slot(wish: Wish, practice: Practice, busy: Sequence[Busy] = ()) -> Slot:
    """Return the best slot; never past the deadline as long as any working time is left before it.

    Raises: ValueError when the practice has no working time at all that holds the meeting.
    """
    search = _Search(wish, practice, busy)
    for look in _looks(wish, practice, search.needed):
        if slot := search.best(look):
            return slot
    msg = f"working_hours: no working day has room for a meeting of {wish.length}; widen them or shorten the meeting"
    raise ValueError(msg)


def _looks(wish: Wish, practice: Practice, needed: Counter[Hours]) -> Iterator[_Look]:
    """Where a slot is looked for, one after the other; at last in the organisation's hours, whatever people's are."""
    now, again = wish.now, practice.approval + max(practice.notice, DAY)
    noticed = now + (practice.notice if wish.hurry else again)
    deadline = min(wish.deadline, noticed + HORIZON)
    roomy = now + practice.notice + practice.approval
    yield _Look(earliest=noticed, latest=deadline, team=needed, roomy=roomy, bend=True)
    if wish.hurry:
        lacking = f"it leaves less than {practice.notice // timedelta(hours=1)} hours to prepare"
        yield _Look(earliest=now, latest=deadline, team=needed, roomy=now, lacking=lacking)
    earliest = now if wish.hurry else noticed
    late = max(earliest, max(earliest, deadline) - wish.length)
    for team in (needed, Counter([practice.usual])):
        for week in range(HORIZON // WEEK + 1):
            since = late + week * WEEK
            until = since + WEEK + wish.length
            yield _Look(earliest=since, latest=until, team=team, roomy=now, lacking=AFTER_DEADLINE)


class _Search:
    """One look for a slot: who is needed, by their hours, and what is taken."""

    def __init__(self, wish: Wish, practice: Practice, busy: Sequence[Busy]) -> None:
        everybody = wish.emails | wish.optional
        self.wish, self.usual = wish, practice.usual
        self.needed = Counter(map(practice.hours, wish.emails)) or Counter([practice.usual])
        self.welcome = [(email, practice.hours(email)) for email in sorted(wish.optional - wish.emails)]
        self.busy = [each for each in busy if each.emails & everybody]

    def best(self, look: _Look) -> Slot | None:
        """Return the slot that lacks least, the earliest of these, None when all lack too much."""
        people = look.team.total()
        least: tuple[Lacks, datetime] | None = None
        for start, lacks in self._between(look):
            at_work = lacks.out < people or (look.bend and not lacks.beyond)
            if at_work and (least is None or lacks < least[0]):
                least = (lacks, start)
            if not any(lacks):
                break
        return self._slot(least[1], least[0], look) if least else None

    def _slot(self, start: datetime, lacks: Lacks, look: _Look) -> Slot:
        if look.team != self.needed:
            lacks = lacks._replace(out=look.team.total())  # in the organisation's hours, and in nobody's
        words = lacks.words(look.team.total())
        return Slot(start, start + self.wish.length, joined(look.lacking, *words))

    def _between(self, look: _Look) -> Iterator[tuple[datetime, Lacks]]:
        """Every slot on a half hour that starts at or after `earliest` and ends by `latest`, in order."""
        day, last = (moment.astimezone(self.usual.zone).date() for moment in (look.earliest, look.latest))
        while day <= last:
            if self.usual.works_on(day):
                yield from self._of_day(day, look)
            day += DAY

    def _of_day(self, day: date, look: _Look) -> Iterator[tuple[datetime, Lacks]]:
        """The slots of one day of the organisation, each with what it lacks."""
        begins, ends = self.usual.midnights(day)
        team = [(_around(hours, day), people) for hours, people in look.team.items()]
        busy = [each for each in self.busy if each.start < ends and begins < each.end]
        latest = min(ends, look.latest) - self.wish.length
        for start in half_hours(max(begins, look.earliest), latest, self.usual):
            end = start + self.wish.length
            out = sum(people for spans, people in team if not _holds(spans, start, end))
            beyond = (
                sum(people for spans, people in team if not _holds(spans, start, end, stretched=True)) if out else 0
            )
            taken = {email for each in busy if each.start < end and start < each.end for email in each.emails}
            clashes = len(taken & self.wish.emails)
            unwelcome = self._unwelcome(day, start, taken) if out or clashes else 0
            yield start, Lacks(out, beyond, clashes, start < look.roomy, unwelcome)

    def _unwelcome(self, day: date, start: datetime, taken: set[str]) -> int:
        """How many of those who are only welcome cannot come: it never delays a slot that suits all who are needed."""
        end = start + self.wish.length
        return sum(email in taken or not _holds(_around(hours, day), start, end) for email, hours in self.welcome)


def half_hours(earliest: datetime, latest: datetime, hours: Hours) -> Iterator[datetime]:
    """Return every :00 and :30 on the clocks there (not every zone is whole hours off UTC), the last one included.

    Steps are taken in UTC, so that a clock change neither repeats nor skips one.
    """
    local = earliest.astimezone(hours.zone)
    past = timedelta(minutes=local.minute % 30, seconds=local.second, microseconds=local.microsecond)
    start = (earliest + (STEP - past if past else past)).astimezone(UTC)
    while start <= latest:
        yield start
        start += STEP


def _around(hours: Hours, day: date) -> list[Span]:
    """Somebody's working days around a day of the organisation: their clocks may be a day ahead or behind."""
    return [found for n in (-1, 0, 1) if (found := span(hours, day + n * DAY))]


def _holds(spans: list[Span], start: datetime, end: datetime, *, stretched: bool = False) -> bool:
    if stretched:
        return any(each.early <= start and end <= each.late for each in spans)
    return any(each.opens <= start and end <= each.closes for each in spans)
