"""Working hours, by the clocks of whoever works: held against a count of every single minute."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from services.review.domain.hours import (
    Hours,
    awake,
    awake_before,
    business_hours_after,
    business_hours_before,
    business_hours_between,
    is_weekend,
)

BERLIN, TOKYO, LONDON = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Tokyo"), ZoneInfo("Europe/London")
ZONES = [
    *(BERLIN, TOKYO, LONDON, ZoneInfo("America/New_York"), ZoneInfo("America/St_Johns")),
    *(
        ZoneInfo("Australia/Lord_Howe"),
        ZoneInfo("Africa/Cairo"),
        ZoneInfo("Asia/Kathmandu"),
        ZoneInfo("Pacific/Apia"),
        ZoneInfo("Antarctica/Troll"),
    ),
]
HOLIDAY = date(2026, 4, 6)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
NIGHT = Hours(opens=time(1), closes=time(4), is_free=bool)
"""Each night, in the hours in which clocks change."""
OFFICE = Hours()
MOMENTS = st.integers(0, 386 * 24 * 60).map(lambda minutes: datetime(2025, 12, 20, tzinfo=UTC) + minutes * MINUTE)


@st.composite
def some_hours(draw: st.DrawFn) -> Hours:
    opens, closes = sorted(draw(st.lists(st.integers(0, 24 * 60 - 1), min_size=2, max_size=2, unique=True)))
    free = draw(st.frozensets(st.integers(0, 6), max_size=6))
    return Hours(
        opens=time(*divmod(opens, 60)),
        closes=time(*divmod(closes, 60)),
        is_free=lambda day: day.weekday() in free or day == HOLIDAY,
    )


def works(moment: datetime, hours: Hours, zone: ZoneInfo) -> bool:
    """Say by the clock on the wall whether somebody works."""
    local = moment.astimezone(zone)
    return not hours.is_free(local.date()) and hours.opens <= local.time() < hours.closes


def is_regular(start: datetime, end: datetime, hours: Hours, zone: ZoneInfo) -> bool:
    """Say whether no day between begins or ends at a time that a clock jumps over or shows twice."""
    days = (start.astimezone(zone).date() + timedelta(days=n) for n in range((end - start).days + 3))
    return all(
        datetime.combine(day, at, zone).utcoffset() == datetime.combine(day, at.replace(fold=1), zone).utcoffset()
        for day in days
        for at in (hours.opens, hours.closes)
    )


@settings(max_examples=80, deadline=None)
@given(MOMENTS, st.integers(0, 5 * 24 * 60), some_hours(), st.sampled_from(ZONES))
@example(datetime(2026, 3, 28, 12, tzinfo=UTC), 2 * 24 * 60, NIGHT, BERLIN)
@example(datetime(2026, 10, 24, 12, tzinfo=UTC), 2 * 24 * 60, NIGHT, BERLIN)
def test_the_hours_between_two_moments_are_those_that_one_counts_minute_by_minute(
    start: datetime, minutes: int, hours: Hours, zone: ZoneInfo
) -> None:
    end = start + minutes * MINUTE
    counted = sum(works(start + n * MINUTE, hours, zone) for n in range(minutes)) * MINUTE
    found = business_hours_between(start, end, hours, zone)
    assert found <= counted
    if is_regular(start, end, hours, zone):
        assert found == counted


@settings(max_examples=150, deadline=None)
@given(MOMENTS, some_hours(), st.sampled_from(ZONES))
def test_whenever_it_is_the_next_moment_is_in_somebody_s_hours_and_none_before_it_is(
    moment: datetime, hours: Hours, zone: ZoneInfo
) -> None:
    at = awake(moment, hours, zone)
    assert moment <= at
    assert works(at, hours, zone)
    assert awake(at, hours, zone) == at
    assert business_hours_between(moment, at, hours, zone) == timedelta(0)


@settings(max_examples=150, deadline=None)
@given(MOMENTS, some_hours(), st.sampled_from(ZONES))
def test_whenever_it_is_the_last_moment_is_in_somebody_s_hours_an_hour_before_they_went(
    moment: datetime, hours: Hours, zone: ZoneInfo
) -> None:
    at = awake_before(moment, hours, zone)
    assert at <= moment
    assert works(at, hours, zone)
    assert awake_before(at, hours, zone) == at
    assert business_hours_between(at, moment, hours, zone) <= HOUR or at == moment


@settings(max_examples=150, deadline=None)
@given(MOMENTS, st.integers(1, 40 * 60), some_hours(), st.sampled_from(ZONES))
def test_counting_from_a_moment_and_back_from_one_agrees_with_what_is_between(
    moment: datetime, minutes: int, hours: Hours, zone: ZoneInfo
) -> None:
    span = minutes * MINUTE
    assume(datetime.combine(date(2026, 1, 1), hours.closes) - datetime.combine(date(2026, 1, 1), hours.opens) > HOUR)
    after, before = business_hours_after(moment, span, hours, zone), business_hours_before(moment, span, hours, zone)
    assert business_hours_between(moment, after, hours, zone) == span
    assert business_hours_between(before, moment, hours, zone) == span


@pytest.mark.parametrize(
    ("moment", "zone", "expected"),
    [
        ("2026-03-02T12:00", BERLIN, "2026-03-02T12:00"),
        ("2026-03-02T07:59", BERLIN, "2026-03-02T08:00"),
        ("2026-03-02T16:00", BERLIN, "2026-03-03T08:00"),
        ("2026-03-06T16:00", BERLIN, "2026-03-09T08:00"),  # a Friday evening
        ("2026-03-27T16:00", BERLIN, "2026-03-30T07:00"),  # the clocks go forward that Sunday
        ("2026-10-23T15:00", BERLIN, "2026-10-26T08:00"),  # and back that one
        ("2026-03-02T12:00", TOKYO, "2026-03-03T00:00"),
    ],
)
def test_what_falls_outside_the_hours_waits_for_the_next_working_morning(
    moment: str, zone: ZoneInfo, expected: str
) -> None:
    at, wanted = (datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (moment, expected))
    assert awake(at, OFFICE, zone) == wanted


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-03-02T12:00", "2026-03-02T12:00"),
        ("2026-03-02T07:59", "2026-02-27T15:00"),  # before a Monday: on Friday, an hour before they go
        ("2026-03-03T20:00", "2026-03-03T15:00"),
    ],
)
def test_what_must_not_be_late_comes_an_hour_before_the_day_before_ends(moment: str, expected: str) -> None:
    at, wanted = (datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (moment, expected))
    assert awake_before(at, OFFICE, BERLIN) == wanted


@pytest.mark.parametrize("moment", [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)])
def test_a_time_that_is_a_slip_of_the_pen_keeps_nobody_s_hours(moment: datetime) -> None:
    assert awake(moment, OFFICE, BERLIN) == awake_before(moment, OFFICE, BERLIN) == moment
    assert business_hours_after(moment, HOUR, OFFICE, BERLIN) == moment
    assert business_hours_before(moment, HOUR, OFFICE, BERLIN) == moment


def test_an_organisation_that_never_works_is_not_waited_for() -> None:
    never = Hours(is_free=lambda _: True)
    moment = datetime(2026, 3, 2, 12, tzinfo=UTC)
    assert awake(moment, never, BERLIN) == moment
    assert is_weekend(date(2026, 3, 1))
