"""What review knows of one postmortem. Pure."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from services.review.domain.states import State
from shared.contracts.events import Snapshot
from shared.contracts.values import Approval, Reviewer


class Review(BaseModel):
    """All that review knows of one postmortem; `draft` is the newest revision it has heard of.

    `requested` is the revision that was submitted last, `merged` the last one that another postmortem made void.
    """

    model_config = ConfigDict(frozen=True)

    state: State = State.WAITING
    draft: Snapshot
    reviewers: tuple[Reviewer, ...] = ()
    approvals: tuple[Approval, ...] = ()
    needed: int = 0
    requested: int = 0
    merged: int = 0
