"""What the policy file says of the organisation: its zone, its working hours, and its days off."""

from __future__ import annotations

from datetime import time
from typing import Annotated

from holidays import country_holidays
from pydantic import AfterValidator, BaseModel

from shared.contracts.days import FreeDay
from shared.contracts.zones import Zone


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


WorkingHours = Annotated[tuple[time, time], AfterValidator(_in_order)]


class Organisation(BaseModel):
    """`[organisation]`: when it works, and the zone of whoever has none of their own."""

    timezone: Zone = "UTC"
    holidays: tuple[Annotated[str, AfterValidator(_known_holidays)], ...] = ()
    free_days: tuple[FreeDay, ...] = ()
    working_hours: WorkingHours = (time(9), time(17))
