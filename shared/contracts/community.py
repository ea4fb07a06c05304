"""The messages about who reviews: the community of experienced writers, one member at a time."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field, ValidationInfo, field_validator

from shared.contracts.availability import Hours, Spans, covered
from shared.contracts.base import BaseMessage, Email, Line, Moment, Owner, Token, Value, derived_id
from shared.contracts.commands import BaseCommand
from shared.contracts.values import Origin
from shared.contracts.zones import Zone


class Level(StrEnum):
    """How somebody takes part: it says what they offer, and gives no rights.

    Who is `learning` reviews beside somebody who is not; a `mentor` is glad to have them beside.
    """

    LEARNING = "learning"
    EXPERIENCED = "experienced"
    MENTOR = "mentor"


Known = Annotated[tuple[Token, ...], Field(max_length=100)]
"""Services or skills, by name."""
Capacity = Annotated[int, Field(ge=1, le=50)]
"""How many open reviews somebody has at once, at most."""


class Member(Value):
    """A member of the community. Who is not `active` has left; who is away is not asked until they are back.

    `away_until`: away from now on; `away`: from one day or time to another. `hours` and the days of `away` are in
    `timezone`, the organisation's where there is none. `capacity` is the policy's where there is none. `aliases` are
    other addresses of the same person.
    """

    name: Line
    email: Email
    services: Known = ()
    active: bool = True
    away_until: Moment | None = None
    note: str = Field(default="", max_length=500)
    skills: Known = ()
    capacity: Capacity | None = None
    away: Spans = ()
    timezone: Zone | None = None
    hours: Hours | None = None
    level: Level = Level.EXPERIENCED
    team: Token | None = None
    aliases: tuple[Email, ...] = Field(default=(), max_length=20)

    @field_validator("aliases")
    @classmethod
    def _others(cls, aliases: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        """Keep each once, and not the address that the person has already."""
        return tuple(alias for alias in dict.fromkeys(aliases) if alias != info.data.get("email"))


def is_away(member: Member, at: datetime, zone: str = "UTC") -> bool:
    """Say whether a member is away at a time; `zone` is where days begin for whoever told no zone of their own."""
    until = member.away_until
    return (until is not None and at < until) or covered(member.away, at, member.timezone or zone)


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


class FollowRoster(BaseMessage):
    """A token of the OpenID provider tells whether somebody is in a group that reviews; of two, the later one counts.

    Said by the gateway, on behalf of nobody.
    """

    room: ClassVar[str] = "review"
    name: ClassVar[str] = "FollowRoster.v1"
    who: Owner
    belongs: bool
    issued_at: Moment

    @classmethod
    def address(cls) -> str:
        """The routing key: a command, though nobody gave it."""
        return f"{cls.room}.{cls.name}"

    @property
    def subject(self) -> str:
        """The member."""
        return reviewer_id(self.who.email)


class ReviewerChanged(BaseMessage):
    """The community has a new member, or knows something else of one. Said by review.

    `by_group`: nobody named them, a group of the OpenID provider did.
    """

    name: ClassVar[str] = "ReviewerChanged.v1"
    version: int = Field(ge=1)
    origin: Origin
    by_group: bool = False
    reviewer: Member

    @property
    def subject(self) -> str:
        """The member."""
        return reviewer_id(self.reviewer.email)


COMMANDS: tuple[type[BaseMessage], ...] = (PutReviewer, FollowRoster)
EVENTS: tuple[type[BaseMessage], ...] = (ReviewerChanged,)
