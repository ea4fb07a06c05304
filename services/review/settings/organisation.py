"""What the policy file says of the organisation: its zone, and its days off."""

from __future__ import annotations

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


class Organisation(BaseModel):
    """`[organisation]`: the days off, and the zone of whoever has none of their own."""

    timezone: Zone = "UTC"
    holidays: tuple[Annotated[str, AfterValidator(_known_holidays)], ...] = ()
    free_days: tuple[FreeDay, ...] = ()
