"""When digests are due, in whatever zone and through every change of clocks."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.distribution.domain.digest.digest import a_year_before
from services.distribution.domain.digest.plan import Plan

ZONES = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "Africa/Casablanca",
    "America/Havana",
    "Pacific/Kiritimati",
    "America/St_Johns",
]
DAY = timedelta(days=1)
PLANS = st.builds(Plan, day=st.integers(0, 6), hour=st.integers(0, 23), zone=st.sampled_from(ZONES).map(ZoneInfo))
MOMENTS = st.datetimes(datetime(2005, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - in UTC


@given(PLANS, MOMENTS)
def test_the_newest_week_was_due_and_the_next_one_is_not_yet(plan: Plan, now: datetime) -> None:
    week = plan.newest(now)
    assert week.due <= now < plan.before(week, -1).due
    assert timedelta(days=5, hours=20) < plan.before(week, -1).due - week.due < timedelta(days=8, hours=4)


@given(PLANS, MOMENTS)
def test_weeks_follow_on_each_other_and_each_has_a_name_and_an_id_of_its_own(plan: Plan, now: datetime) -> None:
    week = plan.newest(now)
    found = [week]
    for _ in range(5):
        found.append(plan.newest(plan.before(found[-1], -1).due))
    assert [each.monday for each in found] == [week.monday + n * 7 * DAY for n in range(6)]
    assert len({each.name for each in found}) == len({each.key for each in found}) == 6
    assert plan.newest(week.due) == week
    assert plan.newest(week.due - timedelta(seconds=1)) == plan.before(week)


@given(PLANS, MOMENTS)
def test_it_is_due_at_its_hour_on_its_day_unless_clocks_leave_that_out(plan: Plan, now: datetime) -> None:
    week = plan.newest(now)
    wanted = datetime.combine(week.monday + plan.day * DAY, time(plan.hour))
    around = (week.due + n * timedelta(minutes=15) for n in range(-200, 200))
    shown = [moment for moment in around if moment.astimezone(plan.zone).replace(tzinfo=None) == wanted]
    assert not shown or shown[0] == week.due


@given(PLANS, MOMENTS, st.integers(0, 20))
def test_years_before_follow_on_each_other_as_weeks_do(plan: Plan, now: datetime, weeks: int) -> None:
    first, second = plan.before(plan.newest(now), weeks), plan.before(plan.newest(now), weeks - 1)
    earlier, later = (a_year_before(each.due, plan.zone) for each in (first, second))
    assert earlier < later
    assert abs(first.due - earlier - 364 * DAY) <= 2 * DAY


@pytest.mark.parametrize(
    ("now", "name"),
    [
        (datetime(2026, 3, 2, 8, 0, tzinfo=UTC), "2026-W10"),
        (datetime(2026, 3, 2, 7, 59, 59, tzinfo=UTC), "2026-W09"),
        (datetime(2026, 3, 30, 7, 0, tzinfo=UTC), "2026-W14"),
        (datetime(2026, 3, 30, 6, 59, tzinfo=UTC), "2026-W13"),
        (datetime(2027, 1, 1, 12, 0, tzinfo=UTC), "2026-W53"),
    ],
)
def test_a_week_is_named_as_calendars_do_and_summer_time_counts(now: datetime, name: str) -> None:
    assert Plan(day=0, hour=9, zone=ZoneInfo("Europe/Berlin")).newest(now).name == name


def test_an_hour_that_is_left_out_is_the_one_after_it_and_of_two_the_first_counts() -> None:
    plan = Plan(day=6, hour=2, zone=ZoneInfo("Europe/Berlin"))
    assert plan.week(date(2026, 3, 23)).due == datetime(2026, 3, 29, 1, tzinfo=UTC), "03:00 in Berlin"
    assert plan.week(date(2026, 10, 19)).due == datetime(2026, 10, 25, 0, tzinfo=UTC), "the first 02:00 in Berlin"
