"""What review knows of one postmortem. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self

from pydantic import BaseModel, ConfigDict

from services.review.domain.attention import Attention, Meeting
from services.review.domain.states import State
from services.review.domain.turns import Turns
from shared.contracts.events import ReviewersAssigned, Snapshot
from shared.contracts.values import Approval, AskedReviewer


class Review(BaseModel):
    """All that review knows of one postmortem; `draft` is the newest revision it has heard of.

    `requested` is the revision that was submitted last, `merged` the last one that another postmortem made void.
    `turns` tell who was ever asked, and what became of it.
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
    meeting: Meeting | None = None
    attention: Attention = Attention()

    def changed(self, **fields: Any) -> Self:
        """Return a copy with other values."""
        return self.model_copy(update=fields)


def snapshot_of(draft: Snapshot) -> Snapshot:
    """Return the snapshot alone, without what its event adds."""
    return Snapshot(**{name: getattr(draft, name) for name in Snapshot.model_fields})


def assigned(review: Review, now: datetime) -> ReviewersAssigned:
    """Return the news of who reviews it."""
    return ReviewersAssigned(
        postmortem_id=review.draft.postmortem_id,
        revision=review.draft.revision,
        reviewers=review.reviewers,
        assigned_at=now,
    )
