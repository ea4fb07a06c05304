"""When the weekly digest is sent, and to whom beside those who chose it."""

from __future__ import annotations

from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, field_validator

from services.distribution.domain.digest.plan import Plan
from shared.contracts.base import Token
from shared.contracts.lists import INVOLVED

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class DigestPolicy(BaseModel):
    """`[distribution.digest]`: a day and an hour in the organisation's zone, and lists whose members get it, too.

    A list that is named here may be made over the API later.
    """

    model_config = ConfigDict(extra="forbid")

    day: Day = "mon"
    hour: int = Field(default=9, ge=0, le=23)
    lists: Annotated[tuple[Token, ...], Field(max_length=100)] = ()

    @field_validator("lists")
    @classmethod
    def _can_be_listed(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if INVOLVED in names:
            msg = f"{INVOLVED!r} is everybody of one incident; a digest is about many, so name lists that are kept"
            raise ValueError(msg)
        return names

    def plan(self, zone: ZoneInfo) -> Plan:
        """Return what decisions need."""
        return Plan(day=DAYS.index(self.day), hour=self.hour, zone=zone, lists=self.lists)
