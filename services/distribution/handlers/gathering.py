"""Notices that wait for others: load, decide, commit; what leaves is written into the ledger before it is forgotten."""

from __future__ import annotations

from typing import Any

from services.distribution import domain
from services.distribution.domain import Delivery, Gathered, Notice
from services.distribution.ports import Deps
from shared.contracts.base import derived_id
from shared.contracts.decision import Reply
from shared.messaging.documents import AlreadyHandled
from shared.messaging.envelope import Received
from shared.messaging.timers import Due


async def is_kept(event: Received[Any], notice: Notice, deps: Deps) -> bool:
    """Decide whether a notice waits for others; decided once, however often it is asked. Raises: Conflict."""
    if not domain.may_wait(notice):
        return False
    key = domain.gathering_id(notice)
    async with deps.turns.of(key):
        try:
            gathering = await deps.gatherings.load(event, key)
            decision = domain.gather(gathering.state, notice, deps.pace, deps.clock.now())
            reply = await deps.gatherings.commit(gathering, decision, event)
        except AlreadyHandled as before:
            reply = before.reply
    return bool(reply and reply.data["kept"])


async def on_gathered(due: Received[Due], deps: Deps) -> Reply | None:
    """Let what was kept leave, in one step; write its rows and forget it in the next, which may be done twice."""
    gathering = await deps.gatherings.load(due)
    if gathering.state is None:
        return None
    now = deps.clock.now()
    if not gathering.state.leaving:
        decision = domain.let_go(gathering.state, deps.pace, now)
        return await deps.gatherings.commit(gathering, decision, due)
    leaving = gathering.state.leaving
    await deps.ledger.add([_row(each, deps) for each in leaving])
    deps.wake.set()
    decision = domain.forget(gathering.state, {each.id for each in leaving}, deps.pace, now)
    return await deps.gatherings.commit(gathering, decision, due)


def notice_row(notice: Notice, deps: Deps) -> Delivery:
    """Return the row of a notice; it has no revision and no list, and no publication counts it."""
    now = deps.clock.now()
    return Delivery(
        id=derived_id("notice", notice.id, notice.recipient.email),
        postmortem_id=notice.fact.postmortem_id,
        revision=0,
        recipient=notice.recipient.email,
        list="",
        not_before=now,
        updated_at=now,
        message_id=deps.notices.message_id(notice),
        notice=notice,
    )


def _row(gathered: Gathered, deps: Deps) -> Delivery:
    """Return the row of what left together; what was kept alone goes as if it had not been."""
    if len(gathered.notices) == 1:
        return notice_row(gathered.notices[0], deps)
    now = deps.clock.now()
    return Delivery(
        id=gathered.id,
        postmortem_id="",
        revision=0,
        recipient=gathered.notices[0].recipient.email,
        list="",
        not_before=now,
        updated_at=now,
        message_id=deps.notices.gathered_id(gathered),
        gathered=gathered,
    )
