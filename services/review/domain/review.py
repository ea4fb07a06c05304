"""What review knows of one postmortem. Pure."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from pydantic import BaseModel, ConfigDict

from services.review.domain.attention import Attention, Meeting
from services.review.domain.coached import Coached
from services.review.domain.last_approved import LastApproved, last_of
from services.review.domain.states import State
from services.review.domain.turns import Turns
from shared.contracts.assigning import WhyNobody
from shared.contracts.events import ReviewersAssigned, Snapshot
from shared.contracts.threads import Thread
from shared.contracts.values import Approval, AskedReviewer


class PassedOnBecause(StrEnum):
    """Why a review is somebody's no more; `gone` and `away` keep nobody from being asked again when they are back."""

    DECLINED = "declined"
    HANDED_OVER = "handed_over"
    SILENT = "silent"
    BARRED = "barred"
    GONE = "gone"
    AWAY = "away"


LASTING = frozenset({PassedOnBecause.DECLINED, PassedOnBecause.HANDED_OVER, PassedOnBecause.SILENT})
"""For these reasons nobody is asked again for the same postmortem."""


class PassedOn(BaseModel):
    """That somebody was asked to review it, and is not any more; `reason` is in their own words, if they gave any."""

    model_config = ConfigDict(frozen=True)

    email: str
    because: PassedOnBecause
    reason: str = ""
    revision: int
    at: datetime


class Shortage(BaseModel):
    """That fewer reviewers were found than are wanted, and why."""

    model_config = ConfigDict(frozen=True)

    wanted: int
    found: int
    reasons: WhyNobody = WhyNobody()


class Review(BaseModel):
    """All that review knows of one postmortem; `draft` is the newest revision it has heard of.

    `requested` is the revision that was submitted last, `merged` the last one that another postmortem made void.
    `turns` tell who was ever asked, and what became of it.
    Each withdrawn approval begins an `approval_round`; `last_approved` is what each person approved last, whatever
    became of that. `threads` are all remarks that were made, the oldest first.
    `passed_on`: who was asked and is not any more; `shortage`: what was lacking when reviewers were last looked for, at
    `sought_at`.
    """

    model_config = ConfigDict(frozen=True)

    state: State = State.WAITING
    draft: Snapshot
    reviewers: tuple[AskedReviewer, ...] = ()
    approvals: tuple[Approval, ...] = ()
    needed: int = 0
    requested: int = 0
    merged: int = 0
    turns: Turns = ()
    coached: Coached = Coached()
    approval_round: int = 0
    last_approved: tuple[LastApproved, ...] = ()
    threads: tuple[Thread, ...] = ()
    passed_on: tuple[PassedOn, ...] = ()
    shortage: Shortage | None = None
    sought_at: datetime | None = None

    @property
    def declined(self) -> frozenset[str]:
        """Return who is not asked again."""
        return frozenset(each.email for each in self.passed_on if each.because in LASTING)

    meeting: Meeting | None = None
    attention: Attention = Attention()

    def changed(self, **fields: Any) -> Self:
        """Return a copy with other values."""
        return self.model_copy(update=fields)


def snapshot_of(draft: Snapshot) -> Snapshot:
    """Return the snapshot alone, without what its event adds."""
    return Snapshot(**{name: getattr(draft, name) for name in Snapshot.model_fields})


def assigned(review: Review, now: datetime) -> ReviewersAssigned:
    """Return the news of who reviews it, which revision each of them approved last, and how many have to approve."""
    return ReviewersAssigned(
        postmortem_id=review.draft.postmortem_id,
        revision=review.draft.revision,
        reviewers=tuple(_with_last(reviewer, review) for reviewer in review.reviewers),
        assigned_at=now,
        needed=review.needed or None,
    )


def _with_last(reviewer: AskedReviewer, review: Review) -> AskedReviewer:
    last = last_of(review.last_approved, reviewer.email)
    return reviewer.model_copy(update={"approved_revision": last.revision}) if last else reviewer
