"""Deadlines: days as the policy counts them."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.drafting import domain
from services.drafting.adapters import free_days
from services.drafting.domain import Known, State
from services.drafting.domain.deadlines import deadline_for
from shared.contracts.base import Owner, Severity
from tests.unit.drafting.test_domain import GUIDANCE, a_correction, a_revision, drafted


@given(st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)))  # noqa: DTZ001 - bounds
def test_business_days_skip_weekends_and_holidays_and_keep_the_time_of_day(ended: datetime) -> None:
    deadline = GUIDANCE.deadline(Severity.SEV2, ended).astimezone(GUIDANCE.zone)
    start = ended.astimezone(GUIDANCE.zone)
    days = [start.date() + timedelta(days=n) for n in range(1, (deadline.date() - start.date()).days + 1)]
    assert sum(not GUIDANCE.is_free(day) for day in days) == 5
    assert not GUIDANCE.is_free(deadline.date())
    assert (
        abs(
            (
                deadline.replace(tzinfo=None) - deadline.replace(tzinfo=None, hour=start.hour, minute=start.minute)
            ).total_seconds()
        )
        <= 3600
    )  # a time that a change of clocks skips moves by that hour


def test_public_holidays_of_the_policy_are_free_and_an_unknown_code_is_an_error() -> None:
    assert free_days(("DE-BE",))(date(2026, 12, 25))
    with pytest.raises(NotImplementedError):
        free_days(("XX",))


HANA, BEN = Owner(name="Hana", email="hana@example.com"), Owner(name="Ben", email="ben@example.com")
ABROAD = dataclasses.replace(
    GUIDANCE,
    directory=(
        Known("Hana", "hana@example.com", (), ZoneInfo("Asia/Tokyo")),
        Known("Ben", "ben@example.com", (), ZoneInfo("America/New_York")),
    ),
)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_days_are_counted_where_the_owner_lives_else_where_the_organisation_is() -> None:
    ended = utc("2026-03-06T20:00")  # Friday here and in New York, Saturday in Tokyo
    assert ABROAD.deadline(Severity.SEV2, ended, BEN) == utc("2026-03-13T19:00")  # summer time began there
    assert ABROAD.deadline(Severity.SEV2, ended, HANA) == utc("2026-03-12T20:00")  # from Saturday on: to a Friday
    assert ABROAD.deadline(Severity.SEV2, ended, Owner(name="X", email="x@example.com")) == utc("2026-03-13T20:00")


@pytest.mark.parametrize(
    ("ended", "deadline"),
    [
        ("2026-03-26T01:30", "2026-03-29T01:30"),  # 02:30 is skipped on that day in Berlin: 03:30 there
        ("2026-10-22T00:30", "2026-10-25T00:30"),  # 02:30 comes twice: the first
        ("2026-10-25T01:30", "2026-10-28T01:30"),  # the second 02:30 of that day, three days later there is one
        ("2026-03-27T12:00", "2026-03-30T11:00"),
    ],
)
def test_where_the_clocks_change_the_time_of_day_stays_or_is_the_next_that_there_is(ended: str, deadline: str) -> None:
    assert GUIDANCE.deadline(Severity.SEV1, utc(ended)) == utc(deadline)


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001 - bounds
    st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/St_Johns", "Pacific/Apia"]),
)
def test_three_days_are_three_days_but_for_an_hour_wherever_somebody_lives(ended: datetime, zone: str) -> None:
    there = dataclasses.replace(GUIDANCE, zone=ZoneInfo(zone))
    assert abs(there.deadline(Severity.SEV1, ended) - ended - timedelta(days=3)) <= timedelta(hours=1)


def test_a_deadline_follows_severity_and_owner_until_the_first_report_is_published() -> None:
    before = drafted()
    worse = domain.revise(before, a_revision(severity="sev1"), ABROAD, before.revisions[0].at).state
    assert worse
    assert worse.deadline == ABROAD.deadline(Severity.SEV1, utc("2026-03-02T12:50"))
    handed = domain.revise(before, a_revision(owner=dict(BEN)), ABROAD, before.revisions[0].at).state
    assert handed
    assert handed.deadline == utc("2026-03-09T11:50")  # business days in New York, where summer time began
    published = before.changed(state=State.PUBLISHED, published=1)
    corrected = domain.correct(published, a_correction(severity="sev1"), ABROAD, before.revisions[0].at).state
    assert corrected
    assert (corrected.severity, corrected.deadline) == (Severity.SEV1, before.deadline)


def test_while_the_incident_is_open_again_the_deadline_stays() -> None:
    before = drafted()
    reopened = before.changed(incident=before.incident.model_copy(update={"resolved_at": None}))
    assert deadline_for(reopened.changed(severity=Severity.SEV1), GUIDANCE) == before.deadline
