"""Mails to one person: a row each, written before the commit."""

from __future__ import annotations

from services.distribution import domain
from services.distribution.domain import Delivery, Fact, Notice
from services.distribution.ports import Deps
from shared.contracts.base import derived_id
from shared.contracts.decision import Reply
from shared.messaging.envelope import Received


async def on_notice(event: Received[Fact], deps: Deps) -> Reply | None:
    """Write down a row for the mail to the one whom it concerns, then rouse whoever sends."""
    publication = await deps.publications.load(event)
    notice, now = domain.notice_of(publication.state, event.id, event.data), deps.clock.now()
    await deps.ledger.add([notice_row(publication.key, notice, deps)])
    deps.wake.set()
    decision = domain.hear_notice(publication.state, event.id, event.data, deps.terms, now)
    return await deps.publications.commit(publication, decision, event)


def notice_row(postmortem_id: str, notice: Notice, deps: Deps) -> Delivery:
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
