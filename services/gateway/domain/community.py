"""What the community looks like as a whole, without anybody in it: its size, its answers, what it knows. Pure.

No figure tells of one person. People who are fewer than three are not counted (null), nor are those who are all but
one or two of the others; where three people were not asked, nothing is told of reviews; a service that one or two
know is told as null. Nobody at all is told as 0: that is the gap to see.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from statistics import mean, median

from pydantic import BaseModel, ConfigDict, Field

from services.gateway.domain.answers.shapes import example
from services.gateway.domain.view import View
from shared.contracts.community import Level, Member, is_away

FEWEST = 3
"""A group of fewer people is told of in no figure."""
EXAMPLE = {
    "since": "2026-01-01T00:00:00Z",
    "until": "2026-04-01T00:00:00Z",
    "members": {"active": 12, "away": 3, "by_level": {"learning": 3, "experienced": 6, "mentor": 3}},
    "reviews": {
        "asked": 40,
        "answered": 33,
        "open": 5,
        "passed_on": 2,
        "median_answer_s": 14_400,
        "answered_in_time": 0.94,
    },
    "services": [{"service": "checkout", "reviewers": 4}, {"service": "search", "reviewers": 0}],
}


class Part(BaseModel):
    """One person's part in the review of one postmortem."""

    model_config = ConfigDict(frozen=True)

    by: str
    asked_at: datetime
    due: datetime | None = None
    answered_at: datetime | None = None
    open: bool = False
    passed_on: bool = False


class MembersFigures(BaseModel):
    """How many belong to the community now; null: too few to be told."""

    active: int
    away: int | None = Field(description="Of the active ones, now.")
    by_level: dict[Level, int] | None = Field(description="The active ones; null when one of the groups is too small.")


class ReviewsFigures(BaseModel):
    """What became of the requests to review in this time: one postmortem that one person was asked to look at."""

    asked: int
    answered: int = Field(description="Approved, or asked for changes.")
    open: int = Field(description="Not answered, and still waited for.")
    passed_on: int = Field(description="Declined, handed over, or given to others, before there was an answer.")
    median_answer_s: int | None = Field(description="From being asked to the first answer, in seconds.")
    answered_in_time: float | None = Field(description="The share of those with a time to answer by that kept it.")


class Coverage(BaseModel):
    """How many active members know a service that had a postmortem; null: one or two."""

    service: str
    reviewers: int | None


class Statistics(BaseModel):
    """The community as a whole. `reviews` is null when fewer than three people were asked."""

    model_config = example(EXAMPLE)

    since: datetime
    until: datetime
    members: MembersFigures
    reviews: ReviewsFigures | None
    services: tuple[Coverage, ...] = Field(description="By name.")


def parts(view: View) -> tuple[Part, ...]:
    """Return everybody's part in a postmortem's review."""
    asked_now = {reviewer.email for reviewer in view.review.reviewers}
    is_open = view.status() == "in_review"
    return tuple(
        Part(
            by=each.email,
            asked_at=each.asked_at,
            due=each.due,
            answered_at=each.answered_at,
            open=each.answered_at is None and is_open and each.email in asked_now,
            passed_on=each.answered_at is None and each.email not in asked_now,
        )
        for each in view.review.requests
        if each.asked_at
    )


def statistics(
    members: Iterable[Member],
    asked: Sequence[Part],
    services: Collection[str],
    since: datetime,
    until: datetime,
    zone: str,
) -> Statistics:
    """Put together the community of `until`, and what it was asked since; `zone` is where the days of most begin."""
    active = [member for member in members if member.active]
    return Statistics(
        since=since,
        until=until,
        members=_members(active, until, zone),
        reviews=_reviews(asked, until) if len({part.by for part in asked}) >= FEWEST else None,
        services=tuple(_coverage(service, active) for service in sorted(services)),
    )


def _members(active: Sequence[Member], now: datetime, zone: str) -> MembersFigures:
    levels = Counter(member.level for member in active)
    by_level = {level: levels[level] for level in Level}
    is_told = all(_is_told(count, len(active)) for count in by_level.values())
    away = sum(is_away(member, now, zone) for member in active)
    return MembersFigures(
        active=len(active), away=away if _is_told(away, len(active)) else None, by_level=by_level if is_told else None
    )


def _is_told(count: int, of: int) -> bool:
    """Say whether neither this group nor the rest of the whole is one or two people."""
    return not (0 < count < FEWEST or 0 < of - count < FEWEST)


def _reviews(asked: Sequence[Part], now: datetime) -> ReviewsFigures:
    answered = [(part.by, (part.answered_at - part.asked_at).total_seconds()) for part in asked if part.answered_at]
    timed = [(part.by, _is_in_time(part)) for part in asked if _is_decided(part, now)]
    return ReviewsFigures(
        asked=len(asked),
        answered=len(answered),
        open=sum(part.open for part in asked),
        passed_on=sum(part.passed_on for part in asked),
        median_answer_s=round(max(0.0, median(took for _, took in answered))) if _are_enough(answered) else None,
        answered_in_time=round(mean(kept for _, kept in timed), 2) if _are_enough(timed) else None,
    )


def _are_enough(figures: Sequence[tuple[str, float]]) -> bool:
    """Say whether figures of so many people are there that they tell of nobody."""
    return len({person for person, _ in figures}) >= FEWEST


def _is_decided(part: Part, now: datetime) -> bool:
    """Say whether it is known if an answer came in time; of who was let go before, nobody wanted one."""
    return part.due is not None and not part.passed_on and (part.answered_at is not None or part.due <= now)


def _is_in_time(part: Part) -> bool:
    return part.answered_at is not None and part.due is not None and part.answered_at <= part.due


def _coverage(service: str, active: Iterable[Member]) -> Coverage:
    count = sum(service in member.services for member in active)
    return Coverage(service=service, reviewers=count if count == 0 or count >= FEWEST else None)
