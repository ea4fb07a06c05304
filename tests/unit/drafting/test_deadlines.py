"""Deadlines: days as the policy counts them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.drafting.adapters import free_days
from shared.contracts.base import Severity
from tests.unit.drafting.test_domain import GUIDANCE


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
