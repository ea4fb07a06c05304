"""What review needs from the world."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from services.review.domain import Member, Review, Workload
from shared.clock import Clock
from shared.messaging.documents import Repository


class Workloads(Protocol):
    """Knows who is busy."""

    async def workload(self) -> Workload:
        """Return how many open reviews each asked person has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deps:
    """Everything the handlers use."""

    reviews: Repository[Review]
    workloads: Workloads
    community: tuple[Member, ...]
    wanted: int
    clock: Clock
