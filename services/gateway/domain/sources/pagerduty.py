"""PagerDuty V3 webhooks.

Signed: `X-PagerDuty-Signature: v1=<hex>[,v1=<hex>...]`, HMAC-SHA256 over the raw body; any match counts,
which is how a secret is rotated. No time is signed, so a replay is caught by `event.id`, from which the
message's id follows. See the webhooks overview in PagerDuty's developer documentation.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict

from shared.contracts.base import Moment, Person, Severity, derived_id
from shared.contracts.events import IncidentReported
from shared.contracts.values import Entry, IncidentKind

SIGNATURE = "x-pagerduty-signature"
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
_PRIORITY = re.compile(r"\b(?:sev|p)[\s_-]*([1-5])\b", re.IGNORECASE)


class _Lenient(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Reference(_Lenient):
    """PagerDuty's way of naming anything: a person, a service, a priority, an incident."""

    id: str
    summary: str | None = None
    html_url: str | None = None


class _Assignment(_Lenient):
    assignee: _Reference | None = None
    role: _Reference | None = None
    incident: _Reference | None = None


class _Data(_Lenient):
    """Incident, note, status update or role assignment; which one depends on the event type."""

    id: str | None = None
    html_url: str | None = None
    title: str | None = None
    incident: _Reference | None = None
    service: _Reference | None = None
    priority: _Reference | None = None
    content: str | None = None
    message: str | None = None
    incident_role_assignments: tuple[_Assignment, ...] = ()


class _Event(_Lenient):
    id: str
    event_type: str
    occurred_at: Moment
    agent: _Reference | None = None
    data: _Data


class _Delivery(_Lenient):
    event: _Event


def sign(body: bytes, secret: str) -> str:
    """Return the signature that PagerDuty would send for this body."""
    return "v1=" + hmac.new(secret.encode(), body, "sha256").hexdigest()


def verify(headers: Mapping[str, str], body: bytes, secrets: Sequence[str]) -> bool:
    """Say whether one of the signatures was made with one of the secrets; header names are lower case."""
    given = [part.strip() for part in headers.get(SIGNATURE, "").split(",")]
    matches = [hmac.compare_digest(sign(body, secret).encode(), part.encode()) for secret in secrets for part in given]
    return any(matches)  # all were compared: how long it takes tells nothing


def parse(body: bytes) -> tuple[str, IncidentReported]:
    """Return `(message id, report)`. Raises ValueError naming the field that cannot be understood."""
    event = _Delivery.model_validate_json(body).event
    kind = KINDS.get(event.event_type, IncidentKind.NOTE)
    incident = _incident(event.data)
    title = event.data.title if kind in TITLES else None
    report = IncidentReported(
        source="pagerduty",
        external_id=incident.id,
        kind=kind,
        occurred_at=event.occurred_at,
        title=(title or incident.summary or f"PagerDuty incident {incident.id}")[:300] if kind in TITLES else None,
        severity=_severity(event.data.priority),
        services=_services(event.data),
        url=_url(incident.html_url),
        people=_people(event, kind),
        entry=Entry(text=_text(event, kind)),
    )
    return derived_id("pagerduty", event.id), report


def _incident(data: _Data) -> _Reference:
    """The incident that the event is about, wherever this event type keeps it."""
    assigned = (assignment.incident for assignment in data.incident_role_assignments)
    incident = data.incident or next((found for found in assigned if found), None)
    if incident:
        return incident
    if data.id is None:
        msg = "event.data: names no incident"
        raise ValueError(msg)
    return _Reference(id=data.id, summary=data.title, html_url=data.html_url)


def _severity(priority: _Reference | None) -> Severity | None:
    """P1 or SEV-1 is sev1, and so on; an organisation's own names say nothing here."""
    found = _PRIORITY.search(priority.summary or "") if priority else None
    return Severity(f"sev{found[1]}") if found else None


def _services(data: _Data) -> tuple[str, ...]:
    return (data.service.summary,) if data.service and data.service.summary else ()


def _people(event: _Event, kind: IncidentKind) -> tuple[Person, ...]:
    """Who took part: those whom roles were given to, or the one who acted."""
    assigned = [
        Person(name=a.assignee.summary, role=_role(a.role))
        for a in event.data.incident_role_assignments
        if a.assignee and a.assignee.summary
    ]
    if assigned:
        return tuple(assigned)
    acted = kind in (IncidentKind.ACKNOWLEDGED, IncidentKind.NOTE, IncidentKind.RESOLVED, IncidentKind.STATUS_UPDATE)
    if acted and event.agent and event.agent.summary:
        return (Person(name=event.agent.summary),)
    return ()


def _role(role: _Reference | None) -> str:
    name = role.summary if role and role.summary else "responder"
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:60]


def _text(event: _Event, kind: IncidentKind) -> str:
    """The words of the event, or what it was; a person's name is left to the responders' section."""
    words: dict[IncidentKind, Any] = {
        IncidentKind.NOTE: event.data.content,
        IncidentKind.STATUS_UPDATE: event.data.message,
    }
    said = words.get(kind)
    if said:
        return str(said)
    known = event.event_type in KINDS
    return (
        "" if known else "PagerDuty: " + event.event_type.removeprefix("incident.").replace("_", " ").replace(".", " ")
    )


def _url(url: str | None) -> str | None:
    return url if url and url.startswith(("https://", "http://")) else None
