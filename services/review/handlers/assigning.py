"""Who reviews, said by people: load, decide, commit."""

from __future__ import annotations

from services.review import domain
from services.review.handlers.pool import pool
from services.review.ports import Deps
from shared.contracts.assigning import ClaimReview, DeclineReview, HandOverReview
from shared.contracts.decision import Reply
from shared.messaging.envelope import Received


async def do_claim(command: Received[ClaimReview], deps: Deps) -> Reply | None:
    """Let somebody review who says so."""
    review, now = await deps.reviews.load(command), deps.clock.now()
    decision = domain.claim(review.state, command.data, await pool(deps, now), deps.practice, now)
    return await deps.reviews.commit(review, decision, command)


async def do_decline(command: Received[DeclineReview], deps: Deps) -> Reply | None:
    """Ask another instead of who declines."""
    review, now = await deps.reviews.load(command), deps.clock.now()
    decision = domain.decline(review.state, command.data, await pool(deps, now), deps.practice, now)
    return await deps.reviews.commit(review, decision, command)


async def do_hand_over(command: Received[HandOverReview], deps: Deps) -> Reply | None:
    """Ask whom somebody names instead of them."""
    review, now = await deps.reviews.load(command), deps.clock.now()
    decision = domain.hand_over(review.state, command.data, await pool(deps, now), deps.practice, now)
    return await deps.reviews.commit(review, decision, command)
