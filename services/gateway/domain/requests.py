"""Who was asked to review a postmortem, and when they first answered: of this the statistics are made. Pure.

Of each person the earliest of everything counts, so that the order of the facts does not matter. A comment alone is no
answer. What counts is the first time: whoever is asked again after an edit, or for a correction, has answered before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from pydantic import BaseModel, ConfigDict

from shared.contracts.base import Message
from shared.contracts.events import ApprovalGiven, ChangesRequested, ReviewApproved, ReviewersAssigned

NEVER = datetime.max.replace(tzinfo=UTC)


class Request(BaseModel):
    """One person's part; who was never asked, as an admin, has no `asked_at`. `due`: until when, as first asked."""

    model_config = ConfigDict(frozen=True)

    email: str
    asked_at: datetime | None = None
    due: datetime | None = None
    answered_at: datetime | None = None


Requests = tuple[Request, ...]


def heard(requests: Requests, event: Message) -> Requests:
    """Return what is known of everybody's part after one more fact."""
    told = list(_told(event))
    if not told:
        return requests
    known = {request.email: request for request in requests}
    for news in told:
        known[news.email] = _joined(known.get(news.email, news), news)
    return tuple(known[email] for email in sorted(known))


def _told(event: Message) -> Iterator[Request]:
    match event:
        case ReviewersAssigned():
            for asked in event.reviewers:
                yield Request(email=asked.email, asked_at=asked.asked_at or event.assigned_at, due=asked.due)
        case ApprovalGiven() | ReviewApproved():
            yield from (Request(email=each.email, answered_at=each.at) for each in event.approvals)
        case ChangesRequested():
            yield Request(email=event.reviewer.email, answered_at=event.at)


def _joined(known: Request, news: Request) -> Request:
    first = min(known, news, key=lambda each: (each.asked_at or NEVER, each.due or NEVER))
    answered = _earliest((known.answered_at, news.answered_at))
    return first.model_copy(update={"answered_at": answered})


def _earliest(times: Iterable[datetime | None]) -> datetime | None:
    return min((at for at in times if at), default=None)
