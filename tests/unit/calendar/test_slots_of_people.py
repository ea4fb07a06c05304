"""The slot of people who work in other zones, at other hours, on other days; and how long it is."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from services.calendar.domain.hours import Hours
from services.calendar.domain.slots import Slot, Wish, find_slot
from shared.contracts.base import Severity
from tests.unit.calendar.fakes import a_practice, utc
from tests.unit.calendar.test_slots import HOUR, PRACTICE, in_working_hours, wish


def office(zone: str, **fields: Any) -> Hours:
    given: dict[str, Any] = {"timezone": zone, "opens": time(9), "closes": time(17)}
    return Hours(**(given | fields))


def together(now: str, deadline: str, *offices: Hours, **fields: Any) -> Slot:
    """Return the slot of people each in an office of their own."""
    people = {f"p{n}@example.com": hours for n, hours in enumerate(offices)}
    wanted = Wish(now=utc(now), deadline=utc(deadline), length=HOUR, emails=frozenset(people), **fields)
    return find_slot(wanted, a_practice(people=people))


def test_a_slot_lies_in_the_hours_that_people_far_apart_share() -> None:
    slot = together("2026-03-02T07:00", "2026-03-09T12:00", office("Europe/Berlin"), office("America/New_York"))
    assert slot == Slot(utc("2026-03-03T14:00"), utc("2026-03-03T15:00"))


def test_the_organisation_s_hours_bind_nobody_who_works_elsewhere() -> None:
    slot = together("2026-03-02T12:00", "2026-03-09T12:00", office("America/Los_Angeles"))
    assert slot == Slot(utc("2026-03-03T17:00"), utc("2026-03-03T18:00"))


def test_where_no_hour_is_shared_as_few_as_can_be_are_out_of_theirs_and_as_little_as_can_be() -> None:
    berlin, california = office("Europe/Berlin"), office("America/Los_Angeles")
    slot = together("2026-03-02T12:00", "2026-03-06T12:00", berlin, berlin, california)
    assert slot.start == utc("2026-03-03T15:00")  # the end of the day in Berlin, seven in the morning in California
    assert slot.needs_attention == "people needed who are outside their working hours then: 1"


def test_a_holiday_of_one_s_own_is_a_day_off() -> None:
    at_home = office("Europe/Berlin", holidays=("DE-BY",))
    slot = together("2026-01-02T12:00", "2026-01-09T12:00", office("Europe/Berlin"), at_home)
    assert slot.start == utc("2026-01-05T12:00") - timedelta(hours=4)
    slot = together("2026-01-05T12:00", "2026-01-09T12:00", office("Europe/Berlin"), at_home)
    assert slot.start == utc("2026-01-07T08:00")  # Epiphany is no holiday in Berlin


def test_who_is_only_welcome_delays_nothing_and_counts_when_somebody_is_out_anyway() -> None:
    tokyo, new_york = office("Asia/Tokyo"), office("America/New_York")
    people = {"a@example.com": tokyo, "b@example.com": new_york, "c@example.com": office("Europe/Berlin")}
    practice = a_practice(people=people)

    def start(emails: set[str], optional: set[str]) -> datetime:
        now, deadline = utc("2026-03-02T16:00"), utc("2026-03-06T16:00")
        wanted = Wish(now=now, deadline=deadline, length=HOUR, emails=frozenset(emails), optional=frozenset(optional))
        return find_slot(wanted, practice).start

    assert start({"b@example.com"}, set()) == start({"b@example.com"}, {"c@example.com"}) == utc("2026-03-03T16:00")
    assert start({"a@example.com", "b@example.com"}, set()) == utc("2026-03-03T16:00")
    assert start({"a@example.com", "b@example.com"}, {"c@example.com"}) == utc("2026-03-04T14:00")


def test_a_slot_leaves_time_to_approve_the_text_unless_the_deadline_does_not() -> None:
    practice = a_practice(approval=timedelta(hours=24))
    assert find_slot(wish("2026-03-02T12:00", "2026-03-09T12:00"), practice).start == utc("2026-03-04T12:00")
    near = find_slot(wish("2026-03-02T12:00", "2026-03-04T10:00"), practice)
    assert near == Slot(utc("2026-03-03T12:00"), utc("2026-03-03T13:00"))


@pytest.mark.parametrize("deadline", [datetime.max.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC)])
def test_a_deadline_at_the_end_of_time_takes_no_time(deadline: datetime) -> None:
    far_apart = {"a@example.com": office("Asia/Tokyo"), "b@example.com": office("America/New_York")}
    wanted = Wish(now=utc("2026-03-02T12:00"), deadline=deadline, length=HOUR, emails=frozenset(far_apart))
    assert find_slot(wanted, a_practice(people=far_apart)).start < utc("2026-03-12T00:00")


def test_people_whose_own_hours_have_no_room_meet_in_the_organisation_s() -> None:
    slot = together("2026-03-02T12:00", "2026-03-02T12:00", office("Europe/Berlin", closes=time(9, 30)))
    assert slot.needs_attention == "it is after the deadline; it is outside working hours"
    assert in_working_hours(slot, PRACTICE)


@pytest.mark.parametrize(("people", "minutes"), [(2, 30), (6, 30), (7, 35), (9, 45), (40, 60)])
def test_a_meeting_of_many_takes_longer(people: int, minutes: int) -> None:
    practice = a_practice(minutes_per_person=5, people_included=6)
    assert practice.length(Severity.SEV3, people) == timedelta(minutes=minutes)
    assert practice.length(Severity.SEV1, people) == HOUR
