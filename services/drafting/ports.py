"""What drafting needs from the world."""

from __future__ import annotations

from dataclasses import dataclass

from services.drafting.domain import Guidance, Postmortem
from shared.clock import Clock
from shared.messaging.documents import Repository


@dataclass(frozen=True, slots=True, kw_only=True)
class Deps:
    """Everything the handlers use."""

    postmortems: Repository[Postmortem]
    guidance: Guidance
    clock: Clock
