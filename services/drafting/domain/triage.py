"""Whether an incident gets a postmortem, as the policy has it. Pure."""

from __future__ import annotations

from services.drafting.domain.policy import Guidance
from services.drafting.domain.postmortem import Postmortem
from services.drafting.domain.rules import Case, Rule, first_match, usual
from shared.contracts.values import IncidentKind

RESPONDED = frozenset({IncidentKind.ACKNOWLEDGED, IncidentKind.ROLE_ASSIGNED})


def triage(postmortem: Postmortem, guidance: Guidance) -> Rule:
    """Return the rule that says whether there is to be a postmortem, and why."""
    return first_match((*guidance.rules, *usual(guidance.postmortem_for)), case_of(postmortem, guidance))


def case_of(postmortem: Postmortem, guidance: Guidance) -> Case:
    """Return what rules ask of an incident. Response was started when somebody took it up or is named in it."""
    started, ended = postmortem.incident.started_at, postmortem.incident.resolved_at
    taken_up = any(known.event.kind in RESPONDED for known in postmortem.heard)
    return Case(
        severity=postmortem.severity or guidance.default_severity,
        services=frozenset(service.casefold() for service in postmortem.services),
        lasted=ended - started if started and ended else None,
        false_alarm=postmortem.false_alarm is True,
        response_started=taken_up or bool(postmortem.people),
    )
