"""A mail that came back: its address is counted, its row says so, and who keeps the list is told when it is enough.

Each step may be done again: what comes back is answered when all are done, and comes again when they are not.
"""

from __future__ import annotations

from collections.abc import Sequence

import structlog

from services.distribution import domain
from services.distribution.domain import AddressNotice, Delivery, Notice
from services.distribution.domain.bouncing import (
    Bounce,
    BounceHeard,
    Report,
    Standing,
    Suppression,
    about,
    bounce_of,
    hear_bounce,
    who_is_told,
)
from services.distribution.handlers.gathering import is_kept, notice_row
from services.distribution.ports import Deps
from shared.contracts.base import derived_id
from shared.messaging.documents import AlreadyHandled, Conflict
from shared.messaging.envelope import Received

log = structlog.get_logger(__name__)

TRIES = 20
UNKNOWN, CONTRADICTED = "unknown_delivery", "contradicted"


async def take(delivery: str, reports: Sequence[Report], deps: Deps) -> str:
    """Take what was reported of a delivery; durable when it returns what that was. Raises: Conflict, after many."""
    row = await deps.bouncing.sent.row(delivery)
    if row is None:
        return UNKNOWN
    report = about(reports, row)
    if report is None:
        log.warning("a report does not fit the return path that it came to", delivery=row.id)
        return CONTRADICTED
    bounce = bounce_of(report, row, deps.clock.now())
    standing = await _count(row, bounce, deps)
    await deps.bouncing.sent.came_back(row.id, f"bounced: {bounce.status} {bounce.reply}".strip(), bounce.at)
    if standing and standing.suppression and standing.suppression.delivery == row.id:
        await _tell(row, standing.email, standing.suppression, deps)
    return bounce.kind.value


async def _count(row: Delivery, bounce: Bounce, deps: Deps) -> Standing | None:
    """Count it once; return how the address stands now."""
    arrived_at = await deps.bouncing.sent.arrived(row.recipient, bounce.at - deps.bouncing.terms.quiet)
    heard = BounceHeard(email=row.recipient, list=row.list, bounce=bounce, arrived_at=arrived_at)
    id = derived_id(row.id, heard.name)
    said = Received(id=id, name=heard.name, data=heard, correlation_id=id)
    for _ in range(TRIES):
        try:
            return await _hear(said, deps)
        except AlreadyHandled:
            return await deps.bouncing.standings.state_of(said.subject)
        except Conflict:
            continue
    raise Conflict(said.subject)


async def _hear(said: Received[BounceHeard], deps: Deps) -> Standing:
    addresses = deps.bouncing.addresses
    known = await addresses.load(said)
    decision = hear_bounce(known.state, said.data, deps.bouncing.terms, deps.clock.now())
    await addresses.commit(known, decision, said)
    return decision.state


async def _tell(row: Delivery, email: str, suppression: Suppression, deps: Deps) -> None:
    """Write down a mail to each of those who are told; a bad day of a relay is one mail of many. Raises: Conflict."""
    lists = domain.current(await deps.known_lists.listings(), deps.terms.lists)
    told = who_is_told(email, suppression.list, lists, deps.bouncing.terms.admins)
    if not told:
        log.warning("mail to an address ended, and nobody is there to be told", address=email, reply=suppression.reply)
    id = derived_id(row.id, "AddressSuppressed")
    facts = [
        AddressNotice(
            postmortem_id=row.postmortem_id,
            recipient=person,
            email=email,
            list=suppression.list,
            cause=suppression.kind,
            status=suppression.status,
            reply=suppression.reply,
            bounces=suppression.bounces,
            at=suppression.since,
        )
        for person in told
    ]
    for fact in facts:
        notice, said = Notice(id=id, fact=fact), Received(id=id, name=fact.name, data=fact, correlation_id=id)
        if not await is_kept(said, notice, deps):
            await deps.ledger.add([notice_row(notice, deps)])
    deps.wake.set()
