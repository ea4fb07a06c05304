"""What review hears: load, decide, commit."""

from __future__ import annotations

from services.review import domain
from services.review.ports import Deps
from shared.contracts.commands import GiveVerdict
from shared.contracts.decision import Reply
from shared.contracts.events import AccessChanged, DraftCreated, DraftRevised, Published, ReviewRequested
from shared.messaging.envelope import Received
from shared.messaging.inbox import Handlers


async def on_draft(
    event: Received[DraftCreated] | Received[DraftRevised] | Received[AccessChanged], deps: Deps
) -> Reply | None:
    """Keep the newest revision in mind, and who may see it."""
    review = await deps.reviews.load(event)
    now = deps.clock.now()
    decision = domain.follow_draft(review.state, event.data, now)
    if domain.has_other_readers(review.state, decision.state):
        workload = await deps.workloads.workload()
        decision = domain.ask_more(decision, deps.community, workload, deps.wanted, now)
    return await deps.reviews.commit(review, decision, event)


async def on_review_requested(event: Received[ReviewRequested], deps: Deps) -> Reply | None:
    """Name the reviewers."""
    review = await deps.reviews.load(event)
    workload = await deps.workloads.workload()
    decision = domain.open_review(review.state, event.data, deps.community, workload, deps.wanted, deps.clock.now())
    return await deps.reviews.commit(review, decision, event)


async def do_give_verdict(command: Received[GiveVerdict], deps: Deps) -> Reply | None:
    """Take a reviewer's word."""
    review = await deps.reviews.load(command)
    decision = domain.give_verdict(review.state, command.data, deps.clock.now())
    return await deps.reviews.commit(review, decision, command)


async def on_published(event: Received[Published], deps: Deps) -> Reply | None:
    """Close the review."""
    review = await deps.reviews.load(event)
    return await deps.reviews.commit(review, domain.close(review.state, event.data), event)


HANDLERS: Handlers[Deps] = {
    "DraftCreated.v1": on_draft,
    "DraftRevised.v1": on_draft,
    "AccessChanged.v1": on_draft,
    "ReviewRequested.v1": on_review_requested,
    "Published.v1": on_published,
    "review.GiveVerdict.v1": do_give_verdict,
}
