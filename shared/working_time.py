"""When an organisation works, as a policy file says it: the holidays that it keeps, and the hours of its day."""

from __future__ import annotations

from datetime import time
from typing import Annotated

from holidays import country_holidays
from pydantic import AfterValidator


def _known_holidays(code: str) -> str:
    country, _, part = code.partition("-")
    try:
        country_holidays(country, subdiv=part or None)
    except NotImplementedError as error:
        msg = f"no holidays are known for {code!r}; write a country (DE) or a part of one (DE-BE)"
        raise ValueError(msg) from error
    return code


def _in_order(hours: tuple[time, time]) -> tuple[time, time]:
    opens, closes = hours
    if opens >= closes or opens.tzinfo or closes.tzinfo:
        msg = 'must be two times of one day, the earlier first, without a zone: ["09:00", "17:00"]'
        raise ValueError(msg)
    return hours


HolidayCode = Annotated[str, AfterValidator(_known_holidays)]
"""A country, or a part of one, whose holidays are known: `DE`, `DE-BE`."""
WorkingHours = Annotated[tuple[time, time], AfterValidator(_in_order)]
"""When a working day begins and ends, by the clock of whoever works."""
