"""What the policy file says of the organisation: its hours, its people, who answers for its services."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any

from pydantic import (
    BaseModel,
    ConfigDict,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    field_validator,
)

from services.calendar.domain import Hours
from shared.contracts.base import Email, Line, Owner, Token
from shared.contracts.days import FreeDay
from shared.contracts.zones import Zone
from shared.working_time import HolidayCode, WorkingHours


class Organisation(BaseModel):
    """`[organisation]`: where and when people work."""

    timezone: Zone = "UTC"
    holidays: tuple[HolidayCode, ...] = ()
    free_days: tuple[FreeDay, ...] = ()
    working_hours: WorkingHours = (time(9), time(17))


class PolicyPerson(BaseModel):
    """`[[people]]`: who works at other times than the organisation, and who leads meetings.

    The community (`reviews`) facilitates, and whoever `facilitates`; who does not wish to says `facilitates = false`.
    """

    model_config = ConfigDict(extra="ignore")

    name: Line
    email: Email
    timezone: Zone | None = None
    working_hours: WorkingHours | None = None
    holidays: tuple[HolidayCode, ...] | None = None
    reviews: bool = False
    facilitates: bool | None = None

    @field_validator("timezone", "working_hours", "holidays", mode="wrap")
    @classmethod
    def _named(cls, value: object, handler: ValidatorFunctionWrapHandler, info: ValidationInfo) -> Any:
        """Say whose it is when it is wrong: a place in a long list tells nobody."""
        try:
            return handler(value)
        except ValidationError as error:
            msg = f"{info.data.get('email')}: {error.errors()[0]['msg']}"
            raise ValueError(msg) from error

    @property
    def leads(self) -> bool:
        """Whether they facilitate meetings."""
        return self.reviews if self.facilitates is None else self.facilitates

    @property
    def is_usual(self) -> bool:
        """Whether they work as the organisation does."""
        return self.timezone is None and self.working_hours is None and self.holidays is None

    def hours(self, usual: Hours) -> Hours:
        """Return when they work; what they do not say is as the organisation has it."""
        opens, closes = self.working_hours or (usual.opens, usual.closes)
        return Hours(
            timezone=self.timezone or usual.timezone,
            opens=opens,
            closes=closes,
            holidays=usual.holidays if self.holidays is None else self.holidays,
            free_days=usual.free_days,
        )

    def owner(self) -> Owner:
        """Return who they are."""
        return Owner(name=self.name, email=self.email)


class PolicyService(BaseModel):
    """`[[services]]`: a service by the name that incident tools have for it, and who answers for it."""

    model_config = ConfigDict(extra="ignore")

    name: Token
    owner: Email | None = None
    engineering_manager: Email | None = None
    product_manager: Email | None = None

    def answering(self) -> dict[str, Email]:
        """Return who answers for it, by the key that names them."""
        keys = ("owner", "engineering_manager", "product_manager")
        return {key: email for key in keys if (email := getattr(self, key))}


def longest(opens: time, closes: time) -> timedelta:
    """Return how long a meeting fits into a working day, beginning on a half hour."""
    since, until = (timedelta(hours=at.hour, minutes=at.minute) for at in (opens, closes))
    return until - since - timedelta(minutes=-opens.minute % 30)
