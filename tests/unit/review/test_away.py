"""When a member is away: days of their own zone, whatever the clocks do, and times; and how wrong ones are told."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.review import domain
from services.review.domain import Member, Membership
from shared.contracts.availability import Away, Hours
from shared.contracts.community import is_away
from tests.helpers.builders import NOW

ZONES = sorted(available_timezones() - {"localtime"})
MOMENTS = st.integers(0, 2**31 - 1).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
DAYS = st.dates(date(1970, 1, 1), date(2037, 12, 31))
"""The years whose changes of the clocks the database lists one by one."""


def member(**fields: Any) -> Member:
    return Member.model_validate({"name": "Dina", "email": "dina@example.com", **fields})


def away(*spans: tuple[Any, Any], **fields: Any) -> Member:
    return member(away=[{"since": since, "until": until} for since, until in spans], **fields)


@given(st.sampled_from(ZONES), DAYS, st.integers(0, 30), MOMENTS)
def test_days_are_away_exactly_while_the_calendar_on_their_wall_shows_them(
    zone: str, since: date, length: int, at: datetime
) -> None:
    until, on_the_wall = since + timedelta(days=length), at.astimezone(ZoneInfo(zone)).date()
    assert is_away(away((since, until), timezone=zone), at) is (since <= on_the_wall <= until)


@given(st.sampled_from(ZONES), DAYS)
def test_a_day_away_begins_and_ends_with_the_day_of_the_zone_also_when_the_clocks_change(zone: str, day: date) -> None:
    """Looked at each quarter of an hour, for three days around it."""
    start = datetime.combine(day, time(), UTC) - timedelta(days=1)
    seen = [start + timedelta(minutes=15) * n for n in range(3 * 96)]
    person = away((day, day), timezone=zone)
    assert [at for at in seen if is_away(person, at)] == [
        at for at in seen if at.astimezone(ZoneInfo(zone)).date() == day
    ]


@pytest.mark.parametrize(
    ("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-06-01", 24)], ids=["spring", "autumn", "summer"]
)
def test_the_day_on_which_the_clocks_change_is_away_for_as_long_as_it_is(day: str, hours: int) -> None:
    person = away((day, day), timezone="Europe/Berlin")
    start = datetime.fromisoformat(f"{day}T00:00+00:00") - timedelta(days=1)
    assert sum(is_away(person, start + timedelta(minutes=m)) for m in range(3 * 24 * 60)) == hours * 60


@given(st.sampled_from(ZONES), st.integers(0, 10_000), st.integers(-20_000, 20_000))
def test_times_are_the_same_everywhere_and_the_last_one_is_back_again(zone: str, minutes: int, offset: int) -> None:
    until, at = NOW + timedelta(minutes=minutes), NOW + timedelta(minutes=offset)
    assert is_away(away((NOW, until), timezone=zone), at) is (NOW <= at < until)


@given(st.lists(st.tuples(DAYS, st.integers(0, 20)), max_size=5), MOMENTS)
def test_somebody_is_away_while_any_of_the_spans_lasts(days: list[tuple[date, int]], at: datetime) -> None:
    spans = [(since, since + timedelta(days=length)) for since, length in days]
    assert is_away(away(*spans), at) is any(is_away(away(span), at) for span in spans)


def test_who_told_no_zone_has_the_organisation_s() -> None:
    late = datetime(2026, 4, 6, 20, 0, tzinfo=UTC)
    assert is_away(away(("2026-04-07", "2026-04-07")), late, "Asia/Tokyo")
    assert not is_away(away(("2026-04-07", "2026-04-07")), late)
    assert not is_away(away(("2026-04-07", "2026-04-07"), timezone="Europe/Berlin"), late, "Asia/Tokyo")


@pytest.mark.parametrize("edge", ["0001-01-01", "9999-12-31"])
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12"])
def test_the_first_and_the_last_day_of_all_do_no_harm(edge: str, zone: str) -> None:
    assert is_away(away(("0001-01-01", edge), timezone=zone), NOW) is (edge == "9999-12-31")


def test_both_ways_of_being_away_count_and_neither_of_them_is_for_ever() -> None:
    person = away(("2026-03-01", "2026-03-03"), away_until=NOW + timedelta(hours=1))
    (both, only_until) = (person, person.model_copy(update={"away": ()}))
    assert is_away(only_until, NOW)
    assert not is_away(only_until, NOW + timedelta(hours=1))
    assert is_away(both, NOW + timedelta(hours=1))
    assert not is_away(both, NOW + timedelta(days=2))


@pytest.mark.parametrize(("zone", "asked"), [("UTC", False), ("Pacific/Kiritimati", True)])
def test_who_is_away_on_this_day_of_theirs_is_not_asked(zone: str, asked: bool) -> None:
    person = away(("2026-03-02", "2026-03-02"))
    known = Membership(version=1, origin="api", reviewer=person)
    assert domain.available([known], NOW, zone) == ((person,) if asked else ())


@pytest.mark.parametrize(
    ("fields", "where", "told"),
    [
        ({"away": [{"since": "2026-04-08", "until": "2026-04-07"}]}, "away.0", "before `since`"),
        ({"away": [{"since": "2026-04-08", "until": "2026-04-09T00:00:00Z"}]}, "away.0", "both as days"),
        ({"away": [{"since": "2026-04-31", "until": "2026-05-01"}]}, "away.0.since", "write a day as"),
        ({"away": [{"since": "2026-04-08", "until": "2026-04-09T00:00:00"}]}, "away.0.until", "with its offset"),
        ({"away": [{"since": "2026-04-08", "until": 20260409}]}, "away.0.until", "write a day as"),
        ({"away": [{"since": "2026-04-08"}]}, "away.0.until", "required"),
        ({"away": [{"since": "2026-04-08", "until": "2026-04-09"}] * 51}, "away", "at most 50"),
        ({"timezone": "Europe/Atlantis"}, "timezone", "not an IANA time zone"),
        ({"timezone": "Europe"}, "timezone", "IANA time zone"),
        ({"timezone": "../etc/passwd"}, "timezone", "not an IANA time zone"),
        ({"hours": {"opens": "17:00", "closes": "09:00"}}, "hours", "`opens` has to be before"),
        ({"hours": {"opens": "09:00", "closes": "09:00"}}, "hours", "`opens` has to be before"),
        ({"hours": {"opens": "9:00", "closes": "17:00"}}, "hours.opens", "as 09:00"),
        ({"hours": {"opens": "09:00+01:00", "closes": "17:00"}}, "hours.opens", "without a zone"),
        ({"hours": {"opens": 9, "closes": "24:00"}}, "hours.opens", "as 09:00"),
        ({"hours": {"opens": "09:00"}}, "hours.closes", "required"),
        ({"capacity": 0}, "capacity", "greater than or equal to 1"),
        ({"capacity": 51}, "capacity", "less than or equal to 50"),
        ({"level": "guru"}, "level", "'learning', 'experienced' or 'mentor'"),
        ({"skills": [" "]}, "skills.0", "at least 1 character"),
        ({"skills": ["x"] * 101}, "skills", "at most 100"),
        ({"team": ""}, "team", "at least 1 character"),
        ({"aliases": ["dina"]}, "aliases.0", "match pattern"),
        ({"aliases": [f"d{n}@example.com" for n in range(21)]}, "aliases", "at most 20"),
    ],
)
def test_what_is_wrong_of_a_member_is_told_by_its_name(fields: dict[str, Any], where: str, told: str) -> None:
    with pytest.raises(ValidationError) as wrong:
        member(**fields)
    first = wrong.value.errors()[0]
    assert ".".join(map(str, first["loc"])) == where
    assert told in first["msg"]


def test_a_member_is_read_as_it_was_written() -> None:
    person = away(
        ("2026-04-07", "2026-04-08"),
        ("2026-05-07T09:00:00+02:00", "2026-05-08T00:00:00Z"),
        hours={"opens": "08:30", "closes": "14:00"},
        timezone="Asia/Kathmandu",
        level="learning",
        aliases=["DINA@example.com", "d@example.net", "d@example.net"],
    )
    assert Member.model_validate_json(person.model_dump_json()) == person
    assert Member.model_validate(person.model_dump(mode="json")) == person
    assert Member.model_validate(person.model_dump()) == person
    assert person.aliases == ("d@example.net",)
    assert person.hours == Hours(opens=time(8, 30), closes=time(14))
    assert person.away[1] == Away(since=datetime(2026, 5, 7, 7, tzinfo=UTC), until=datetime(2026, 5, 8, tzinfo=UTC))
    written = person.model_dump(mode="json")
    assert written["away"][1] == {"since": "2026-05-07T07:00:00Z", "until": "2026-05-08T00:00:00Z"}
    assert written["hours"] == {"opens": "08:30", "closes": "14:00"}


def test_a_member_of_before_has_what_everybody_has() -> None:
    old = Member.model_validate({"name": "Dina", "email": "dina@example.com", "services": ["checkout"]})
    assert (old.level, old.capacity, old.away, old.timezone, old.hours) == ("experienced", None, (), None, None)
