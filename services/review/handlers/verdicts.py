"""What reviewers say: load, decide, commit."""

from __future__ import annotations

from services.review import domain
from services.review.ports import Deps
from shared.contracts.commands import GiveVerdict
from shared.contracts.decision import Reply
from shared.messaging.envelope import Received


async def do_give_verdict(command: Received[GiveVerdict], deps: Deps) -> Reply | None:
    """Take a reviewer's word."""
    review = await deps.reviews.load(command)
    decision = domain.give_verdict(review.state, command.data, deps.clock.now())
    return await deps.reviews.commit(review, domain.hear_word(decision, command.data.actor.email), command)
