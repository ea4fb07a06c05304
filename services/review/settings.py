"""What may be set from outside: the common settings, and the community in the policy file."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from services.review.domain import Member, Practice
from shared.contracts.base import Email, Line, Severity, Token
from shared.settings import RoomSettings


class Settings(RoomSettings):
    """Review needs nothing beyond what every room needs."""


class PolicyPerson(BaseModel):
    """A person of the policy file; `reviews` says that they belong to the community."""

    model_config = ConfigDict(extra="ignore")

    name: Line
    email: Email
    reviews: bool = False
    services: tuple[Token, ...] = Field(default=(), max_length=100)


class ReviewPolicy(BaseModel):
    """`[review]`: how many reviewers a postmortem gets."""

    reviewers: int = Field(default=2, ge=1, le=10)
    reviewers_by_severity: dict[Severity, Annotated[int, Field(ge=1, le=10)]] = {}


class Policy(BaseModel):
    """What review reads of the policy file."""

    people: tuple[PolicyPerson, ...] = ()
    review: ReviewPolicy = ReviewPolicy()

    def community(self) -> tuple[Member, ...]:
        """Return the members with whom the reviewer community begins."""
        return tuple(Member(name=p.name, email=p.email, services=p.services) for p in self.people if p.reviews)

    def practice(self) -> Practice:
        """Return how this organisation reviews."""
        return Practice(wanted=self.review.reviewers, by_severity=self.review.reviewers_by_severity)
