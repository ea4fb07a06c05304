"""What people say of remarks: load, decide, commit."""

from __future__ import annotations

from services.review import domain
from services.review.ports import Deps
from shared.contracts.coaching import DismissRemark, RestoreRemark
from shared.contracts.decision import Reply
from shared.messaging.envelope import Received


async def do_dismiss_remark(command: Received[DismissRemark], deps: Deps) -> Reply | None:
    """Let a remark not count."""
    review = await deps.reviews.expect(command)
    decision = domain.dismiss_remark(review.state, command.data, deps.clock.now())
    return await deps.reviews.commit(review, decision, command)


async def do_restore_remark(command: Received[RestoreRemark], deps: Deps) -> Reply | None:
    """Let a remark count again."""
    review = await deps.reviews.expect(command)
    decision = domain.restore_remark(review.state, command.data, deps.clock.now())
    return await deps.reviews.commit(review, decision, command)
