"""What distribution hears: load, decide, commit; delivering writes its rows before it commits."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from services.distribution import domain
from services.distribution.domain import Delivery, Fact, Notice, PolicyRead, Publication, Subscription, Terms
from services.distribution.domain.publication import FIRST_CHECK
from services.distribution.ports import Deps
from shared.contracts.base import derived_id
from shared.contracts.commands import DeliverReport, ListDeliveries, PublishPostmortem
from shared.contracts.decision import UNKNOWN_POSTMORTEM, Decision, Reply
from shared.contracts.events import (
    MeetingCancelled,
    MeetingEnded,
    MeetingScheduled,
    ReviewApproved,
    ReviewersAssigned,
    Snapshot,
)
from shared.contracts.lists import ChangeSubscription, DeleteList, PutList, ShowSubscription, Unsubscribe
from shared.contracts.merging import PostmortemMerged
from shared.contracts.verdicts import ApprovalWithdrawn
from shared.messaging.documents import Loaded, NotYet
from shared.messaging.envelope import Received
from shared.messaging.inbox import Handlers
from shared.messaging.timers import Due

SHOWN = 5000


async def on_draft(event: Received[Snapshot], deps: Deps) -> Reply | None:
    """An edit voids an approval, and so does a skip; others may see it from now on."""
    publication = await deps.publications.load(event)
    return await deps.publications.commit(
        publication, domain.hear_edit(publication.state, event.data, deps.terms, deps.clock.now()), event
    )


async def on_review_approved(event: Received[ReviewApproved], deps: Deps) -> Reply | None:
    """Keep the approved revision; a correction is published."""
    publication = await deps.publications.load(event)
    decision = domain.hear_approval(publication.state, event.data, await _terms(deps), deps.clock.now())
    return await deps.publications.commit(publication, decision, event)


async def on_approval_withdrawn(event: Received[ApprovalWithdrawn], deps: Deps) -> Reply | None:
    """What was approved before is void."""
    publication = await deps.publications.load(event)
    decision = domain.hear_withdrawn(publication.state, event.data, deps.terms, deps.clock.now())
    return await deps.publications.commit(publication, decision, event)


async def on_merged(event: Received[PostmortemMerged], deps: Deps) -> Reply | None:
    """Publish nothing of it any more."""
    publication = await deps.publications.load(event)
    decision = domain.hear_merged(publication.state, event.data, deps.terms, deps.clock.now())
    return await deps.publications.commit(publication, decision, event)


async def on_meeting_ended(event: Received[MeetingEnded], deps: Deps) -> Reply | None:
    """The grace period begins."""
    publication = await deps.publications.load(event)
    decision = domain.hear_meeting_ended(publication.state, event.data, deps.terms, deps.clock.now())
    return await deps.publications.commit(publication, decision, event)


async def on_meeting(event: Received[MeetingScheduled | MeetingCancelled], deps: Deps) -> Reply | None:
    """Keep in mind when it is met, and whether at all."""
    publication = await deps.publications.load(event)
    decision = domain.hear_meeting(publication.state, event.data, deps.terms, deps.clock.now())
    return await deps.publications.commit(publication, decision, event)


async def on_reviewers_assigned(event: Received[ReviewersAssigned], deps: Deps) -> Reply | None:
    """Keep in mind who reviews it."""
    publication = await deps.publications.load(event)
    decision = domain.hear_reviewers(publication.state, event.data, deps.terms, deps.clock.now())
    return await deps.publications.commit(publication, decision, event)


async def on_notice(event: Received[Fact], deps: Deps) -> Reply | None:
    """Write down a row for the mail to the one whom it concerns, then rouse whoever sends."""
    publication = await deps.publications.load(event)
    notice, now = domain.notice_of(publication.state, event.id, event.data), deps.clock.now()
    await deps.ledger.add([_notice_row(publication.key, notice, deps)])
    deps.wake.set()
    decision = domain.hear_notice(publication.state, event.id, event.data, deps.terms, now)
    return await deps.publications.commit(publication, decision, event)


async def do_publish(command: Received[PublishPostmortem], deps: Deps) -> Reply | None:
    """Publish now. Raises: NotYet when it overtook the approval."""
    publication = await deps.publications.load(command)
    if domain.is_too_early(publication.state, command.data):
        msg = f"the approval of revision {command.data.approved_revision}"
        raise NotYet(msg)
    decision = domain.publish(publication.state, command.data, await _terms(deps), deps.clock.now())
    return await deps.publications.commit(publication, decision, command)


async def do_deliver(command: Received[DeliverReport], deps: Deps) -> Reply | None:
    """Write down a row for every mail, then rouse whoever sends."""
    publication = await deps.publications.load(command)
    issued = publication.state.of(command.data.revision) if publication.state else None
    if publication.state is None or issued is None:
        raise NotYet("the publication that is to be delivered")
    await deps.ledger.add(_rows(publication.key, issued, deps))
    deps.wake.set()
    decision = Decision(state=publication.state, due=deps.clock.now() + FIRST_CHECK)
    return await deps.publications.commit(publication, decision, command)


async def do_list(command: Received[ListDeliveries], deps: Deps) -> Reply | None:
    """Tell how the mails stand; changes nothing."""
    publication = await deps.publications.load(command)
    if publication.state and not publication.state.circle.sees(command.data.actor.email):
        return Reply(refusal=UNKNOWN_POSTMORTEM)
    rows = await deps.ledger.rows(command.subject, SHOWN)
    revision = max((row.revision for row in rows), default=0)
    counts = await deps.ledger.counts(command.subject, revision)
    return Reply(
        data={
            "revision": revision or None,
            "counts": {
                "accepted": counts.accepted,
                "failed": counts.failed,
                "unknown": counts.unknown,
                "pending": counts.waiting,
            },
            "deliveries": [_shown(row) for row in rows],
        }
    )


async def on_due(due: Received[Due], deps: Deps) -> Reply | None:
    """The grace period is over, or it is time to see whether every mail is through."""
    publication = await deps.publications.load(due)
    if publication.state is None:
        return None
    now = deps.clock.now()
    if publication.state.edition is None:
        decision = domain.publish_when_due(publication.state, await _terms(deps), now)
    else:
        revisions = publication.state.unfinished()
        counts = {revision: await deps.ledger.counts(due.subject, revision) for revision in revisions}
        decision = domain.complete_all(publication.state, due.subject, counts, now)
    return await deps.publications.commit(publication, decision, due)


async def do_put_list(command: Received[PutList], deps: Deps) -> Reply | None:
    """Make a list or replace it."""
    listing = await deps.lists.load(command)
    return await deps.lists.commit(listing, domain.put_list(listing.state, command.data), command)


async def do_delete_list(command: Received[DeleteList], deps: Deps) -> Reply | None:
    """Remove a list."""
    listing = await deps.lists.load(command)
    decision = domain.delete_list(listing.state, command.data, deps.terms.lists)
    return await deps.lists.commit(listing, decision, command)


async def do_unsubscribe(command: Received[Unsubscribe], deps: Deps) -> Reply | None:
    """Send no more mail of a list to whoever holds this link."""
    subscription = await deps.subscriptions.load(command)
    decision = domain.unsubscribe(subscription.state, deps.clock.now())
    return await _settle(subscription, decision, command, deps)


async def do_change_subscription(command: Received[ChangeSubscription], deps: Deps) -> Reply | None:
    """Send mail again, or no more."""
    subscription = await deps.subscriptions.load(command)
    decision = domain.change_subscription(subscription.state, command.data, deps.clock.now())
    return await _settle(subscription, decision, command, deps)


async def do_show_subscription(command: Received[ShowSubscription], deps: Deps) -> Reply | None:
    """Tell whether somebody has unsubscribed; changes nothing."""
    subscription = await deps.subscriptions.load(command)
    return domain.show_subscription(subscription.state, command.data).reply


async def follow_policy(deps: Deps) -> None:
    """Bring the lists up to the policy file, before anything is heard; safe to repeat.

    Raises: Conflict, AlreadyHandled when another process is at it too: then do it again.
    """
    for said in domain.read_policy(deps.terms.lists, await deps.known_lists.listings()):
        id = derived_id(said.subject, said.name, said.model_dump_json())
        await _follow(Received(id=id, name=said.name, data=said, correlation_id=id), deps)


async def _follow(said: Received[PolicyRead], deps: Deps) -> None:
    listing = await deps.lists.load(said)
    await deps.lists.commit(listing, domain.follow_policy(listing.state, said.data), said)


async def _settle(
    subscription: Loaded[Subscription],
    decision: Decision[Subscription] | Decision[Subscription | None],
    command: Received[Any],
    deps: Deps,
) -> Reply | None:
    """Commit what is new; a link may be clicked for ever, and leaves one trace."""
    if decision.state is subscription.state:
        return decision.reply
    return await deps.subscriptions.commit(subscription, decision, command)


async def _terms(deps: Deps) -> Terms:
    """The terms with the lists and subscriptions as they are now."""
    lists = domain.current(await deps.known_lists.listings(), deps.terms.lists)
    return replace(deps.terms, lists=lists, unsubscribed=await deps.unsubscribed.unsubscribed())


def _rows(postmortem_id: str, publication: Publication, deps: Deps) -> list[Delivery]:
    edition, now = publication.edition, deps.clock.now()
    return (
        [
            Delivery(
                id=derived_id("delivery", postmortem_id, str(edition.revision), recipient.email),
                postmortem_id=postmortem_id,
                revision=edition.revision,
                recipient=recipient.email,
                list=recipient.list,
                not_before=now,
                updated_at=now,
                message_id=deps.printer.message_id(postmortem_id, edition.revision, recipient.email),
            )
            for recipient in edition.recipients
        ]
        if edition
        else []
    )


def _notice_row(postmortem_id: str, notice: Notice, deps: Deps) -> Delivery:
    """Return the row of a notice; it has no revision and no list, and no publication counts it."""
    now = deps.clock.now()
    return Delivery(
        id=derived_id("notice", notice.id, notice.recipient.email),
        postmortem_id=postmortem_id,
        revision=0,
        recipient=notice.recipient.email,
        list="",
        not_before=now,
        updated_at=now,
        message_id=deps.notices.message_id(notice),
        notice=notice,
    )


def _shown(row: Delivery) -> dict[str, object]:
    return {
        "recipient": row.recipient,
        "list": row.list,
        "revision": row.revision,
        "state": row.state.value,
        "attempts": row.attempts,
        "message_id": row.message_id,
        "reply": row.reply,
        "updated_at": row.updated_at.isoformat(),
    }


HANDLERS: Handlers[Deps] = {
    "DraftRevised.v1": on_draft,
    "AccessChanged.v1": on_draft,
    "PostmortemSkipped.v1": on_draft,
    "PostmortemRequired.v1": on_draft,
    "CorrectionWithdrawn.v1": on_draft,
    "ReviewApproved.v1": on_review_approved,
    "ApprovalWithdrawn.v1": on_approval_withdrawn,
    "MeetingScheduled.v1": on_meeting,
    "MeetingRescheduled.v1": on_meeting,
    "MeetingCancelled.v1": on_meeting,
    "MeetingEnded.v1": on_meeting_ended,
    "OwnerAssigned.v1": on_notice,
    "ReminderDue.v1": on_notice,
    "ReviewersAssigned.v1": on_reviewers_assigned,
    "ReviewNotice.v1": on_notice,
    "MeetingNotice.v1": on_notice,
    "MeetingReminder.v1": on_notice,
    "PostmortemMerged.v1": on_merged,
    "distribution.PublishPostmortem.v1": do_publish,
    "distribution.ListDeliveries.v1": do_list,
    "distribution.DeliverReport.v1": do_deliver,
    "distribution.PutList.v1": do_put_list,
    "distribution.DeleteList.v1": do_delete_list,
    "distribution.Unsubscribe.v1": do_unsubscribe,
    "distribution.ChangeSubscription.v1": do_change_subscription,
    "distribution.ShowSubscription.v1": do_show_subscription,
}
