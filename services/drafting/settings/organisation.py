"""What the policy file says of the organisation: its days, its people, its services."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from shared.contracts.base import Email, Line, Token
from shared.contracts.days import FreeDay
from shared.contracts.zones import Zone
from shared.working_time import HolidayCode


class Organisation(BaseModel):
    """`[organisation]`: the days that are counted, and the zone of whoever has none of their own.

    `free_days` are its own, 2026-12-24 or 12-24.
    """

    timezone: Zone = "UTC"
    holidays: tuple[HolidayCode, ...] = ()
    free_days: tuple[FreeDay, ...] = ()


class PolicyPerson(BaseModel):
    """A person of the policy file."""

    model_config = ConfigDict(extra="ignore")

    name: Line
    email: Email
    aliases: tuple[str, ...] = ()
    timezone: Zone | None = None


class PolicyService(BaseModel):
    """`[[services]]`: a service by the name that incident tools have for it, and who owns it."""

    model_config = ConfigDict(extra="ignore")

    name: Token
    owner: Email | None = None
