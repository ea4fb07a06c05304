"""The calendar of free days: weekends, public holidays, and the organisation's own days."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import lru_cache

from holidays import country_holidays

from services.review.domain.practice import is_weekend
from shared.contracts.days import is_among


def free_days(codes: tuple[str, ...], own: tuple[str, ...] = ()) -> Callable[[date], bool]:
    """Return what tells days off. `codes`: country or country-subdivision, such as DE-BE; `own`: 2026-12-24 or 12-24.

    Raises NotImplementedError for a code that the holidays library does not know.
    """
    calendars = [country_holidays(code.split("-")[0], subdiv=code.partition("-")[2] or None) for code in codes]
    days = frozenset(own)

    @lru_cache(maxsize=4096)
    def is_free(day: date) -> bool:
        return is_weekend(day) or is_among(day, days) or any(day in calendar for calendar in calendars)

    return is_free
