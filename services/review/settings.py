"""What may be set from outside: the common settings, and the community in the policy file."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from services.review.domain import Coaching, Member, Practice
from services.review.domain.coaching import Coach
from shared.contracts.base import Email, Line, Severity, Token
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

    def member(self) -> Member:
        """Return the person as a member of the community."""
        return Member.model_validate(self.model_dump(exclude={"reviews"}))


class Roster(BaseModel):
    """`[review.roster]`: the groups of the OpenID provider whose people belong to the community."""

    model_config = ConfigDict(extra="forbid")

    groups: tuple[Line, ...] = Field(default=(), max_length=100)


class Organisation(BaseModel):
    """`[organisation]`: the zone of everybody who has none of their own."""

    timezone: Zone = "UTC"


class CoachingPolicy(BaseModel):
    """`[review.coaching]`: whether texts are checked, by which rules of one's own, and what comes of it.

    `files` stand beside the policy file. `mail`: the owner gets one a day at most, once the text was quiet for so long;
    `block`: an approval waits until every error is written otherwise, or dismissed.
    """

    model_config = ConfigDict(extra="forbid")

    check: bool = True
    files: tuple[Line, ...] = Field(default=(), max_length=20)
    mail: Literal["daily", "never"] = "daily"
    quiet_minutes: int = Field(default=120, ge=0, le=10_080)
    block: bool = False


class ReviewPolicy(BaseModel):
    """`[review]`: how many reviewers a postmortem gets and a reviewer reviews, how many approve, and what that takes.

    Without `approvals` all who are asked have to approve. `coaching`: how texts are coached.
    """

    reviewers: int = Field(default=2, ge=1, le=10)
    reviewers_by_severity: dict[Severity, Annotated[int, Field(ge=1, le=10)]] = {}
    capacity: Capacity = 5
    recent_days: int = Field(default=90, ge=1, le=730)
    roster: Roster = Roster()
    approvals: int | None = Field(default=None, ge=1, le=10)
    approvals_by_severity: dict[Severity, Annotated[int, Field(ge=1, le=10)]] = {}
    checklist: Literal["optional", "required"] = "optional"
    resolve_before_approval: bool = False
    coaching: CoachingPolicy = CoachingPolicy()


class Policy(BaseModel):
    """What review reads of the policy file."""

    organisation: Organisation = Organisation()
    people: tuple[PolicyPerson, ...] = ()
    review: ReviewPolicy = ReviewPolicy()

    def community(self) -> tuple[Member, ...]:
        """Return the members with whom the reviewer community begins."""
        return tuple(person.member() for person in self.people if person.reviews)

    def practice(self, coach: Coach | None = None) -> Practice:
        """Return how this organisation reviews; the coach has its rules, nobody coaches without."""
        return Practice(
            wanted=self.review.reviewers,
            by_severity=self.review.reviewers_by_severity,
            capacity=self.review.capacity,
            recent=timedelta(days=self.review.recent_days),
            timezone=self.organisation.timezone,
            approvals=self.review.approvals,
            approvals_by_severity=self.review.approvals_by_severity,
            checklist_required=self.review.checklist == "required",
            resolve_before_approval=self.review.resolve_before_approval,
            coaching=self._coaching(coach),
        )

    def _coaching(self, coach: Coach | None) -> Coaching:
        said = self.review.coaching
        return Coaching(
            coach=coach if said.check else None,
            names={person.email: person.name for person in self.people},
            mail=said.mail == "daily",
            quiet=timedelta(minutes=said.quiet_minutes),
            block=said.block,
        )
