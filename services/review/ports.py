"""What review needs from the world."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from services.review.domain import Member, Membership, Review, Workload
from shared.clock import Clock
from shared.messaging.documents import Repository


class Workloads(Protocol):
    """Knows who is busy."""

    async def workload(self) -> Workload:
        """Return how many open reviews each asked person has."""


class Community(Protocol):
    """Knows who may be asked."""

    async def members(self) -> Sequence[Membership]:
        """Return everybody who is or was a member."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deps:
    """Everything the handlers use. `policy`: the members whom the policy file names."""

    reviews: Repository[Review]
    workloads: Workloads
    memberships: Repository[Membership]
    community: Community
    policy: tuple[Member, ...]
    wanted: int
    clock: Clock
