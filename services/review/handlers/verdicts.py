"""What reviewers say, and what is answered: load, decide, commit."""

from __future__ import annotations

from services.review import domain
from services.review.ports import Deps
from shared.contracts.commands import GiveVerdict
from shared.contracts.decision import Reply
from shared.contracts.threads import ReopenThread, ReplyToThread, ResolveThread
from shared.contracts.verdicts import WithdrawApproval
from shared.messaging.envelope import Received


async def do_give_verdict(command: Received[GiveVerdict], deps: Deps) -> Reply | None:
    """Take a reviewer's word."""
    review = await deps.reviews.expect(command)
    members = tuple(each.reviewer for each in await deps.community.members())
    decision = domain.give_verdict(review.state, command.data, deps.clock.now(), deps.practice, members)
    return await deps.reviews.commit(review, domain.hear_word(decision, command.data.actor.email), command)


async def do_withdraw_approval(command: Received[WithdrawApproval], deps: Deps) -> Reply | None:
    """Take a reviewer's approval back."""
    review = await deps.reviews.expect(command)
    decision = domain.withdraw_approval(review.state, command.data, deps.practice, deps.clock.now())
    return await deps.reviews.commit(review, decision, command)


async def do_change_thread(
    command: Received[ReplyToThread] | Received[ResolveThread] | Received[ReopenThread], deps: Deps
) -> Reply | None:
    """Answer in a thread, settle it, or open it again."""
    review = await deps.reviews.expect(command)
    decision = domain.change_thread(review.state, command.data, deps.practice, deps.clock.now())
    return await deps.reviews.commit(review, decision, command)
