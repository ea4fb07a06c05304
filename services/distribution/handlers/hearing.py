"""What distribution hears of a postmortem: load, decide, commit."""

from __future__ import annotations

from dataclasses import replace

from services.distribution import domain
from services.distribution.handlers.audiences import frozen, who_got
from services.distribution.handlers.keeping import keep
from services.distribution.handlers.terms import terms_now
from services.distribution.ports import Deps
from shared.contracts.decision import Reply
from shared.contracts.events import (
    ActionItemAdded,
    MeetingCancelled,
    MeetingEnded,
    MeetingScheduled,
    ReviewApproved,
    ReviewersAssigned,
    Snapshot,
)
from shared.contracts.merging import PostmortemMerged
from shared.contracts.verdicts import ApprovalWithdrawn
from shared.messaging.envelope import Received


async def on_draft(event: Received[Snapshot], deps: Deps) -> Reply | None:
    """An edit voids an approval, and so does a skip; others may see it from now on."""
    publication = await deps.publications.expect(event)
    decision = domain.hear_edit(publication.state, event.data, deps.terms, deps.clock.now())
    return await keep(publication, decision, event, deps)


async def on_review_approved(event: Received[ReviewApproved], deps: Deps) -> Reply | None:
    """Keep the approved revision; a correction is published."""
    publication = await deps.publications.load(event)
    terms = deps.terms
    if event.data.correction_of is not None:
        terms = replace(await terms_now(deps), before=await who_got(publication.state, deps))
    decision = domain.hear_approval(publication.state, event.data, terms, deps.clock.now())
    decision = await frozen(decision, publication.key, deps)
    return await keep(publication, decision, event, deps)


async def on_approval_withdrawn(event: Received[ApprovalWithdrawn], deps: Deps) -> Reply | None:
    """What was approved before is void."""
    publication = await deps.publications.expect(event)
    decision = domain.hear_withdrawn(publication.state, event.data, deps.terms, deps.clock.now())
    return await keep(publication, decision, event, deps)


async def on_merged(event: Received[PostmortemMerged], deps: Deps) -> Reply | None:
    """Publish nothing of it any more."""
    publication = await deps.publications.expect(event)
    decision = domain.hear_merged(publication.state, event.data, deps.terms, deps.clock.now())
    return await keep(publication, decision, event, deps)


async def on_meeting_ended(event: Received[MeetingEnded], deps: Deps) -> Reply | None:
    """The grace period begins."""
    publication = await deps.publications.expect(event)
    decision = domain.hear_meeting_ended(publication.state, event.data, deps.terms, deps.clock.now())
    return await keep(publication, decision, event, deps)


async def on_meeting(event: Received[MeetingScheduled | MeetingCancelled], deps: Deps) -> Reply | None:
    """Keep in mind when it is met, and whether at all."""
    publication = await deps.publications.expect(event)
    decision = domain.hear_meeting(publication.state, event.data, deps.terms, deps.clock.now())
    return await keep(publication, decision, event, deps)


async def on_item(event: Received[ActionItemAdded], deps: Deps) -> Reply | None:
    """Keep an action item; the last one that is filed closes the postmortem."""
    publication = await deps.publications.expect(event)
    decision = domain.hear_item(publication.state, event.data, deps.terms, deps.clock.now())
    return await keep(publication, decision, event, deps)


async def on_reviewers_assigned(event: Received[ReviewersAssigned], deps: Deps) -> Reply | None:
    """Keep in mind who reviews it."""
    publication = await deps.publications.expect(event)
    decision = domain.hear_reviewers(publication.state, event.data, deps.terms, deps.clock.now())
    return await keep(publication, decision, event, deps)
