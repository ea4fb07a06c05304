"""What drafting needs from the world."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from services.drafting import domain
from services.drafting.domain import Guidance, Postmortem
from shared.clock import Clock
from shared.contracts.commands import BaseCommand
from shared.contracts.decision import Decision, Reply
from shared.contracts.skipping import POLICY
from shared.messaging.documents import Documents, Loaded, Repository
from shared.messaging.envelope import Received
from shared.messaging.outbox import Relay


class Postmortems(Repository[Postmortem]):
    """The postmortems, none of which is changed without what follows: its owner is told, its timer is set."""

    def __init__(self, documents: Documents[Postmortem], relay: Relay, guidance: Guidance, clock: Clock) -> None:
        super().__init__("drafting", documents, relay, clock)
        self.guidance = guidance

    async def commit(
        self,
        loaded: Loaded[Postmortem],
        decision: Decision[Postmortem] | Decision[Postmortem | None],
        cause: Received[Any],
    ) -> Reply | None:
        """Make a decision true, and what follows from it. Raises: as every repository does."""
        by = cause.data.actor.email if isinstance(cause.data, BaseCommand) else POLICY
        attended = domain.attend(loaded.state, decision, by, self.guidance, self.clock.now())
        return await super().commit(loaded, attended, cause)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deps:
    """Everything the handlers use."""

    postmortems: Repository[Postmortem]
    guidance: Guidance
    clock: Clock
