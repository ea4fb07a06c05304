"""Who reviews, said by people: load, decide, commit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from services.review import domain
from services.review.domain import Pool, Practice, Review
from services.review.handlers.pool import pool
from services.review.ports import Deps
from shared.contracts.assigning import ClaimReview, DeclineReview, HandOverReview
from shared.contracts.decision import Decision, Reply
from shared.messaging.envelope import Received

Act = Callable[[Review | None, Any, Pool, Practice, datetime], Decision[Review | None]]


async def do_claim(command: Received[ClaimReview], deps: Deps) -> Reply | None:
    """Let somebody review who says so."""
    return await _do(domain.claim, command, deps)


async def do_decline(command: Received[DeclineReview], deps: Deps) -> Reply | None:
    """Ask another instead of who declines."""
    return await _do(domain.decline, command, deps)


async def do_hand_over(command: Received[HandOverReview], deps: Deps) -> Reply | None:
    """Ask whom somebody names instead of them."""
    return await _do(domain.hand_over, command, deps)


async def _do(act: Act, command: Received[Any], deps: Deps) -> Reply | None:
    review, now = await deps.reviews.expect(command), deps.clock.now()
    known = await pool(deps, now)
    decision = act(review.state, command.data, known, deps.practice, now)
    if decision.state:
        decision = replace(decision, state=domain.with_clocks(decision.state, known))
    return await deps.reviews.commit(review, decision, command)
