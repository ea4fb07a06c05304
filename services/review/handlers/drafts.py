"""What drafting and distribution tell of a postmortem: load, decide, commit."""

from __future__ import annotations

from services.review import domain
from services.review.handlers.pool import pool
from services.review.ports import Deps
from shared.contracts.decision import Reply
from shared.contracts.events import Published, ReviewRequested, Snapshot
from shared.contracts.merging import PostmortemMerged
from shared.messaging.documents import NotYet
from shared.messaging.envelope import Received


async def on_draft(event: Received[Snapshot], deps: Deps) -> Reply | None:
    """Keep the newest revision in mind, who may see it, and whether it is wanted at all."""
    review = await deps.reviews.expect(event)
    now = deps.clock.now()
    decision = domain.follow_draft(review.state, event.data, now)
    if domain.has_other_readers(review.state, decision.state):
        known = await pool(deps, now)
        decision = domain.know_clocks(domain.ask_more(decision, known, deps.practice, now), known)
    return await deps.reviews.commit(review, decision, event)


async def on_review_requested(event: Received[ReviewRequested], deps: Deps) -> Reply | None:
    """Name the reviewers."""
    review = await deps.reviews.expect(event)
    now = deps.clock.now()
    known = await pool(deps, now)
    decision = domain.open_review(review.state, event.data, known, deps.practice, now)
    return await deps.reviews.commit(review, domain.know_clocks(decision, known), event)


async def on_published(event: Received[Published], deps: Deps) -> Reply | None:
    """Close the review."""
    review = await deps.reviews.expect(event)
    return await deps.reviews.commit(review, domain.close(review.state, event.data), event)


async def on_merged(event: Received[PostmortemMerged], deps: Deps) -> Reply | None:
    """End the review. Raises: NotYet when nobody has told of a draft."""
    review = await deps.reviews.expect(event)
    if review.state is None:
        raise NotYet(event.subject)
    return await deps.reviews.commit(review, domain.hear_merged(review.state, event.data), event)
