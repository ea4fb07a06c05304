"""The table of a month: every day once, weeks from Monday to Sunday, and each meeting on the day it begins on."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.domain.pages.months import FIRST, LAST, Month, begins, days_with, entries, table
from services.gateway.domain.pages.of_the_month import last_month
from tests.helpers.builders import NOW
from tests.helpers.days import attendee, life, meets, off, over

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = [
    ZoneInfo(name)
    for name in (
        "UTC",
        "Europe/Berlin",
        "America/New_York",
        "America/Santiago",
        "Africa/Cairo",
        "Asia/Kathmandu",
        "Pacific/Kiritimati",
        "Pacific/Pago_Pago",
        "Australia/Lord_Howe",
    )
]
MONTHS = st.dates(FIRST, LAST).map(lambda day: Month(day.replace(day=1)))
NOW_AND_HERE = st.datetimes(datetime(2020, 1, 1), datetime(2037, 12, 1))  # noqa: DTZ001 - what strategies take


@given(MONTHS)
def test_weeks_have_every_day_of_the_month_once_and_begin_on_a_monday(month: Month) -> None:
    weeks = month.weeks()
    days = [day for week in weeks for day in week]
    assert all(week[0].weekday() == 0 and len(week) == 7 for week in weeks)
    assert days == [days[0] + timedelta(days=n) for n in range(len(days))]
    inside = [day for day in days if (day.year, day.month) == (month.first.year, month.first.month)]
    assert len(inside) == monthrange(month.first.year, month.first.month)[1]
    assert inside[0] in weeks[0]
    assert inside[-1] in weeks[-1]


@given(MONTHS)
def test_a_month_has_a_name_that_leads_back_to_it_and_neighbours_that_meet_in_it(month: Month) -> None:
    assert Month.named(month.name) == month
    before, after = month.before(), month.after()
    assert before is None or before.after() == month
    assert after is None or after.before() == month
    assert (before is None, after is None) == (month.first == FIRST, month.first == LAST)


@given(NOW_AND_HERE, st.sampled_from(ZONES))
def test_every_meeting_in_the_span_of_a_table_stands_in_it_once_on_its_day(naive: datetime, zone: ZoneInfo) -> None:
    at = naive.replace(tzinfo=UTC)
    month = Month.of(at, zone)
    since, until = month.span(zone)
    assert since <= at < until
    found = entries([life(1, meets(at))], "x@example.com", zone)
    placed = [day for week in table(month, found, date(2026, 3, 2)) for day in week if day.entries]
    assert [day.date for day in placed] == [at.astimezone(zone).date()]
    assert placed[0].inside
    assert [day for day, _ in days_with(found)] == [placed[0].date]


@pytest.mark.parametrize(
    "name", ["2026-13", "2026-00", "2026-3", "1899-12", "2100-01", "2026-03-01", "²026-03", "", "x"]
)
def test_what_is_no_month_is_none(name: str) -> None:
    assert Month.named(name) is None


def test_days_are_as_long_as_the_clocks_there_have_them() -> None:
    spring, autumn = date(2026, 3, 29), date(2026, 10, 25)
    hours = [(begins(day + timedelta(days=1), BERLIN) - begins(day, BERLIN)) for day in (spring, autumn)]
    assert hours == [timedelta(hours=23), timedelta(hours=25)]
    santiago = ZoneInfo("America/Santiago")  # clocks skip midnight there
    assert begins(date(2026, 9, 6), santiago).astimezone(santiago).hour == 1


def test_a_meeting_at_midnight_belongs_to_the_day_that_begins() -> None:
    midnight = datetime(2026, 2, 28, 23, 0, tzinfo=UTC)
    (entry,) = entries([life(1, meets(midnight))], "x@example.com", BERLIN)
    assert (entry.start.date(), f"{entry.start:%H:%M}") == (date(2026, 3, 1), "00:00")


def test_meetings_come_by_when_they_begin_even_while_clocks_are_put_back() -> None:
    first = datetime(2026, 10, 25, 0, 45, tzinfo=UTC)  # 02:45 in Berlin, for the first time
    second = datetime(2026, 10, 25, 1, 15, tzinfo=UTC)  # 02:15, for the second time
    found = entries([life(2, meets(second)), life(1, meets(first))], "x@example.com", BERLIN)
    assert [f"{entry.start:%H:%M %Z}" for entry in found] == ["02:45 CEST", "02:15 CET"]


def test_an_entry_says_how_the_meeting_stands_and_whether_it_is_the_reader_s() -> None:
    views = [
        life(1, meets(NOW, attendee(), status="tentative")),
        life(2, meets(NOW + timedelta(hours=1)), over),
        life(3, meets(NOW + timedelta(hours=2)), off),
        life(4),
    ]
    found = entries(views, "engineer@example.com", BERLIN)
    assert [(entry.status, entry.mine) for entry in found] == [
        ("tentative", True),
        ("ended", False),
        ("cancelled", False),
    ]


def test_the_month_that_ended_last_is_the_one_there() -> None:
    at = datetime(2026, 2, 28, 23, 30, tzinfo=UTC)
    assert [last_month(at, zone).name for zone in (ZoneInfo("UTC"), BERLIN)] == ["2026-01", "2026-02"]
