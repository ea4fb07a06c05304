"""Opsgenie's outgoing webhook: one alert is one incident.

It cannot sign: the secret is a custom header, or stands in the address. `createdAt` is milliseconds and `updatedAt`
nanoseconds or milliseconds, so a number is read by its size. Escalations tell only which alert it is about.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from pydantic import Field

from services.gateway.domain.sources.delivery import Delivery, Told
from services.gateway.domain.sources.reading import (
    Lenient,
    entry,
    first,
    line,
    link,
    people,
    person,
    service_names,
    severity,
)
from shared.contracts.base import Person, Severity, derived_id
from shared.contracts.events import IncidentReported
from shared.contracts.values import IncidentKind

NAME = "opsgenie"
KINDS = {
    "Create": IncidentKind.OPENED,
    "Acknowledge": IncidentKind.ACKNOWLEDGED,
    "AddNote": IncidentKind.NOTE,
    "UpdatePriority": IncidentKind.SEVERITY_CHANGED,
    "AssignOwnership": IncidentKind.ROLE_ASSIGNED,
    "TakeOwnership": IncidentKind.ROLE_ASSIGNED,
    "Close": IncidentKind.RESOLVED,
}
"""Every other action becomes a note, so that nothing that happened is lost."""
WORDS = {
    "UnAcknowledge": "acknowledgement taken back",
    "AddTeam": "team added",
    "AddRecipient": "recipient added",
    "AddResponder": "responder added",
    "AddTags": "tags added",
    "RemoveTags": "tags removed",
    "Escalate": "escalated",
    "EscalateNext": "escalated",
    "Delete": "alert deleted",
    "Snooze": "snoozed",
    "SnoozeEnded": "snooze ended",
    "UpdateMessage": "title changed",
    "UpdateDescription": "description changed",
}
SEVERITIES = {
    "p1": Severity.SEV1,
    "p2": Severity.SEV2,
    "p3": Severity.SEV3,
    "p4": Severity.SEV4,
    "p5": Severity.SEV5,
    "critical": Severity.SEV1,
    "high": Severity.SEV2,
    "moderate": Severity.SEV3,
    "low": Severity.SEV4,
    "informational": Severity.SEV5,
}
OWNER = "incident_commander"
"""Opsgenie knows one role: who owns the alert leads the response."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECONDS_FROM, _NANOSECONDS_FROM = 10**14, 10**17
_Ticks = Annotated[int, Field(gt=0, lt=10**19)]


class _Alert(Lenient):
    id: str = Field(alias="alertId", min_length=1, max_length=200)
    updated_at: _Ticks | None = Field(default=None, alias="updatedAt")
    created_at: _Ticks | None = Field(default=None, alias="createdAt")
    message: str | None = None
    description: str | None = None
    username: str | None = None
    entity: str | None = None
    owner: str | None = None
    note: str | None = None
    priority: str | None = None
    details: Any = None


class _Delivery(Lenient):
    action: str = Field(min_length=1)
    alert: _Alert


def parse(delivery: Delivery) -> Told:
    """Return the report that the action means. Raises: ValueError naming the field that cannot be understood."""
    given = _Delivery.model_validate_json(delivery.body)
    changed = str(given.alert.updated_at) if given.alert.updated_at else delivery.body.hex()
    id = derived_id(NAME, given.alert.id, given.action, changed)
    return [(id, _report(given, delivery))]


def _report(given: _Delivery, delivery: Delivery) -> IncidentReported:
    kind = KINDS.get(given.action, IncidentKind.NOTE)
    alert = given.alert
    details = alert.details if isinstance(alert.details, Mapping) else {}
    title = line(alert.message)
    return IncidentReported(
        source=NAME,
        external_id=alert.id,
        kind=kind,
        occurred_at=_when(alert, kind) or delivery.received_at,
        title=title or f"Opsgenie alert {alert.id}" if kind is IncidentKind.OPENED else title,
        summary=(alert.description or "")[:100_000],
        severity=severity(alert.priority, delivery.severities, SEVERITIES),
        services=service_names(first(details, "service", "Service") or alert.entity),
        url=_link(details, "alert_url", "url", "link"),
        people=_people(alert, kind),
        entry=entry(_text(given, kind), _link(details, "dashboard", "graph", "runbook", "url")),
    )


def _when(alert: _Alert, kind: IncidentKind) -> datetime | None:
    """When it happened: an alert began when it was created, everything else when it was last changed."""
    ticks = (alert.created_at or alert.updated_at) if kind is IncidentKind.OPENED else alert.updated_at
    if ticks is None:
        return None
    if ticks >= _NANOSECONDS_FROM:
        return _EPOCH + timedelta(microseconds=ticks // 1000)
    return _EPOCH + (timedelta(microseconds=ticks) if ticks >= _MICROSECONDS_FROM else timedelta(milliseconds=ticks))


def _people(alert: _Alert, kind: IncidentKind) -> tuple[Person, ...]:
    """Whom the alert was given to, or who acted; an integration is nobody, and has no address."""
    if kind is IncidentKind.ROLE_ASSIGNED:
        owner = alert.owner or alert.username
        return people(person(owner, owner, OWNER))
    acted = kind is not IncidentKind.OPENED and "@" in (alert.username or "")
    return people(person(alert.username, alert.username)) if acted else ()


def _text(given: _Delivery, kind: IncidentKind) -> str:
    """The words of the note, or what was done; the usual actions have words of ours."""
    if given.action in KINDS:
        return given.alert.note or "" if kind is IncidentKind.NOTE else ""
    return "Opsgenie: " + (WORDS.get(given.action) or given.action)


def _link(details: Mapping[str, Any], *names: str) -> str | None:
    return link(first(details, *names))
