"""The messages about who reviews: the community of experienced writers, one member at a time."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from shared.contracts.base import BaseMessage, Email, Line, Moment, Token, Value, derived_id
from shared.contracts.commands import BaseCommand
from shared.contracts.values import Origin


class Member(Value):
    """A member of the community. Who is not `active` has left; who is away is not asked until then."""

    name: Line
    email: Email
    services: tuple[Token, ...] = Field(default=(), max_length=100)
    active: bool = True
    away_until: Moment | None = None
    note: str = Field(default="", max_length=500)


def reviewer_id(email: str) -> str:
    """The id under which a member is known, whoever computes it."""
    return derived_id("reviewer", email)


class PutReviewer(BaseCommand):
    """Take somebody into the community, or change what it knows of them.

    `base_version` is the version that the caller saw: 0 when there was none, null for whatever stands there.
    """

    room: ClassVar[str] = "review"
    name: ClassVar[str] = "PutReviewer.v1"
    reviewer: Member
    base_version: int | None = Field(default=None, ge=0)

    @property
    def subject(self) -> str:
        """The member."""
        return reviewer_id(self.reviewer.email)


class ReviewerChanged(BaseMessage):
    """The community has a new member, or knows something else of one. Said by review."""

    name: ClassVar[str] = "ReviewerChanged.v1"
    version: int = Field(ge=1)
    origin: Origin
    reviewer: Member

    @property
    def subject(self) -> str:
        """The member."""
        return reviewer_id(self.reviewer.email)


COMMANDS: tuple[type[BaseCommand], ...] = (PutReviewer,)
EVENTS: tuple[type[BaseMessage], ...] = (ReviewerChanged,)
