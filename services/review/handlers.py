"""What review hears: load, decide, commit."""

from __future__ import annotations

from datetime import datetime

from services.review import domain
from services.review.domain import Member, PolicyRead
from services.review.ports import Deps
from shared.contracts.base import derived_id
from shared.contracts.commands import GiveVerdict
from shared.contracts.community import PutReviewer
from shared.contracts.decision import Reply
from shared.contracts.events import Published, ReviewRequested, Snapshot
from shared.contracts.merging import PostmortemMerged
from shared.messaging.documents import NotYet
from shared.messaging.envelope import Received
from shared.messaging.inbox import Handlers


async def on_draft(event: Received[Snapshot], deps: Deps) -> Reply | None:
    """Keep the newest revision in mind, who may see it, and whether it is wanted at all."""
    review = await deps.reviews.load(event)
    now = deps.clock.now()
    decision = domain.follow_draft(review.state, event.data, now)
    if domain.has_other_readers(review.state, decision.state):
        workload, community = await deps.workloads.workload(), await _available(deps, now)
        decision = domain.ask_more(decision, community, workload, deps.wanted, now)
    return await deps.reviews.commit(review, decision, event)


async def on_review_requested(event: Received[ReviewRequested], deps: Deps) -> Reply | None:
    """Name the reviewers."""
    review = await deps.reviews.load(event)
    workload, now = await deps.workloads.workload(), deps.clock.now()
    community = await _available(deps, now)
    decision = domain.open_review(review.state, event.data, community, workload, deps.wanted, now)
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


async def on_merged(event: Received[PostmortemMerged], deps: Deps) -> Reply | None:
    """End the review. Raises: NotYet when nobody has told of a draft."""
    review = await deps.reviews.load(event)
    if review.state is None:
        raise NotYet(event.subject)
    return await deps.reviews.commit(review, domain.hear_merged(review.state, event.data), event)


async def do_put_reviewer(command: Received[PutReviewer], deps: Deps) -> Reply | None:
    """Take in a member, or change one."""
    membership = await deps.memberships.load(command)
    decision = domain.put_reviewer(membership.state, command.data)
    return await deps.memberships.commit(membership, decision, command)


async def follow_policy(deps: Deps) -> None:
    """Bring the community up to the policy file, before anything is heard; safe to repeat.

    Raises: Conflict, AlreadyHandled when another process is at it too: then do it again.
    """
    for said in domain.read_policy(deps.policy, await deps.community.members()):
        id = derived_id(said.subject, said.name, said.model_dump_json())
        await _follow(Received(id=id, name=said.name, data=said, correlation_id=id), deps)


async def _follow(said: Received[PolicyRead], deps: Deps) -> None:
    membership = await deps.memberships.load(said)
    await deps.memberships.commit(membership, domain.follow_policy(membership.state, said.data), said)


async def _available(deps: Deps, now: datetime) -> tuple[Member, ...]:
    """Those who can be asked now: neither gone nor away."""
    return domain.available(await deps.community.members(), now)


HANDLERS: Handlers[Deps] = {
    "DraftCreated.v1": on_draft,
    "DraftRevised.v1": on_draft,
    "AccessChanged.v1": on_draft,
    "PostmortemSkipped.v1": on_draft,
    "PostmortemRequired.v1": on_draft,
    "CorrectionWithdrawn.v1": on_draft,
    "ReviewRequested.v1": on_review_requested,
    "Published.v1": on_published,
    "PostmortemMerged.v1": on_merged,
    "review.GiveVerdict.v1": do_give_verdict,
    "review.PutReviewer.v1": do_put_reviewer,
}
