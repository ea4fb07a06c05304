"""The messages about who reviews one postmortem: taken, declined, handed over, and that too few were found."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field, StringConstraints

from shared.contracts.base import NOT_BLANK, BaseMessage, Email, Message, Moment, Value
from shared.contracts.commands import BaseCommand, Command

WhyNot = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500), NOT_BLANK]
"""Why somebody does not review, in their words."""


class ClaimReview(Command):
    """Say "I do it", asked for or not; an admin names a `reviewer` instead."""

    room: ClassVar[str] = "review"
    name: ClassVar[str] = "ClaimReview.v1"
    reviewer: Email | None = None


class DeclineReview(Command):
    """Say that one does not review it, so that another is asked; an admin says it of a `reviewer`."""

    room: ClassVar[str] = "review"
    name: ClassVar[str] = "DeclineReview.v1"
    reason: WhyNot
    reviewer: Email | None = None


class HandOverReview(Command):
    """Let another member review instead of the actor; an admin does it for a `reviewer`."""

    room: ClassVar[str] = "review"
    name: ClassVar[str] = "HandOverReview.v1"
    to: Email
    reason: WhyNot
    reviewer: Email | None = None


class WhyNobody(Value):
    """How many members could not be asked, and why: each is counted once, nobody is named.

    `barred` by the separation of duties or as no reader; `unpaired`: who is learning needs somebody experienced.
    """

    declined: int = Field(default=0, ge=0)
    barred: int = Field(default=0, ge=0)
    away: int = Field(default=0, ge=0)
    full: int = Field(default=0, ge=0)
    asleep: int = Field(default=0, ge=0)
    unpaired: int = Field(default=0, ge=0)


class ReviewersWanted(Message):
    """Fewer reviewers were found than are wanted. Said by review, once a change of how many there are."""

    name: ClassVar[str] = "ReviewersWanted.v1"
    revision: int = Field(ge=1)
    wanted: int = Field(ge=1)
    found: int = Field(ge=0)
    reasons: WhyNobody = WhyNobody()
    at: Moment


COMMANDS: tuple[type[BaseCommand], ...] = (ClaimReview, DeclineReview, HandOverReview)
EVENTS: tuple[type[BaseMessage], ...] = (ReviewersWanted,)
