"""Publishing, and what time brings: load, decide, commit; delivering writes its rows before it commits."""

from __future__ import annotations

from services.distribution import domain
from services.distribution.domain import Delivery, Publication
from services.distribution.domain.publication import FIRST_CHECK
from services.distribution.handlers.terms import terms_now
from services.distribution.ports import Deps
from shared.contracts.base import derived_id
from shared.contracts.commands import DeliverReport, PublishPostmortem
from shared.contracts.decision import Decision, Reply
from shared.messaging.documents import NotYet
from shared.messaging.envelope import Received
from shared.messaging.timers import Due


async def do_publish(command: Received[PublishPostmortem], deps: Deps) -> Reply | None:
    """Publish now. Raises: NotYet when it overtook the approval."""
    publication = await deps.publications.load(command)
    if domain.is_too_early(publication.state, command.data):
        msg = f"the approval of revision {command.data.approved_revision}"
        raise NotYet(msg)
    decision = domain.publish(publication.state, command.data, await terms_now(deps), deps.clock.now())
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


async def on_due(due: Received[Due], deps: Deps) -> Reply | None:
    """The grace period is over, or it is time to see whether every mail is through."""
    publication = await deps.publications.load(due)
    if publication.state is None:
        return None
    now = deps.clock.now()
    if publication.state.edition is None:
        decision = domain.publish_when_due(publication.state, await terms_now(deps), now)
    else:
        revisions = publication.state.unfinished()
        counts = {revision: await deps.ledger.counts(due.subject, revision) for revision in revisions}
        decision = domain.complete_all(publication.state, due.subject, counts, now)
        decision = domain.close_when_filed(decision, due.subject, now)
    return await deps.publications.commit(publication, decision, due)


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
