"""Mails to one person: a row each, written before the commit, unless it waits for others."""

from __future__ import annotations

from services.distribution import domain
from services.distribution.domain import Fact
from services.distribution.handlers.gathering import is_kept, notice_row
from services.distribution.handlers.keeping import keep
from services.distribution.ports import Deps
from shared.contracts.decision import Reply
from shared.messaging.envelope import Received


async def on_notice(event: Received[Fact], deps: Deps) -> Reply | None:
    """Write down a row for the mail to the one whom it concerns, then rouse whoever sends.

    Who was sent several within a short time gets it with others later. What was decided is known before it is done.
    """
    publication = await deps.publications.load(event)
    notice, now = domain.notice_of(publication.state, event.id, event.data), deps.clock.now()
    if not await is_kept(event, notice, deps):
        await deps.ledger.add([notice_row(notice, deps)])
        deps.wake.set()
    decision = domain.hear_notice(publication.state, event.id, event.data, deps.terms, now)
    return await keep(publication, decision, event, deps)
