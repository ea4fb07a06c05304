"""Whether the relay refuses us: what this instance saw against what all know of it; load, decide, commit."""

from __future__ import annotations

from typing import ClassVar

import structlog
from prometheus_client import Gauge

from services.distribution import domain
from services.distribution.domain import Standing, Stoppage
from services.distribution.ports import Deps
from shared.contracts.base import BaseMessage, derived_id
from shared.contracts.mailing import RELAY
from shared.messaging.documents import AlreadyHandled, Conflict
from shared.messaging.envelope import Received

log = structlog.get_logger(__name__)
STOPPED = Gauge("afterword_mail_stopped", "1 while the relay refuses us and all mail waits")


class Seen(BaseMessage):
    """What an instance saw of the relay. Never on the wire."""

    name: ClassVar[str] = "Seen.v1"

    @property
    def subject(self) -> str:
        """The way to the relay."""
        return RELAY


async def watch(deps: Deps, standing: Standing) -> None:
    """Say that the relay refuses us, or takes mail again, if nobody has said so yet."""
    id = derived_id(RELAY, deps.clock.now().isoformat())
    seen = Received(id=id, name=Seen.name, data=Seen(), correlation_id=id)
    try:
        stoppage = await deps.stoppages.load(seen)
        decision = domain.follow(stoppage.state, standing)
        if decision.events:
            await deps.stoppages.commit(stoppage, decision, seen)
            _tell(decision.state)
    except (AlreadyHandled, Conflict):
        log.debug("another instance has said it")
        return
    STOPPED.set(decision.state.since is not None)


def _tell(stoppage: Stoppage) -> None:
    if stoppage.since:
        log.error("the relay refuses us; all mail waits", reply=stoppage.reply)
    else:
        log.warning("the relay takes mail again")
