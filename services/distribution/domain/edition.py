"""What was published once, and what is kept of it when a correction follows. Pure."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from services.distribution.domain.audience import Recipient
from shared.contracts.events import ReviewApproved


def _is_empty(value: object) -> bool:
    return not value


class FrozenAudience(BaseModel):
    """Under which id everybody who gets an edition is kept, and how many they are."""

    model_config = ConfigDict(frozen=True)

    id: str
    total: int


class Edition(BaseModel):
    """What was published: the frozen report, and the titles that lists had.

    `recipients` is everybody who gets it, from the decision until they are kept elsewhere, which `audience` tells; an
    edition of before there was such a place keeps them. `together` are the lists to which one mail goes, and their
    addresses. `restricted`: whether it was by then; `changes`: the titles of what reads otherwise than in what it
    corrects.
    """

    model_config = ConfigDict(frozen=True)

    revision: int
    content_hash: str
    published_at: datetime
    recipients: tuple[Recipient, ...] = Field(default=(), exclude_if=_is_empty)
    audience: FrozenAudience | None = Field(default=None, exclude_if=_is_empty)
    together: dict[str, str] = Field(default={}, exclude_if=_is_empty)
    restricted: bool = False
    correction_of: int | None = None
    changes: tuple[str, ...] = ()
    titles: dict[str, str] = {}

    @property
    def size(self) -> int:
        """Return how many people get it."""
        return self.audience.total if self.audience else len(self.recipients)


class Issue(BaseModel):
    """An edition that a correction has followed; its report is kept for as long as mails of it wait."""

    model_config = ConfigDict(frozen=True)

    edition: Edition
    approved: ReviewApproved | None
    completed: bool

    def settled(self) -> Issue:
        """Return it when none of its mails waits any more."""
        return Issue(edition=self.edition, approved=None, completed=True)
