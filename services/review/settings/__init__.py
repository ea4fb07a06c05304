"""What may be set from outside: the common settings, and the community in the policy file."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from services.review.domain import Coaching, Member, Practice, Timing
from services.review.domain.coaching import Coach
from services.review.domain.practice import AWAKE
from services.review.settings.organisation import Organisation
from services.review.settings.timing import ReviewHours, ReviewReminders
from shared.contracts.availability import Hours
from shared.contracts.base import Email, Line, Owner, Severity, Token
from shared.contracts.commands import Role
from shared.contracts.community import Capacity, Known, Level
from shared.contracts.zones import Zone
from shared.settings import RoomSettings


class Settings(RoomSettings):
    """Review needs nothing beyond what every room needs."""


class PolicyPerson(BaseModel):
    """A person of the policy file; `reviews` says that they belong to the community.

    `team` counts for the separation of duties, whether or not somebody reviews.
    """

    model_config = ConfigDict(extra="ignore")

    name: Line
    email: Email
    role: Role = Role.ENGINEER
    reviews: bool = False
    services: Known = ()
    skills: Known = ()
    capacity: Capacity | None = None
    level: Level = Level.EXPERIENCED
    team: Token | None = None
    timezone: Zone | None = None

    def member(self) -> Member:
        """Return the person as a member of the community."""
        return Member.model_validate(self.model_dump(exclude={"reviews", "role"}))


class Roster(BaseModel):
    """`[review.roster]`: the groups of the OpenID provider whose people belong to the community."""

    model_config = ConfigDict(extra="forbid")

    groups: tuple[Line, ...] = Field(default=(), max_length=100)


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

    Without `approvals` all who are asked have to approve. `coaching`: how texts are coached; `reminders` and `hours`:
    when reviews are due and people are told.

    `capacity`: open reviews of one person, unless they say otherwise; `least_hours` of their day before it is due,
    which is never sooner than `ask_hours` from now; `awake`: the day of whoever has told none. `same_team`: false
    for nobody of the teams of all who were in it, true for anybody; left out, only the owner's does not review it.
    """

    reviewers: int = Field(default=2, ge=1, le=10)
    reviewers_by_severity: dict[Severity, Annotated[int, Field(ge=1, le=10)]] = {}
    same_team: bool | None = None
    capacity: int = Field(default=5, ge=1, le=1_000)
    recent_days: int = Field(default=90, ge=1, le=730)
    roster: Roster = Roster()
    approvals: int | None = Field(default=None, ge=1, le=10)
    approvals_by_severity: dict[Severity, Annotated[int, Field(ge=1, le=10)]] = {}
    checklist: Literal["optional", "required"] = "optional"
    resolve_before_approval: bool = False
    coaching: CoachingPolicy = CoachingPolicy()
    least_hours: float = Field(default=2, ge=0, le=24)
    ask_hours: float = Field(default=24, ge=1, le=720)
    awake: Hours = AWAKE
    knowledge_lead: int = Field(default=2, ge=0, le=100)
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

    def practice(self, coach: Coach | None = None) -> Practice:
        """Return how this organisation reviews; the coach has its rules."""
        review, timing = self.review, self._timing()
        return Practice(
            wanted=review.reviewers,
            by_severity=review.reviewers_by_severity,
            capacity=review.capacity,
            recent=timedelta(days=review.recent_days),
            least_hours=review.least_hours,
            ask_hours=review.ask_hours,
            awake=review.awake,
            timezone=self.organisation.timezone,
            approvals=review.approvals,
            approvals_by_severity=review.approvals_by_severity,
            checklist_required=review.checklist == "required",
            resolve_before_approval=review.resolve_before_approval,
            coaching=self._coaching(coach),
            is_free=timing.hours.is_free,
            same_team=review.same_team,
            teams={person.email: person.team for person in self.people if person.team},
            knowledge_lead=review.knowledge_lead,
            admins=tuple(Owner(name=p.name, email=p.email) for p in self.people if p.role is Role.ADMIN),
            timing=timing,
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

    def _timing(self) -> Timing:
        zones = {person.email: person.timezone for person in self.people if person.timezone}
        hours = self.review.hours.hours(self.organisation)
        return self.review.reminders.timing(hours, self.organisation.timezone, zones)
