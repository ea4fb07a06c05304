"""Which incidents get a postmortem: rules as data, of which the first that matches counts. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from shared.contracts.base import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What rules ask of an incident; `lasted` is None while nobody knows. `services` are case-folded."""

    severity: Severity
    services: frozenset[str]
    lasted: timedelta | None
    false_alarm: bool
    response_started: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Whether there is a postmortem, why, and of what. What a rule does not name matches everything.

    `services` are case-folded; one of them is enough. A duration that nobody knows is neither short nor long.
    """

    postmortem: bool
    reason: str
    severities: frozenset[Severity] = frozenset()
    services: frozenset[str] = frozenset()
    shorter_than: timedelta | None = None
    longer_than: timedelta | None = None
    false_alarm: bool | None = None
    response_started: bool | None = None

    def matches(self, case: Case) -> bool:
        """Say whether the rule is about an incident like this one."""
        return (
            (not self.severities or case.severity in self.severities)
            and (not self.services or not self.services.isdisjoint(case.services))
            and (self.shorter_than is None or (case.lasted is not None and case.lasted < self.shorter_than))
            and (self.longer_than is None or (case.lasted is not None and case.lasted > self.longer_than))
            and self.false_alarm in (None, case.false_alarm)
            and self.response_started in (None, case.response_started)
        )


def usual(postmortem_for: frozenset[Severity]) -> tuple[Rule, ...]:
    """Return the rules behind those of the policy; one of them always matches (guide: trigger)."""
    wanted = Rule(postmortem=True, reason="Its severity asks for one.", severities=postmortem_for)
    return (
        Rule(
            postmortem=True,
            reason="It was a false alarm, but response was started: that is worth a look.",
            false_alarm=True,
            response_started=True,
        ),
        Rule(postmortem=False, reason="It was a false alarm, and nobody responded.", false_alarm=True),
        *((wanted,) if postmortem_for else ()),
        Rule(postmortem=False, reason="Its severity needs none."),
    )


def first_match(rules: Iterable[Rule], case: Case) -> Rule:
    """Return the first rule that matches; of the `usual` ones one always does. Raises: StopIteration when none does."""
    return next(rule for rule in rules if rule.matches(case))
