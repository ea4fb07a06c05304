"""How an organisation reviews: what the policy file says, in the words of the rules. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

from services.review.domain.coaching import Coach
from services.review.domain.hours import is_weekend
from services.review.domain.timing import Timing
from shared.contracts.availability import Hours
from shared.contracts.base import Owner, Severity

AWAKE = Hours(opens=time(8), closes=time(20))


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
    looked at. Nobody is asked who has less than `least_hours` of their day before it is due, which is never sooner
    than `ask_hours` from now. `awake` and `timezone` are of whoever has none of their own, `is_free` tells days off.
    `same_team`: false keeps the teams of everybody who was in it away, true none, and None that of the owner.
    `teams`: address -> team, of whom the policy file names one. `knowledge_lead`: how many reviews more than the
    others somebody gets who knows the services. `admins` are told when there are too few reviewers.
    """

    wanted: int = 2
    by_severity: Mapping[Severity, int] = field(default_factory=dict)
    capacity: int = 5
    recent: timedelta = timedelta(days=90)
    least_hours: float = 2
    ask_hours: float = 24
    awake: Hours = AWAKE
    timezone: str = "UTC"
    approvals: int | None = None
    approvals_by_severity: Mapping[Severity, int] = field(default_factory=dict)
    checklist_required: bool = False
    resolve_before_approval: bool = False
    is_free: Callable[[date], bool] = is_weekend
    same_team: bool | None = None
    teams: Mapping[str, str] = field(default_factory=dict)
    knowledge_lead: int = 2
    admins: tuple[Owner, ...] = ()
    coaching: Coaching = Coaching()
    timing: Timing = field(default_factory=Timing)

    def reviewers(self, severity: Severity) -> int:
        """Return how many reviewers a postmortem gets."""
        return self.by_severity.get(severity, self.wanted)

    def needed(self, severity: Severity, asked: int) -> int:
        """Return how many approvals it takes when so many reviewers are asked: never more than these, at least one."""
        needed = self.approvals_by_severity.get(severity, self.approvals)
        return max(1, asked if needed is None else min(needed, asked))

    @property
    def zone(self) -> ZoneInfo:
        """Return the zone of whoever has none of their own."""
        return ZoneInfo(self.timezone)

    @property
    def least(self) -> timedelta:
        """Return the least time of their day that a reviewer needs."""
        return timedelta(hours=self.least_hours)
