"""Delivering what is published: its audience is durable by then, and rows are written from that a part at a time."""

from __future__ import annotations

from collections.abc import Sequence

from services.distribution import domain
from services.distribution.domain import Delivery, Edition, Publication, Recipient
from services.distribution.domain.publication import FIRST_CHECK
from services.distribution.handlers.audiences import who_gets
from services.distribution.ports import Deps
from shared.contracts.base import derived_id
from shared.contracts.commands import DeliverReport
from shared.contracts.decision import Decision, Reply
from shared.messaging.documents import NotYet
from shared.messaging.envelope import Received


async def do_deliver(command: Received[DeliverReport], deps: Deps) -> Reply | None:
    """Write down a row for every mail, then rouse whoever sends. Raises: NotYet when it overtook the publication."""
    publication = await deps.publications.load(command)
    issued = publication.state.of(command.data.revision) if publication.state else None
    if publication.state is None or issued is None or issued.edition is None:
        raise NotYet("the publication that is to be delivered")
    async for people in who_gets(issued.edition, deps):
        await deps.ledger.add(await _rows(publication.key, issued, issued.edition, people, deps))
        deps.wake.set()
    decision = Decision(state=publication.state, due=deps.clock.now() + FIRST_CHECK)
    return await deps.publications.commit(publication, decision, command)


async def _rows(
    postmortem_id: str, issued: Publication, edition: Edition, people: Sequence[Recipient], deps: Deps
) -> list[Delivery]:
    """Return the rows of some people; each mail answers those of its matter that this person got."""
    before = [issue.edition for issue in issued.earlier]
    ids = [_id(postmortem_id, earlier.revision, person) for earlier in before for person in people]
    got, now = await deps.ledger.reached(postmortem_id, ids) if ids else {}, deps.clock.now()
    rows = []
    for person in people:
        to = edition.together.get(person.list, "")
        if to:
            revisions = domain.mailed_before(before, person.list, to)
            thread = [deps.printer.message_id(postmortem_id, revision, to) for revision in revisions]
        else:
            theirs = (_id(postmortem_id, earlier.revision, person) for earlier in before)
            thread = [got[id] for id in theirs if id in got]
        rows.append(
            Delivery(
                id=_id(postmortem_id, edition.revision, person),
                postmortem_id=postmortem_id,
                revision=edition.revision,
                recipient=person.email,
                list=person.list,
                not_before=now,
                updated_at=now,
                message_id=deps.printer.message_id(postmortem_id, edition.revision, to or person.email),
                to=to,
                thread=tuple(thread),
            )
        )
    return rows


def _id(postmortem_id: str, revision: int, person: Recipient) -> str:
    return derived_id("delivery", postmortem_id, str(revision), person.email)
