"""Publishing, and what time brings: load, decide, commit; whoever gets it is written down before that."""

from __future__ import annotations

from services.distribution import domain
from services.distribution.handlers.audiences import frozen
from services.distribution.handlers.terms import terms_now
from services.distribution.ports import Deps
from shared.contracts.commands import PublishPostmortem
from shared.contracts.decision import Reply
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
    decision = await frozen(decision, publication.key, deps)
    return await deps.publications.commit(publication, decision, command)


async def on_due(due: Received[Due], deps: Deps) -> Reply | None:
    """The grace period is over, or it is time to see whether every mail is through."""
    publication = await deps.publications.load(due)
    if publication.state is None:
        return None
    now = deps.clock.now()
    if publication.state.edition is None:
        decision = domain.publish_when_due(publication.state, await terms_now(deps), now)
        decision = await frozen(decision, publication.key, deps)
    else:
        revisions = publication.state.unfinished()
        counts = {revision: await deps.ledger.counts(due.subject, revision) for revision in revisions}
        decision = domain.complete_all(publication.state, due.subject, counts, now)
        decision = domain.close_when_filed(decision, due.subject, now)
    return await deps.publications.commit(publication, decision, due)
