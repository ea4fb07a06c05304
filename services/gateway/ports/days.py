"""What people ask the library about their days: what they have to finish, and when people meet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.gateway.domain.view import View


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Which meetings are asked for: those that end after `since` and begin before `until`, cancelled ones too.

    `attendee`: of those, whose invitation this person is on. What began a day or more before `since` may be left out.
    """

    since: datetime
    until: datetime
    attendee: str | None = None
    limit: int = 50


class Days(Protocol):
    """The part of the library that home and the calendar of meetings are made of."""

    async def unfinished(self, owner: str, limit: int) -> Sequence[View]:
        """Return what this person owns and has to bring to publication, by deadline, without its long texts."""

    async def meetings_between(self, span: Span, seen_by: str) -> Sequence[View]:
        """Return those whose meetings fall into a time, what ends first first: their meetings, and what heads them."""
