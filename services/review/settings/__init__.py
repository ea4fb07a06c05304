"""What may be set from outside: the common settings, and the community in the policy file."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from services.review.domain import Member, Practice, Timing
from services.review.settings.organisation import Organisation
from services.review.settings.timing import ReviewHours, ReviewReminders
from shared.contracts.base import Email, Line, Owner, Severity, Token
from shared.contracts.commands import Role
from shared.contracts.community import Capacity, Known, Level
from shared.contracts.zones import Zone
from shared.settings import RoomSettings


class Settings(RoomSettings):
    """Review needs nothing beyond what every room needs."""


class PolicyPerson(BaseModel):
    """A person of the policy file; `reviews` says that they belong to the community."""

    model_config = ConfigDict(extra="ignore")

    name: Line
    email: Email
    reviews: bool = False
    services: Known = ()
    skills: Known = ()
    capacity: Capacity | None = None
    level: Level = Level.EXPERIENCED
    team: Token | None = None
    timezone: Zone | None = None
    role: str = ""

    def member(self) -> Member:
        """Return the person as a member of the community."""
        return Member.model_validate(self.model_dump(exclude={"reviews", "role"}))


class Roster(BaseModel):
    """`[review.roster]`: the groups of the OpenID provider whose people belong to the community."""

    model_config = ConfigDict(extra="forbid")

    groups: tuple[Line, ...] = Field(default=(), max_length=100)


class ReviewPolicy(BaseModel):
    """`[review]`: how many reviewers a postmortem gets, how many reviews a reviewer, and when they are reminded.

    Nobody has less than `ask_hours` for a review.
    """

    reviewers: int = Field(default=2, ge=1, le=10)
    reviewers_by_severity: dict[Severity, Annotated[int, Field(ge=1, le=10)]] = {}
    capacity: Capacity = 5
    recent_days: int = Field(default=90, ge=1, le=730)
    roster: Roster = Roster()
    ask_hours: float = Field(default=24, ge=1, le=720)
    hours: ReviewHours = ReviewHours()
    reminders: ReviewReminders = ReviewReminders()


class Policy(BaseModel):
    """What review reads of the policy file."""

    organisation: Organisation = Organisation()
    people: tuple[PolicyPerson, ...] = ()
    review: ReviewPolicy = ReviewPolicy()

    def community(self) -> tuple[Member, ...]:
        """Return the members with whom the reviewer community begins."""
        return tuple(person.member() for person in self.people if person.reviews)

    def practice(self) -> Practice:
        """Return how this organisation reviews."""
        return Practice(
            wanted=self.review.reviewers,
            by_severity=self.review.reviewers_by_severity,
            capacity=self.review.capacity,
            recent=timedelta(days=self.review.recent_days),
            timezone=self.organisation.timezone,
            admins=self.admins(),
            timing=self.timing(),
        )

    def admins(self) -> tuple[Owner, ...]:
        """Return who takes care of the reviewers."""
        return tuple(Owner(name=p.name, email=p.email) for p in self.people if p.role == Role.ADMIN)

    def timing(self) -> Timing:
        """Return when reviews are due and when people are told."""
        zones = {person.email: person.timezone for person in self.people if person.timezone}
        said = self.review
        hours = said.hours.hours(self.organisation)
        return said.reminders.timing(hours, said.ask_hours, self.organisation.timezone, zones)
