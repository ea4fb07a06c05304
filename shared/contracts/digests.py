"""The messages about the postmortem of the month, which a weekly digest tells of."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field, StringConstraints

from shared.contracts.base import BaseMessage, PostmortemId, derived_id
from shared.contracts.commands import BaseCommand

Month = Annotated[str, StringConstraints(pattern=r"^(19|20)[0-9]{2}-(0[1-9]|1[0-2])$")]
"""A month, such as 2026-03."""


def month_id(month: str) -> str:
    """The id under which what was chosen for a month is known."""
    return derived_id("month", month)


class ChoosePostmortemOfTheMonth(BaseCommand):
    """Name the postmortem of a month, and why; none leaves it to the rule."""

    room: ClassVar[str] = "distribution"
    name: ClassVar[str] = "ChoosePostmortemOfTheMonth.v1"
    month: Month
    chosen: PostmortemId | None
    why: Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)] = Field(default="")

    @property
    def subject(self) -> str:
        """The month."""
        return month_id(self.month)


class ShowPostmortemOfTheMonth(BaseCommand):
    """Ask what was chosen for a month."""

    room: ClassVar[str] = "distribution"
    name: ClassVar[str] = "ShowPostmortemOfTheMonth.v1"
    month: Month

    @property
    def subject(self) -> str:
        """The month."""
        return month_id(self.month)


COMMANDS: tuple[type[BaseMessage], ...] = (ChoosePostmortemOfTheMonth, ShowPostmortemOfTheMonth)
