"""Several notices that come to one person as one mail, and which of them say what is most urgent. Pure."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from services.distribution.domain.told import Notice

URGENCY: dict[str, int | None] = {
    "draft_late": 0,
    "item_late": 0,
    "review_late": 0,
    "draft_due": 1,
    "item_due": 1,
    "review_due": 1,
    "changes_requested": 1,
    "owner_assigned": 2,
    "review_asked": 2,
    "review_again": 2,
    "reviewers_wanted": 2,
    "coaching": 3,
    "review_passed_on": 3,
    "address_suppressed": 3,
    "pre_read": None,
    "review_escalated": None,
    "submit_due": None,
    "meeting_invitation": None,
    "meeting_moved": None,
    "meeting_cancelled": None,
}
"""How early each kind stands in a mail of several; None: it waits for no others.

What a calendar program reads needs a mail of its own, and where a meeting is near an hour may be too long. A kind that
is not here waits for no others either.
"""
LAST = 9


class Gathered(BaseModel):
    """Notices to one person that left together at a time, each of them whole."""

    model_config = ConfigDict(frozen=True)

    id: str
    at: datetime
    notices: tuple[Notice, ...]

    @property
    def about(self) -> frozenset[str]:
        """Return the ids of the postmortems that they are about."""
        return frozenset(notice.fact.postmortem_id for notice in self.notices)


def by_urgency(notice: Notice) -> tuple[int, datetime, str]:
    """Return where a notice stands among others: what is late first, then what is due next."""
    urgency = URGENCY.get(notice.kind)
    return LAST if urgency is None else urgency, notice.due or notice.at, notice.id
