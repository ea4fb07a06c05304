"""How an organisation reviews: what the policy file says, in the words of the rules. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from services.review.domain.timing import Timing
from shared.contracts.base import Owner, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Practice:
    """What may differ from one organisation to the next. `by_severity`: how many reviewers, where not `wanted`.

    `capacity`: how many open reviews a member has at once who says nothing else; `recent`: how far back the load is
    looked at; `timezone`: where days begin for whoever has no zone of their own.
    """

    wanted: int = 2
    by_severity: Mapping[Severity, int] = field(default_factory=dict)
    capacity: int = 5
    recent: timedelta = timedelta(days=90)
    timezone: str = "UTC"
    admins: tuple[Owner, ...] = ()
    timing: Timing = field(default_factory=Timing)

    def reviewers(self, severity: Severity) -> int:
        """Return how many reviewers a postmortem gets."""
        return self.by_severity.get(severity, self.wanted)
