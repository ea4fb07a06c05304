"""When it meets, and what is due: load, decide, commit."""

from __future__ import annotations

from dataclasses import replace

from services.review import domain
from services.review.domain import Review
from services.review.handlers.pool import pool
from services.review.ports import Deps
from shared.contracts.decision import Decision, Reply
from shared.contracts.events import MeetingCancelled, MeetingScheduled
from shared.messaging.documents import NotYet
from shared.messaging.envelope import Received
from shared.messaging.timers import Due


async def on_meeting(event: Received[MeetingScheduled] | Received[MeetingCancelled], deps: Deps) -> Reply | None:
    """Keep when it meets. Raises: NotYet when nobody has told of a draft."""
    review = await deps.reviews.expect(event)
    if review.state is None:
        raise NotYet(event.subject)
    decision = domain.hear_meeting(review.state, event.data, deps.clock.now())
    return await deps.reviews.commit(review, decision, event)


async def on_due(due: Received[Due], deps: Deps) -> Reply | None:
    """Its time has come: others are asked where somebody is away or silent, then people are told."""
    review = await deps.reviews.load(due)
    if review.state is None:
        return None
    looked = await _looked(review.state, deps)
    decision = domain.ring(looked.state, deps.practice, deps.clock.now())
    return await deps.reviews.commit(review, replace(decision, events=(*looked.events, *decision.events)), due)


async def _looked(review: Review, deps: Deps) -> Decision[Review]:
    """See whether everybody who reviews can do it, and is at it."""
    now = deps.clock.now()
    if not (domain.waiting(review) or domain.is_due(review, deps.practice, now)):
        return Decision(state=review)
    known = await pool(deps, now)
    return domain.look_at_reviewers(review, known, deps.practice, now)
