"""The slot: whatever the week looks like, it keeps to the rules in their written order."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.calendar.domain.practice import Practice
from services.calendar.domain.slots import Busy, Slot, Wish, find_slot
from tests.unit.calendar.fakes import a_practice, utc

HOUR = timedelta(hours=1)
PRACTICE = a_practice()
ME = frozenset({"me@example.com"})
ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia", "UTC")

moments = st.datetimes(datetime(2024, 1, 1), datetime(2029, 1, 1)).map(lambda at: at.replace(tzinfo=UTC))  # noqa: DTZ001
practices = st.builds(
    lambda zone, opens, hours, notice: a_practice(
        timezone=zone, opens=opens, closes=time(min(opens.hour + hours, 23), opens.minute), notice=notice
    ),
    st.sampled_from(ZONES),
    st.sampled_from([time(0), time(6), time(9), time(9, 15)]),
    st.integers(2, 23),
    st.integers(0, 72).map(lambda hours: timedelta(hours=hours)),
)
busy_times = st.lists(
    st.builds(lambda start, hours: Busy(start, start + timedelta(hours=hours), ME), moments, st.integers(1, 200)),
    max_size=5,
)
wishes = st.builds(
    lambda now, left, length, hurry: Wish(now=now, deadline=now + left, length=length, emails=ME, hurry=hurry),
    moments,
    st.integers(-48, 400).map(lambda h: timedelta(hours=h)),
    st.sampled_from([HOUR / 2, HOUR]),
    st.booleans(),
)


def in_working_hours(slot: Slot, practice: Practice) -> bool:
    start, end = slot.start.astimezone(practice.zone), slot.end.astimezone(practice.zone)
    return (
        practice.usual.works_on(start.date())
        and start.date() == end.date()
        and practice.opens <= start.time()
        and end.time() <= practice.closes
    )


def working_time_left(wish: Wish, practice: Practice) -> bool:
    """Whether any slot at all fits into working hours between now and the deadline, looked at minute by half hour."""
    at = wish.now.replace(minute=0, second=0, microsecond=0)
    while at + wish.length <= wish.deadline:
        local = at.astimezone(practice.zone)
        if at >= wish.now and local.minute % 30 == 0 and in_working_hours(Slot(at, at + wish.length), practice):
            return True
        at += timedelta(minutes=15)
    return False


@settings(max_examples=150, deadline=None)
@given(wishes, practices, busy_times)
def test_a_slot_keeps_every_rule_or_says_which_one_it_cannot(wish: Wish, practice: Practice, busy: list[Busy]) -> None:
    slot = find_slot(wish, practice, busy)
    local = slot.start.astimezone(practice.zone)
    assert slot.start.tzinfo is UTC
    assert slot.end - slot.start == wish.length
    assert slot.start >= wish.now
    assert (local.minute % 30, local.second, local.microsecond) == (0, 0, 0)
    assert practice.usual.works_on(local.date())
    if not slot.needs_attention:
        assert in_working_hours(slot, practice)
        assert slot.end <= wish.deadline
        assert slot.start >= wish.now + practice.notice
        assert not any(other.start < slot.end and slot.start < other.end for other in busy)
    if not wish.hurry:
        assert slot.start >= wish.now + practice.notice


@settings(max_examples=100, deadline=None)
@given(wishes, practices, busy_times)
def test_the_deadline_holds_as_long_as_any_working_time_is_left(
    wish: Wish, practice: Practice, busy: list[Busy]
) -> None:
    if wish.hurry and working_time_left(wish, practice):
        assert find_slot(wish, practice, busy).end <= wish.deadline


@settings(max_examples=50, deadline=None)
@given(wishes, practices, busy_times)
def test_the_same_wish_finds_the_same_slot(wish: Wish, practice: Practice, busy: list[Busy]) -> None:
    assert find_slot(wish, practice, busy) == find_slot(wish, practice, list(reversed(busy)))


def wish(now: str, deadline: str, length: timedelta = HOUR, *, hurry: bool = True) -> Wish:
    return Wish(now=utc(now), deadline=utc(deadline), length=length, emails=ME, hurry=hurry)


def test_the_first_half_hour_after_the_notice_is_taken() -> None:
    assert find_slot(wish("2026-03-02T12:10", "2026-03-09T12:00"), PRACTICE).start == utc("2026-03-03T12:30")


def test_friday_evening_leads_to_monday_morning() -> None:
    assert find_slot(wish("2026-03-06T20:00", "2026-03-12T12:00"), PRACTICE).start == utc("2026-03-09T08:00")


@pytest.mark.parametrize(
    ("now", "start"),
    [
        ("2026-03-26T15:30", "2026-03-27T15:30"),
        ("2026-03-27T16:30", "2026-03-30T07:00"),
        ("2026-10-23T16:30", "2026-10-26T08:00"),
    ],
)
def test_working_hours_follow_the_clock_through_its_changes(now: str, start: str) -> None:
    slot = find_slot(wish(now, "2026-12-31T12:00", HOUR / 2), PRACTICE)
    assert slot.start == utc(start)
    assert not slot.needs_attention


def test_a_working_day_with_a_clock_change_has_an_hour_more_or_less() -> None:
    # in this zone the clocks change at midnight of a Friday; whoever works then works with the clocks
    practice = a_practice(timezone="Africa/Cairo", opens=time(0), closes=time(8), notice=timedelta(0), holidays=())
    slot = find_slot(Wish(now=utc("2026-04-23T21:30"), deadline=utc("2026-05-30T00:00"), length=HOUR), practice)
    assert slot.start == utc("2026-04-23T22:00")
    assert slot.start.astimezone(practice.zone).time() == time(1)


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 12, 24), True),
        (date(2026, 12, 25), False),
        (date(2026, 12, 26), False),
        (date(2026, 12, 28), True),
        (date(2026, 3, 8), False),
        (date(2027, 3, 8), False),
    ],
)
def test_weekends_and_holidays_of_the_place_are_off(day: date, works: bool) -> None:
    assert PRACTICE.usual.works_on(day) is works


def test_the_organisation_s_own_days_are_off_once_or_each_year() -> None:
    practice = a_practice(free_days=("2026-03-04", "12-30"))
    assert [practice.usual.works_on(date(year, 3, 4)) for year in (2026, 2027)] == [False, True]
    assert [practice.usual.works_on(date(year, 12, 30)) for year in (2026, 2027)] == [False, False]


def test_holidays_between_are_skipped() -> None:
    assert find_slot(wish("2026-12-23T16:30", "2027-01-07T12:00"), PRACTICE).start == utc("2026-12-28T08:00")


def test_a_clash_with_another_meeting_is_avoided() -> None:
    busy = [Busy(utc("2026-03-03T12:00"), utc("2026-03-03T14:10"), ME)]
    slot = find_slot(wish("2026-03-02T12:00", "2026-03-09T12:00"), PRACTICE, busy)
    assert slot == Slot(utc("2026-03-03T14:30"), utc("2026-03-03T15:30"))


def test_a_meeting_of_other_people_is_no_clash() -> None:
    busy = [Busy(utc("2026-03-03T12:00"), utc("2026-03-03T14:00"), frozenset({"other@example.com"}))]
    assert find_slot(wish("2026-03-02T12:00", "2026-03-09T12:00"), PRACTICE, busy).start == utc("2026-03-03T12:00")


def test_without_a_free_slot_the_calendar_bends_and_not_the_deadline() -> None:
    busy = [Busy(utc("2026-03-01T00:00"), utc("2026-03-31T00:00"), ME)]
    slot = find_slot(wish("2026-03-02T12:00", "2026-03-03T15:00"), PRACTICE, busy)
    assert slot.start == utc("2026-03-03T12:00")
    assert slot.needs_attention == "people needed who have something else then: 1"


def test_of_bad_slots_the_one_that_fewest_cannot_make_is_taken() -> None:
    busy = [
        Busy(utc("2026-03-03T12:00"), utc("2026-03-03T15:00"), frozenset({"a@example.com", "b@example.com"})),
        Busy(utc("2026-03-03T15:00"), utc("2026-03-03T16:00"), frozenset({"a@example.com"})),
    ]
    both = Wish(
        now=utc("2026-03-02T12:00"),
        deadline=utc("2026-03-03T16:00"),
        length=HOUR,
        emails=frozenset({"a@example.com", "b@example.com"}),
    )
    assert find_slot(both, PRACTICE, busy).start == utc("2026-03-03T15:00")


def test_hours_are_stretched_before_the_notice_is_given_up() -> None:
    slot = find_slot(wish("2026-03-02T05:30", "2026-03-03T07:30"), PRACTICE)
    assert (slot.start, slot.needs_attention) == (utc("2026-03-03T06:00"), "it is outside working hours")


def test_a_deadline_closer_than_the_notice_gets_the_first_slot_from_now() -> None:
    slot = find_slot(wish("2026-03-02T12:10", "2026-03-03T09:00"), PRACTICE)
    assert slot.start == utc("2026-03-02T12:30")
    assert "less than 24 hours" in slot.needs_attention


def test_a_deadline_that_has_passed_gets_the_first_slot_from_now() -> None:
    slot = find_slot(wish("2026-03-02T12:10", "2026-03-01T09:00"), PRACTICE)
    assert slot.start == utc("2026-03-02T12:30")
    assert "after the deadline" in slot.needs_attention


def test_a_deadline_on_the_weekend_without_time_before_it_is_passed_and_said() -> None:
    slot = find_slot(wish("2026-03-06T16:30", "2026-03-08T12:00"), PRACTICE)
    assert (slot.start, slot.needs_attention) == (utc("2026-03-09T08:00"), "it is after the deadline")


def test_working_hours_without_room_are_an_error_that_names_them() -> None:
    with pytest.raises(ValueError, match="working_hours"):
        find_slot(wish("2026-03-02T12:00", "2026-03-09T12:00", timedelta(hours=13)), PRACTICE)


def test_the_zone_of_the_organisation_counts_not_utc() -> None:
    practice = a_practice(timezone="America/Los_Angeles", holidays=("US",))
    start = find_slot(wish("2026-03-02T12:00", "2026-03-09T12:00"), practice).start
    assert start.astimezone(ZoneInfo("America/Los_Angeles")).time() == time(9)


def test_meetings_may_follow_each_other_without_a_break() -> None:
    busy = [
        Busy(utc("2026-03-03T09:00"), utc("2026-03-03T12:00"), ME),
        Busy(utc("2026-03-03T13:00"), utc("2026-03-03T14:00"), ME),
    ]
    assert find_slot(wish("2026-03-02T12:00", "2026-03-09T12:00"), PRACTICE, busy).start == utc("2026-03-03T12:00")
