"""Thousands of weeks against a finder that can be read at a glance: it tries every half hour and looks at each minute.

Zones far apart, changes of the clocks, holidays, meetings of the same people, notice and approval, a second try.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from functools import cache, lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest
from holidays import country_holidays
from hypothesis import given, settings
from hypothesis import strategies as st

from services.calendar.domain.hours import Hours
from services.calendar.domain.practice import Practice
from services.calendar.domain.slots import Busy, Slot, Wish, find_slot
from tests.unit.calendar.fakes import a_practice, utc

EXAMPLES = 5000
MINUTE, QUARTER, HOUR, DAY = (timedelta(minutes=n) for n in (1, 15, 60, 24 * 60))
HOLIDAYS = {"DE-BE": country_holidays("DE", subdiv="BE"), "US": country_holidays("US")}
FREE = ("2026-03-26", "12-31")
OFFICES = [
    ("Europe/Berlin", time(9), time(17), ("DE-BE",)),
    ("Europe/Berlin", time(13), time(21), ("DE-BE",)),
    ("Europe/London", time(8, 30), time(16, 30), ()),
    ("America/New_York", time(9), time(17), ("US",)),
    ("America/Los_Angeles", time(6), time(14), ("US",)),
    ("Asia/Kathmandu", time(9, 15), time(17, 15), ()),
    ("Asia/Tokyo", time(9), time(18), ()),
    ("Australia/Lord_Howe", time(9), time(17), ()),
    ("Pacific/Apia", time(0), time(8), ()),
    ("UTC", time(6), time(20), ("DE-BE",)),
]
PROFILES = [Hours(timezone=z, opens=o, closes=c, holidays=h, free_days=FREE) for z, o, c, h in OFFICES]
WEEKS = [utc(f"{day}T00:00") for day in ("2026-03-05", "2026-03-25", "2026-10-01", "2026-10-22", "2026-12-19")]
PEOPLE = tuple(f"{name}@example.com" for name in ("ada", "ben", "chen", "dina"))

minutes = st.integers(0, 9 * 24 * 60).map(lambda n: timedelta(minutes=n))


offices = st.lists(st.sampled_from(PROFILES), max_size=4)
few = st.sets(st.sampled_from(PEOPLE), max_size=2)
engagements = st.lists(
    st.tuples(
        st.integers(0, 18 * 48).map(lambda n: n * HOUR / 2),
        st.sampled_from([HOUR / 2, HOUR, 5 * HOUR, 2 * DAY, 20 * DAY]),
        st.sets(st.sampled_from(PEOPLE), min_size=1, max_size=2),
    ),
    max_size=5,
)
plans = st.tuples(
    minutes,
    st.sampled_from([3 * DAY, 5 * DAY, 2 * DAY, 7 * DAY, 20 * HOUR, -DAY]),
    st.sampled_from([HOUR / 2, HOUR * 3 / 4, HOUR]),
    st.integers(0, 4).map(lambda n: n > 0),
)
organisations = st.tuples(
    st.sampled_from(PROFILES), st.sampled_from([0 * HOUR, 24 * HOUR, 48 * HOUR]), st.sampled_from([0 * HOUR, 24 * HOUR])
)
needed_people = st.sets(st.sampled_from(PEOPLE), max_size=3)


class Case(NamedTuple):
    """One week somewhere."""

    wish: Wish
    practice: Practice
    busy: list[Busy]


def a_case(
    week: datetime,
    plan: tuple[timedelta, timedelta, timedelta, bool],
    organisation: tuple[Hours, timedelta, timedelta],
    people: tuple[list[Hours], set[str], set[str]],
    taken: list[tuple[timedelta, timedelta, set[str]]],
) -> Case:
    since, left, length, hurry = plan
    usual, notice, approval = organisation
    there, needed, welcome = people
    now = week + since
    wish = Wish(
        now=now,
        deadline=now + left,
        length=length,
        emails=frozenset(needed),
        optional=frozenset(welcome - needed),
        hurry=hurry,
    )
    habits = {"timezone": usual.timezone, "opens": usual.opens, "closes": usual.closes, "holidays": usual.holidays}
    own = dict(zip(PEOPLE, there, strict=False))
    practice = a_practice(**habits, notice=notice, approval=approval, free_days=FREE, people=own)
    return Case(wish, practice, [Busy(week + at, week + at + long, frozenset(who)) for at, long, who in taken])


@cache
def is_off(day: object, holidays: tuple[str, ...]) -> bool:
    """Weekend, holiday or a day of the organisation's own."""
    text = str(day)
    return (
        day.weekday() > 4  # type: ignore[attr-defined]
        or text in FREE
        or text[5:] in FREE
        or any(day in HOLIDAYS[code] for code in holidays)
    )


@lru_cache(maxsize=300_000)
def at_work(hours: Hours, start: datetime, length: timedelta, stretch: int) -> bool:
    """Whether somebody works in each quarter of an hour, by their own clock."""
    zone = ZoneInfo(hours.timezone)
    opens = max(0, hours.opens.hour * 60 + hours.opens.minute - stretch)
    closes = min(24 * 60, hours.closes.hour * 60 + hours.closes.minute + stretch)
    clocks = [(start + n * QUARTER).astimezone(zone) for n in range(length // QUARTER)]
    clocks.append((start + length - MINUTE).astimezone(zone))
    return (
        len({clock.date() for clock in clocks}) == 1
        and not is_off(clocks[0].date(), hours.holidays)
        and all(opens <= clock.hour * 60 + clock.minute < closes for clock in clocks)
    )


def half_hours(case: Case, since: datetime, until: datetime) -> Iterator[datetime]:
    """Every half hour on the organisation's clock of its working days, until whose end a meeting fits."""
    wish, usual = case.wish, case.practice.usual
    zone, at = ZoneInfo(usual.timezone), since.replace(minute=0, second=0, microsecond=0)
    while at + wish.length <= until:
        clock, last = at.astimezone(zone), (at + wish.length - MINUTE).astimezone(zone)
        on_the_clock = clock.minute % 30 == 0 and clock.date() == last.date()
        if at >= since and on_the_clock and not is_off(clock.date(), usual.holidays):
            yield at
        at += QUARTER


def clashing(case: Case, start: datetime) -> set[str]:
    end = start + case.wish.length
    return {email for each in case.busy if each.start < end and start < each.end for email in each.emails}


def teams(case: Case) -> list[Hours]:
    return [case.practice.hours(email) for email in case.wish.emails] or [case.practice.usual]


def lacks(case: Case, start: datetime, roomy: datetime) -> tuple[int, int, int, bool, int]:
    """What a slot lacks, as the rules count it."""
    wish, taken = case.wish, clashing(case, start)
    out = sum(not at_work(hours, start, wish.length, 0) for hours in teams(case))
    beyond = sum(not at_work(hours, start, wish.length, 120) for hours in teams(case))
    welcome = sum(
        email in taken or not at_work(case.practice.hours(email), start, wish.length, 0) for email in wish.optional
    )
    clashes = len(taken & wish.emails)
    return out, beyond if out else 0, clashes, start < roomy, welcome if out or clashes else 0


def least(
    case: Case, since: datetime, until: datetime, roomy: datetime, *, bend: bool
) -> tuple[datetime, int, int] | None:
    """The half hour that lacks least; somebody is at work then, or (bent) nobody is far out."""
    found = [(lacks(case, start, roomy), start) for start in half_hours(case, since, until)]
    good = [(lack, start) for lack, start in found if lack[0] < len(teams(case)) or (bend and not lack[1])]
    if not good:
        return None
    lack, start = min(good)
    return start, lack[0], lack[2]


def best(case: Case) -> tuple[str, datetime, int, int]:
    """The slot by the rules as they are written down: its kind, its start, how many are out and how many clash."""
    wish, practice = case.wish, case.practice
    notice, approval = practice.notice, practice.approval
    noticed = wish.now + (notice if wish.hurry else approval + max(notice, DAY))
    if slot := least(case, noticed, wish.deadline, wish.now + notice + approval, bend=True):
        return "in time", *slot
    if wish.hurry and (slot := least(case, wish.now, wish.deadline, wish.now, bend=False)):
        return "hurried", *slot
    since = max(wish.now if wish.hurry else noticed, wish.deadline - wish.length)
    while not (slot := least(case, since, since + 7 * DAY + wish.length, wish.now, bend=False)):
        since += 7 * DAY
    return "late", *slot


def words(case: Case, kind: str, out: int, clashes: int) -> list[str]:
    hours = int(case.practice.notice / HOUR)
    lacking = {"hurried": f"it leaves less than {hours} hours to prepare", "late": "it is after the deadline"}
    outside = f"people needed who are outside their working hours then: {out}"
    return [
        *([lacking[kind]] if kind in lacking else []),
        *(["it is outside working hours" if out == len(teams(case)) else outside] if out else []),
        *([f"people needed who have something else then: {clashes}"] if clashes else []),
    ]


def suits_all(case: Case, slot: Slot) -> bool:
    """Inside everybody's hours, nobody elsewhere, after notice and before the deadline."""
    wish = case.wish
    return (
        all(at_work(hours, slot.start, wish.length, 0) for hours in teams(case))
        and not clashing(case, slot.start) & wish.emails
        and wish.now + case.practice.notice <= slot.start
        and slot.end <= wish.deadline
    )


@pytest.mark.parametrize("week", WEEKS, ids=[f"{week:%Y-%m-%d}" for week in WEEKS])
@settings(max_examples=EXAMPLES // len(WEEKS), deadline=None)
@given(plan=plans, organisation=organisations, people=st.tuples(offices, needed_people, few), taken=engagements)
def test_the_slot_is_the_earliest_that_keeps_every_rule_else_lacks_least_and_says_so(
    week: datetime,
    plan: tuple[timedelta, timedelta, timedelta, bool],
    organisation: tuple[Hours, timedelta, timedelta],
    people: tuple[list[Hours], set[str], set[str]],
    taken: list[tuple[timedelta, timedelta, set[str]]],
) -> None:
    case = a_case(week, plan, organisation, people, taken)
    slot = find_slot(case.wish, case.practice, case.busy)
    kind, start, out, clashes = best(case)
    assert slot.end - slot.start == case.wish.length
    assert slot.start == start
    assert [word for word in slot.needs_attention.split("; ") if word] == words(case, kind, out, clashes)
    assert (slot.needs_attention == "") is suits_all(case, slot)
    assert ("after the deadline" in slot.needs_attention) is (slot.end > case.wish.deadline)
