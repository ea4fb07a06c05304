"""Who is asked to review a postmortem, as far as distribution knows. Pure."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from shared.contracts.events import ReviewersAssigned
from shared.contracts.review_notices import ReviewNotice, ReviewNoticeKind

OF_REVIEWERS = frozenset(
    {
        ReviewNoticeKind.REVIEW_ASKED,
        ReviewNoticeKind.REVIEW_AGAIN,
        ReviewNoticeKind.REVIEW_DUE,
        ReviewNoticeKind.REVIEW_LATE,
    }
)
"""What is told to whoever is asked to review, and to nobody who is asked no more."""


class FirstAsked(BaseModel):
    """By which fact somebody was asked first, and when: later mails of the review continue that one."""

    model_config = ConfigDict(frozen=True)

    fact: str
    email: str
    at: datetime


class Asked(BaseModel):
    """The reviewers of the newest word that was heard of them (`at`), and who was told first by which fact."""

    model_config = ConfigDict(frozen=True)

    at: datetime | None = None
    reviewers: frozenset[str] = frozenset()
    first: tuple[FirstAsked, ...] = ()

    def hearing(self, event: ReviewersAssigned) -> Asked:
        """Return what is known with one more word of who reviews it, in whatever order they come."""
        if self.at and event.assigned_at < self.at:
            return self
        reviewers = frozenset(reviewer.email for reviewer in event.reviewers)
        return self.model_copy(update={"at": event.assigned_at, "reviewers": reviewers})

    def telling(self, id: str, fact: ReviewNotice) -> Asked:
        """Return what is known with one more notice: of each person the first that asked them."""
        if fact.kind is not ReviewNoticeKind.REVIEW_ASKED:
            return self
        told = FirstAsked(fact=id, email=fact.recipient.email, at=fact.at)
        first: dict[str, FirstAsked] = {}
        for each in (*self.first, told):
            first[each.email] = min(first.get(each.email, each), each, key=lambda known: (known.at, known.fact))
        return self.model_copy(update={"first": tuple(first[email] for email in sorted(first))})

    def thread(self, email: str) -> str | None:
        """Return the fact by which somebody was asked first."""
        return next((each.fact for each in self.first if each.email == email), None)

    def is_anothers(self, fact: ReviewNotice) -> bool:
        """Say whether whom a notice asks or reminds is asked no more: a word that is not older leaves them out."""
        if fact.kind not in OF_REVIEWERS or self.at is None or self.at < fact.at:
            return False
        return fact.recipient.email not in self.reviewers
