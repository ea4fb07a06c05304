"""PagerDuty V3 webhooks.

Signed: `X-PagerDuty-Signature: v1=<hex>[,v1=<hex>...]`, HMAC-SHA256 over the raw body; any match counts,
which is how a secret is rotated. No time is signed, so a replay is caught by `event.id`, from which the
message's id follows. See the webhooks overview in PagerDuty's developer documentation.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from typing import Any

from services.gateway.domain.sources.delivery import Delivery, Told
from services.gateway.domain.sources.proof import among
from services.gateway.domain.sources.reading import (
    Happened,
    Lenient,
    entry,
    line,
    link,
    people,
    person,
    service_names,
    severity,
    slug,
)
from shared.contracts.base import Person, Severity, derived_id
from shared.contracts.events import IncidentReported
from shared.contracts.values import IncidentKind

NAME = "pagerduty"
SIGNATURE = "x-pagerduty-signature"
PROOF = (
    "Sign the raw body: `X-PagerDuty-Signature: v1=<hex of HMAC-SHA256>`, with the secret of the webhook subscription"
)
PING = "pagey.ping"
KINDS = {
    "incident.triggered": IncidentKind.OPENED,
    "incident.acknowledged": IncidentKind.ACKNOWLEDGED,
    "incident.annotated": IncidentKind.NOTE,
    "incident.resolved": IncidentKind.RESOLVED,
    "incident.reopened": IncidentKind.REOPENED,
    "incident.priority_updated": IncidentKind.SEVERITY_CHANGED,
    "incident.role.assigned": IncidentKind.ROLE_ASSIGNED,
    "incident.status_update_published": IncidentKind.STATUS_UPDATE,
}
"""Every other event type becomes a note, so that nothing that happened is lost."""
TITLES = {IncidentKind.OPENED, IncidentKind.RESOLVED, IncidentKind.ACKNOWLEDGED, IncidentKind.REOPENED}


class _Reference(Lenient):
    """PagerDuty's way of naming anything: a person, a service, a priority, an incident."""

    id: str
    type: str | None = None
    summary: str | None = None
    html_url: str | None = None


class _Assignment(Lenient):
    assignee: _Reference | None = None
    role: _Reference | None = None
    status: str | None = None
    incident: _Reference | None = None


class _Field(Lenient):
    name: str | None = None
    display_name: str | None = None
    value: Any = None


class _Data(Lenient):
    """Incident, note, responder, role assignment, workflow...; which one depends on the event type."""

    id: str | None = None
    type: str | None = None
    html_url: str | None = None
    title: str | None = None
    incident: _Reference | None = None
    service: _Reference | None = None
    priority: _Reference | None = None
    assignees: tuple[_Reference, ...] | None = None
    user: _Reference | None = None
    state: str | None = None
    content: str | None = None
    message: str | None = None
    summary: str | None = None
    conference_url: str | None = None
    incident_workflow: _Reference | None = None
    incident_role_assignments: tuple[_Assignment, ...] | None = None
    custom_fields: tuple[_Field, ...] | None = None


class _Event(Lenient):
    id: str
    event_type: str
    resource_type: str | None = None
    occurred_at: Happened
    agent: _Reference | None = None
    data: _Data


class _Delivery(Lenient):
    event: _Event


def sign(body: bytes, secret: str) -> str:
    """Return the signature that PagerDuty would send for this body."""
    return "v1=" + hmac.new(secret.encode(), body, "sha256").hexdigest()


def verify(delivery: Delivery, secrets: Sequence[str]) -> bool:
    """Say whether one of the signatures was made with one of the secrets."""
    given = [part.strip() for part in delivery.headers.get(SIGNATURE, "").split(",")]
    return among(given, [sign(delivery.body, secret) for secret in secrets if secret])


def parse(delivery: Delivery) -> Told:
    """Return the report that the event means; nothing for a ping, or when it is about a service.

    Raises: ValueError naming the field that cannot be understood.
    """
    event = _Delivery.model_validate_json(delivery.body).event
    if event.event_type == PING or event.resource_type == "service":
        return []
    return [(derived_id(NAME, event.id), _report(event, delivery.severities))]


def _report(event: _Event, own: Mapping[str, Severity]) -> IncidentReported:
    kind = KINDS.get(event.event_type, IncidentKind.NOTE)
    incident = _incident(event.data)
    title = line(event.data.title) or line(incident.summary) or f"PagerDuty incident {incident.id}"
    return IncidentReported(
        source=NAME,
        external_id=incident.id,
        kind=kind,
        occurred_at=event.occurred_at,
        title=title[:300] if kind in TITLES else None,
        severity=severity(event.data.priority.summary, own) if event.data.priority else None,
        services=service_names(event.data.service.summary if event.data.service else None),
        url=link(incident.html_url),
        people=_people(event, kind),
        entry=entry(_text(event, kind, own), event.data.conference_url),
    )


def _incident(data: _Data) -> _Reference:
    """The incident that the event is about, wherever this event type keeps it."""
    assigned = (assignment.incident for assignment in data.incident_role_assignments or ())
    incident = data.incident or next((found for found in assigned if found), None)
    if incident:
        return incident
    if data.id is None or data.type not in (None, "incident"):
        msg = "event.data: names no incident"
        raise ValueError(msg)
    return _Reference(id=data.id, summary=data.title, html_url=data.html_url)


def _people(event: _Event, kind: IncidentKind) -> tuple[Person, ...]:
    """Who took part: those whom roles were given to, who was asked to help, or the one who acted and who has it now."""
    if event.data.incident_role_assignments:
        return people(p for given in event.data.incident_role_assignments for p in _assigned(given))
    if kind is IncidentKind.OPENED:
        return ()
    handed_on = (kind is IncidentKind.NOTE and event.data.assignees) or ()
    asked = event.data.user if event.data.state != "declined" else None
    took_part = (asked if event.data.user else event.agent, *handed_on)
    return people(p for one in took_part for p in _person(one))


def _person(one: _Reference | None) -> tuple[Person, ...]:
    """A user; what else acts is an integration, a policy or a service."""
    return person(one.summary) if one and one.type in (None, "user", "user_reference") else ()


def _assigned(given: _Assignment) -> tuple[Person, ...]:
    """Who has the role now; the same event tells that somebody has it no longer."""
    if given.assignee is None or given.status in ("unassigned", "removed"):
        return ()
    return person(given.assignee.summary, role=slug(given.role.summary if given.role else None))


def _text(event: _Event, kind: IncidentKind, own: Mapping[str, Severity]) -> str:
    """The words of the event, or what it was; a person's name is left to the responders' section."""
    data = event.data
    if kind is IncidentKind.SEVERITY_CHANGED:
        return _priority(data.priority, own)
    if kind is IncidentKind.ROLE_ASSIGNED:
        return _taken_back(data)
    if event.event_type in KINDS:
        return (data.content if kind is IncidentKind.NOTE else data.message) or ""
    if event.event_type == "incident.responder.replied" and data.message:
        return data.message
    what = "PagerDuty: " + event.event_type.removeprefix("incident.").replace("_", " ").replace(".", " ")
    about = data.incident_workflow.summary if data.incident_workflow else _fields(data)
    return f"{what}: {about}" if about else what


def _priority(priority: _Reference | None, own: Mapping[str, Severity]) -> str:
    """In the organisation's own words, unless ours are at hand."""
    if priority is None:
        return "Priority removed"
    return "" if severity(priority.summary, own) else f"Priority changed to {line(priority.summary) or 'another'}"


def _taken_back(data: _Data) -> str:
    """Which roles nobody has any longer, when the event gives none to anybody."""
    given = data.incident_role_assignments or ()
    if not given or any(_assigned(one) for one in given):
        return ""
    names = (line(one.role.summary) for one in given if one.role)
    return "Role taken back: " + (", ".join(name for name in names if name) or "responder")


def _fields(data: _Data) -> str | None:
    told = [
        (line(field.display_name) or line(field.name), line(str(field.value))) for field in data.custom_fields or ()
    ]
    return ", ".join(f"{name} is {value}" for name, value in told if name) or None
