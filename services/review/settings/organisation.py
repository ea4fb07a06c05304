"""What the policy file says of the organisation: its zone, its working hours, and its days off."""

from __future__ import annotations

from datetime import time

from pydantic import BaseModel

from shared.contracts.days import FreeDay
from shared.contracts.zones import Zone
from shared.working_time import HolidayCode, WorkingHours


class Organisation(BaseModel):
    """`[organisation]`: when it works, and the zone of whoever has none of their own."""

    timezone: Zone = "UTC"
    holidays: tuple[HolidayCode, ...] = ()
    free_days: tuple[FreeDay, ...] = ()
    working_hours: WorkingHours = (time(9), time(17))
