"""What review needs from the world."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from services.review import domain
from services.review.domain import Member, Membership, Practice, Review, Workload
from shared.clock import Clock
from shared.contracts.decision import Decision, Reply
from shared.messaging.documents import Documents, Loaded, Repository
from shared.messaging.envelope import Received
from shared.messaging.outbox import Relay


class Reviews(Repository[Review]):
    """The reviews, none of which is changed without what follows: people are told, its timer is set."""

    def __init__(self, documents: Documents[Review], relay: Relay, practice: Practice, clock: Clock) -> None:
        super().__init__("review", documents, relay, clock)
        self.practice = practice

    async def commit(
        self, loaded: Loaded[Review], decision: Decision[Review] | Decision[Review | None], cause: Received[Any]
    ) -> Reply | None:
        """Make a decision true, and what follows from it. Raises: as every repository does."""
        attended = domain.attend(loaded.state, decision, self.practice, self.clock.now())
        return await super().commit(loaded, attended, cause)


class Workloads(Protocol):
    """Knows who is busy."""

    async def workload(self, since: date, now: datetime) -> Workload:
        """Return what everybody has to do who was asked since that day (UTC), or is waited for, and how often that was.

        `now` is the time by the clock that turns are written by.
        """


class Community(Protocol):
    """Knows who may be asked."""

    async def members(self) -> Sequence[Membership]:
        """Return everybody who is or was a member."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deps:
    """Everything the handlers use. `policy`: the members whom the policy file names; `by_groups`: groups name more."""

    reviews: Repository[Review]
    workloads: Workloads
    memberships: Repository[Membership]
    community: Community
    policy: tuple[Member, ...]
    practice: Practice
    clock: Clock
    by_groups: bool = False
