"""What was published once, and what is kept of it when a correction follows. Pure."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from services.distribution.domain.audience import Recipient
from shared.contracts.events import ReviewApproved


class Edition(BaseModel):
    """What was published: the frozen report, everybody who gets it, and the titles that their lists had.

    `restricted`: whether it was by then; `changes`: the titles of what reads otherwise than in what it corrects.
    """

    model_config = ConfigDict(frozen=True)

    revision: int
    content_hash: str
    published_at: datetime
    recipients: tuple[Recipient, ...]
    restricted: bool = False
    correction_of: int | None = None
    changes: tuple[str, ...] = ()
    titles: dict[str, str] = {}


class Issue(BaseModel):
    """An edition that a correction has followed; its report is kept for as long as mails of it wait."""

    model_config = ConfigDict(frozen=True)

    edition: Edition
    approved: ReviewApproved | None
    completed: bool

    def settled(self) -> Issue:
        """Return it when none of its mails waits any more."""
        return Issue(edition=self.edition, approved=None, completed=True)
