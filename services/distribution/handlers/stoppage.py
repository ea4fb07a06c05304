"""Whether the relay refuses us: what this instance saw against what all know of it; load, decide, commit."""

from __future__ import annotations

from collections.abc import Callable
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
ROUNDS = 10
"""Every so many times it is read what other instances have said."""
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


class Watching:
    """Watches when this instance has seen something new, and now and then for what others have said.

    It is asked every second, and what it sees is nearly always the same.
    """

    def __init__(self, deps: Deps, standing: Callable[[], Standing]) -> None:
        self.deps = deps
        self.standing = standing
        self._watched: Standing | None = None
        self._rounds = 0

    async def look(self) -> None:
        """Watch if it is worth it."""
        standing = self.standing()
        if standing == self._watched and self._rounds < ROUNDS:
            self._rounds += 1
            return
        await watch(self.deps, standing)
        self._watched, self._rounds = standing, 1


def _tell(stoppage: Stoppage) -> None:
    if stoppage.since:
        log.error("the relay refuses us; all mail waits", reply=stoppage.reply)
    else:
        log.warning("the relay takes mail again")
