"""How an organisation reviews: what the policy file says, in the words of the rules. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from services.review.domain.coaching import Coach
from shared.contracts.base import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Coaching:
    """How texts are coached: by nobody without a `coach`. `names`: address -> name of those whom the policy knows.

    `mail`: the owner is told once the text was `quiet` for so long. `block`: errors hold an approval back.
    """

    coach: Coach | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    mail: bool = True
    quiet: timedelta = timedelta(hours=2)
    block: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Practice:
    """What may differ from one organisation to the next. `by_severity`: how many reviewers, where not `wanted`.

    `approvals`, by severity where that says so: how many of them have to approve, None for all who are asked.
    `capacity`: how many open reviews a member has at once who says nothing else; `recent`: how far back the load is
    looked at; `timezone`: where days begin for whoever has no zone of their own.
    """

    wanted: int = 2
    by_severity: Mapping[Severity, int] = field(default_factory=dict)
    capacity: int = 5
    recent: timedelta = timedelta(days=90)
    timezone: str = "UTC"
    approvals: int | None = None
    approvals_by_severity: Mapping[Severity, int] = field(default_factory=dict)
    checklist_required: bool = False
    resolve_before_approval: bool = False
    coaching: Coaching = Coaching()

    def reviewers(self, severity: Severity) -> int:
        """Return how many reviewers a postmortem gets."""
        return self.by_severity.get(severity, self.wanted)

    def needed(self, severity: Severity, asked: int) -> int:
        """Return how many approvals it takes when so many reviewers are asked: never more than these, at least one."""
        needed = self.approvals_by_severity.get(severity, self.approvals)
        return max(1, asked if needed is None else min(needed, asked))
