"""What drafting hears: load, decide, commit."""

from __future__ import annotations

from prometheus_client import Counter

from services.drafting import domain
from services.drafting.ports import Deps
from shared.contracts.base import derived_id
from shared.contracts.commands import (
    AddActionItem,
    ChangeActionItem,
    CorrectPostmortem,
    RevisePostmortem,
    SubmitForReview,
)
from shared.contracts.decision import Decision, Reply
from shared.contracts.events import ChangesRequested, IncidentReported, Published, ReviewApproved, ReviewersAssigned
from shared.contracts.importing import ImportPostmortem
from shared.contracts.merging import DeclineIncident, GiveIncidentBack, MergeIncident, TakeIncident, UnmergeIncident
from shared.contracts.moments import untimely
from shared.contracts.skipping import RequirePostmortem, SkipPostmortem
from shared.contracts.verdicts import ApprovalWithdrawn
from shared.contracts.withdrawing import WithdrawCorrection
from shared.messaging.documents import NotYet
from shared.messaging.envelope import Received
from shared.messaging.inbox import Handlers
from shared.messaging.retry import Permanent
from shared.messaging.timers import Due

PUBLICATIONS = Counter("afterword_publications", "first publications, by whether they met their deadline", ["timely"])


async def on_incident_reported(event: Received[IncidentReported], deps: Deps) -> Reply | None:
    """Take one incident event into the timeline. Raises: Permanent for a time or an amount that cannot be."""
    postmortem = await deps.postmortems.load(event)
    if wrong := untimely(event.data.occurred_at, deps.clock.now()):
        raise Permanent(f"occurred_at: {wrong}")
    if reason := domain.too_much(postmortem.state, event.data):
        raise Permanent(reason)
    decision = domain.follow_incident(postmortem.state, event.data, event.id, deps.guidance, deps.clock.now())
    return await deps.postmortems.commit(postmortem, decision, event)


async def on_due(due: Received[Due], deps: Deps) -> Reply | None:
    """The incident has been over for a while, or somebody is to be reminded."""
    postmortem = await deps.postmortems.load(due)
    if postmortem.state is None:
        return None
    decision = domain.ring(postmortem.state, deps.guidance, deps.clock.now())
    return await deps.postmortems.commit(postmortem, decision, due)


async def do_revise(command: Received[RevisePostmortem], deps: Deps) -> Reply | None:
    """Make a new revision."""
    postmortem = await deps.postmortems.expect(command)
    decision = domain.revise(postmortem.state, command.data, deps.guidance, deps.clock.now())
    return await deps.postmortems.commit(postmortem, decision, command)


async def do_submit(command: Received[SubmitForReview], deps: Deps) -> Reply | None:
    """Ask for review."""
    postmortem = await deps.postmortems.expect(command)
    decision = domain.submit(postmortem.state, command.data, deps.guidance, deps.clock.now())
    return await deps.postmortems.commit(postmortem, decision, command)


async def on_reviewers_assigned(event: Received[ReviewersAssigned], deps: Deps) -> Reply | None:
    """Its reviewers may see it."""
    postmortem = await deps.postmortems.expect(event)
    return await deps.postmortems.commit(postmortem, domain.hear_reviewers(postmortem.state, event.data), event)


async def do_correct(command: Received[CorrectPostmortem], deps: Deps) -> Reply | None:
    """Open a correction of what is published."""
    postmortem = await deps.postmortems.expect(command)
    decision = domain.correct(postmortem.state, command.data, deps.guidance, deps.clock.now())
    return await deps.postmortems.commit(postmortem, decision, command)


async def do_withdraw(command: Received[WithdrawCorrection], deps: Deps) -> Reply | None:
    """Give a correction up."""
    postmortem = await deps.postmortems.expect(command)
    decision = domain.withdraw(postmortem.state, command.data, deps.guidance, deps.clock.now())
    return await deps.postmortems.commit(postmortem, decision, command)


async def do_skip(command: Received[SkipPostmortem], deps: Deps) -> Reply | None:
    """There will be no postmortem."""
    postmortem = await deps.postmortems.expect(command)
    decision = domain.skip(postmortem.state, command.data, deps.clock.now())
    return await deps.postmortems.commit(postmortem, decision, command)


async def do_require(command: Received[RequirePostmortem], deps: Deps) -> Reply | None:
    """There will be one after all."""
    postmortem = await deps.postmortems.expect(command)
    decision = domain.require(postmortem.state, command.data, deps.guidance, deps.clock.now())
    return await deps.postmortems.commit(postmortem, decision, command)


async def do_add_item(command: Received[AddActionItem], deps: Deps) -> Reply | None:
    """Add an action item; its id follows from the command's."""
    postmortem = await deps.postmortems.expect(command)
    item_id = derived_id(command.id, "action item")
    decision = domain.add_item(postmortem.state, command.data, item_id, deps.guidance, deps.clock.now())
    return await deps.postmortems.commit(postmortem, decision, command)


async def do_change_item(command: Received[ChangeActionItem], deps: Deps) -> Reply | None:
    """Change an action item."""
    postmortem = await deps.postmortems.expect(command)
    decision = domain.change_item(postmortem.state, command.data, deps.guidance, deps.clock.now())
    return await deps.postmortems.commit(postmortem, decision, command)


async def on_review_approved(event: Received[ReviewApproved], deps: Deps) -> Reply | None:
    """The revision is approved."""
    postmortem = await deps.postmortems.expect(event)
    return await deps.postmortems.commit(postmortem, domain.hear_approval(postmortem.state, event.data), event)


async def on_approval_withdrawn(event: Received[ApprovalWithdrawn], deps: Deps) -> Reply | None:
    """The revision is approved no more."""
    postmortem = await deps.postmortems.expect(event)
    decision = domain.hear_approval_withdrawn(postmortem.state, event.data)
    return await deps.postmortems.commit(postmortem, decision, event)


async def on_changes_requested(event: Received[ChangesRequested], deps: Deps) -> Reply | None:
    """The text goes back to its authors."""
    postmortem = await deps.postmortems.expect(event)
    decision: Decision[domain.Postmortem | None] = domain.hear_changes_requested(postmortem.state, event.data)
    return await deps.postmortems.commit(postmortem, decision, event)


async def on_published(event: Received[Published], deps: Deps) -> Reply | None:
    """The text is final."""
    postmortem = await deps.postmortems.expect(event)
    if postmortem.state and postmortem.state.merged_into:
        return await deps.postmortems.commit(postmortem, domain.publish_apart(postmortem.state, event.data), event)
    decision = domain.hear_overtaking(postmortem.state, event.data, deps.guidance)
    reply = await deps.postmortems.commit(postmortem, decision, event)
    _count(postmortem.state, event.data)
    return reply


def _count(before: domain.Postmortem | None, event: Published) -> None:
    """Count a first publication; what corrects one has no deadline of its own."""
    if before and before.deadline and not before.published:
        PUBLICATIONS.labels("on_time" if event.published_at <= before.deadline else "late").inc()


async def do_merge(command: Received[MergeIncident], deps: Deps) -> Reply | None:
    """Put its incident into another postmortem."""
    postmortem = await deps.postmortems.expect(command)
    decision = domain.merge(postmortem.state, command.data, deps.clock.now())
    return await deps.postmortems.commit(postmortem, decision, command)


async def do_unmerge(command: Received[UnmergeIncident], deps: Deps) -> Reply | None:
    """Take its incident out of another postmortem."""
    postmortem = await deps.postmortems.expect(command)
    decision = domain.unmerge(postmortem.state, command.data, deps.guidance, deps.clock.now())
    return await deps.postmortems.commit(postmortem, decision, command)


async def do_take(command: Received[TakeIncident], deps: Deps) -> Reply | None:
    """Take in what another postmortem hands over.

    Raises: NotYet when nothing is known of this one; Permanent when it has no place for more.
    """
    postmortem = await deps.postmortems.load(command)
    if postmortem.state is None:
        raise NotYet(command.subject)
    if reason := domain.overflow(postmortem.state, command.data):
        raise Permanent(reason)
    decision = domain.take(postmortem.state, command.data, deps.guidance, deps.clock.now())
    return await deps.postmortems.commit(postmortem, decision, command)


async def do_give_back(command: Received[GiveIncidentBack], deps: Deps) -> Reply | None:
    """Let go of another one's incident. Raises: NotYet when nothing is known of this one."""
    postmortem = await deps.postmortems.expect(command)
    if postmortem.state is None:
        raise NotYet(command.subject)
    decision = domain.give_back(postmortem.state, command.data, deps.guidance, deps.clock.now())
    return await deps.postmortems.commit(postmortem, decision, command)


async def do_decline(command: Received[DeclineIncident], deps: Deps) -> Reply | None:
    """The other postmortem cannot take it."""
    postmortem = await deps.postmortems.expect(command)
    decision = domain.hear_decline(postmortem.state, command.data, deps.guidance, deps.clock.now())
    return await deps.postmortems.commit(postmortem, decision, command)


async def do_import(command: Received[ImportPostmortem], deps: Deps) -> Reply | None:
    """Keep a postmortem from before."""
    postmortem = await deps.postmortems.expect(command)
    decision = domain.bring_in(postmortem.state, command.data, deps.guidance, deps.clock.now())
    return await deps.postmortems.commit(postmortem, decision, command)


HANDLERS: Handlers[Deps] = {
    "IncidentReported.v1": on_incident_reported,
    "ReviewersAssigned.v1": on_reviewers_assigned,
    "ReviewApproved.v1": on_review_approved,
    "ApprovalWithdrawn.v1": on_approval_withdrawn,
    "ChangesRequested.v1": on_changes_requested,
    "Published.v1": on_published,
    "drafting.RevisePostmortem.v1": do_revise,
    "drafting.SubmitForReview.v1": do_submit,
    "drafting.CorrectPostmortem.v1": do_correct,
    "drafting.WithdrawCorrection.v1": do_withdraw,
    "drafting.SkipPostmortem.v1": do_skip,
    "drafting.RequirePostmortem.v1": do_require,
    "drafting.AddActionItem.v1": do_add_item,
    "drafting.ChangeActionItem.v1": do_change_item,
    "drafting.MergeIncident.v1": do_merge,
    "drafting.UnmergeIncident.v1": do_unmerge,
    "drafting.TakeIncident.v1": do_take,
    "drafting.GiveIncidentBack.v1": do_give_back,
    "drafting.DeclineIncident.v1": do_decline,
    "drafting.ImportPostmortem.v1": do_import,
}
