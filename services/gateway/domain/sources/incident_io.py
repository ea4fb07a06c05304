"""incident.io, signed by Standard Webhooks: whatever is about an incident becomes a report of it.

`webhook-signature: v1,<base64>[ v1,<base64>...]` is HMAC-SHA256 over `id.timestamp.body`, with the bytes that the
secret `whsec_<base64>` stands for; a time more than five minutes off is refused, so that nothing can be replayed.
`webhook-id` is the same on every retry. Of private incidents only the id is told, and of an update not what changed:
it is a note that carries severity, people and title as they are now. A private incident never tells that it is over:
a tool that may see it reports that, with severity and people, to `POST /v1/incidents`.
"""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from pydantic import Field, JsonValue, TypeAdapter

from services.gateway.domain.sources.delivery import Delivery, Odd, Sent, Told
from services.gateway.domain.sources.incident_io_timestamps import Timestamp, moments
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
    unix_time,
)
from shared.contracts.base import Person, Severity, derived_id
from shared.contracts.events import IncidentReported
from shared.contracts.values import IncidentKind

NAME = "incident-io"
PROOF = (
    "Sign by Standard Webhooks: `webhook-id`, `webhook-timestamp` within five minutes of now, and "
    "`webhook-signature: v1,<base64 of HMAC-SHA256 over id.timestamp.body>`, with the endpoint's secret `whsec_...`"
)
TOLERANCE = timedelta(minutes=5)
SEVERITIES = {
    "critical": Severity.SEV1,
    "major": Severity.SEV2,
    "high": Severity.SEV2,
    "medium": Severity.SEV3,
    "moderate": Severity.SEV3,
    "minor": Severity.SEV3,
    "low": Severity.SEV4,
    "trivial": Severity.SEV5,
}
"""The names of the default severities, and the usual ones beside them; SEV-1 and P1 are known anyway."""
ROLES = {"lead": "incident_commander", "reporter": "reporter"}
"""What a role is to incident.io, by `role_type`; a custom role goes by its name."""
OVER = frozenset({"learning", "closed"})
"""Categories of a status in which the incident is over: what is left is learning from it."""
GONE = frozenset({"declined", "merged", "canceled"})
"""Categories of an incident that turned out to be none, or a part of another: that is no reopening."""
PRIVATE = "private_incident."
ABOUT = ("public_incident.", PRIVATE)
SERVICE_FIELDS = ("service", "services", "affected service", "affected services", "affected_services")
_OBJECT: TypeAdapter[dict[str, JsonValue]] = TypeAdapter(dict[str, JsonValue])


class _Named(Lenient):
    name: str | None = None
    category: str | None = None
    role_type: str | None = None
    email: str | None = None


class _Assignment(Lenient):
    role: _Named | None = None
    assignee: _Named | None = None


class _CustomValue(Lenient):
    value_text: str | None = None
    value_catalog_entry: _Named | None = None
    value_option: dict[str, Any] | None = None


class _CustomField(Lenient):
    custom_field: _Named | None = None
    values: tuple[_CustomValue, ...] | None = None


class _Incident(Lenient):
    """An incident; of a private one only `id` is there."""

    id: str = Field(min_length=1, max_length=200)
    reference: str | None = None
    name: str | None = None
    summary: str | None = None
    permalink: str | None = None
    severity: _Named | None = None
    status: _Named | None = Field(default=None, alias="incident_status")
    assignments: tuple[_Assignment, ...] | None = Field(default=None, alias="incident_role_assignments")
    custom_fields: tuple[_CustomField, ...] | None = Field(default=None, alias="custom_field_entries")
    timestamps: tuple[Timestamp, ...] | None = Field(default=None, alias="incident_timestamp_values")
    created_at: Happened | None = None
    updated_at: Happened | None = None


class _StatusChange(Lenient):
    incident: _Incident
    new_status: _Named
    previous_status: _Named | None = None


class _Beside(Lenient):
    """What stands beside an incident and names it: a follow-up, an action, who may see a private one."""

    incident_id: str | None = Field(default=None, max_length=200)
    incident: _Incident | None = None
    title: str | None = None
    description: str | None = None
    status: str | None = None
    external_issue_reference: dict[str, Any] | None = None
    created_at: Happened | None = None
    updated_at: Happened | None = None


def sign(body: bytes, secret: str, id: str, timestamp: str) -> str:
    """Return the signature of Standard Webhooks. Raises: ValueError when the secret is no base64."""
    signed = f"{id}.{timestamp}.".encode("utf-8", "surrogatepass") + body
    return "v1," + base64.b64encode(hmac.new(_key(secret), signed, "sha256").digest()).decode()


def verify(delivery: Delivery, secrets: Sequence[str]) -> bool:
    """Say whether one of the signatures was made with one of the secrets, at most five minutes from now."""
    id, timestamp, given = (delivery.headers.get(f"webhook-{name}", "") for name in ("id", "timestamp", "signature"))
    genuine = among(given.split(), (sign(delivery.body, secret, id, timestamp) for secret in filter(_usable, secrets)))
    said = unix_time(timestamp)
    return bool(id) and genuine and said is not None and abs(delivery.received_at - said) <= TOLERANCE


def parse(delivery: Delivery) -> Told:
    """Return what the event means for its incident; nothing when it is about none (an alert, a schedule).

    Raises: ValueError naming the field that cannot be understood.
    """
    envelope = _OBJECT.validate_json(delivery.body)
    event_type, id = envelope.get("event_type"), delivery.headers.get("webhook-id")
    if not isinstance(event_type, str):
        msg = "event_type: names no type of event"
        raise ValueError(msg)  # noqa: TRY004 - whoever reads a payload raises ValueError, whatever is wrong with it
    if not id:
        msg = "webhook-id: the header that names the event is missing"
        raise ValueError(msg)
    if not event_type.startswith(ABOUT):
        return []
    sent_at = unix_time(delivery.headers.get("webhook-timestamp", "")) or delivery.received_at
    told = _told(
        derived_id(NAME, id), event_type.partition(".")[2], envelope.get(event_type), Sent(sent_at, delivery.severities)
    )
    return [(each, _private(found)) for each, found in told] if event_type.startswith(PRIVATE) else told


def _private(found: IncidentReported | Odd) -> IncidentReported | Odd:
    return found.model_copy(update={"private": True}) if isinstance(found, IncidentReported) else found


def _told(id: str, what: str, payload: Any, sent: Sent) -> Told:
    """Read the payload in the shape that this type has: the incident, a change of its status, or what names it."""
    if what.startswith("incident_created"):
        return _created(id, _Incident.model_validate(payload), sent)
    if what.startswith("incident_status_updated") and isinstance(payload, dict) and "new_status" in payload:
        return [(id, _status_changed(_StatusChange.model_validate(payload), sent))]
    if what.startswith("incident_"):
        incident = _Incident.model_validate(payload)
        return [(id, _report(incident, IncidentKind.NOTE, incident.updated_at, sent, _now(incident, what)))]
    return [(id, _beside(_Beside.model_validate(payload), what, sent.at))]


def _created(id: str, incident: _Incident, sent: Sent) -> Told:
    """An incident that is written down afterwards is over as soon as it is there."""
    opened = (id, _report(incident, IncidentKind.OPENED, incident.created_at, sent))
    if not _over(incident.status):
        return [opened]
    ended = _report(incident, IncidentKind.RESOLVED, incident.updated_at or incident.created_at, sent)
    return [opened, (derived_id(id, IncidentKind.RESOLVED), ended)]


def _status_changed(change: _StatusChange, sent: Sent) -> IncidentReported:
    """Over, over no longer, or another step on the way."""
    was, now = _over(change.previous_status), _over(change.new_status)
    kind = IncidentKind.STATUS_UPDATE
    if now and not was:
        kind = IncidentKind.RESOLVED
    elif was and not now and change.new_status.category not in GONE:
        kind = IncidentKind.REOPENED
    steps = [line(status.name) for status in (change.previous_status, change.new_status) if status]
    text = "Status: " + " to ".join(step for step in steps if step)
    return _report(change.incident, kind, change.incident.updated_at, sent, text)


def _report(
    incident: _Incident, kind: IncidentKind, at: datetime | None, sent: Sent, text: str = ""
) -> IncidentReported:
    title = line(incident.name)
    unnamed = f"incident.io incident {incident.reference or incident.id}"[:300]
    return IncidentReported(
        source=NAME,
        external_id=incident.id,
        kind=kind,
        occurred_at=at or sent.at,
        title=title or (unnamed if kind is IncidentKind.OPENED else None),
        summary=(incident.summary or "")[:100_000],
        severity=severity(incident.severity.name, sent.severities, SEVERITIES) if incident.severity else None,
        services=_services(incident),
        url=link(incident.permalink),
        people=_people(incident),
        entry=entry(text),
        **moments(incident.timestamps or ()),
    )


def _beside(found: _Beside, what: str, sent_at: datetime) -> IncidentReported:
    """A note: what it is, and its title; an assignee of a follow-up took no part in the incident."""
    incident = found.incident_id or (found.incident and found.incident.id)
    if not incident:
        msg = "incident_id: names no incident"
        raise ValueError(msg)
    said = line(found.title) or line(found.description)
    issue = (found.external_issue_reference or {}).get("issue_permalink")
    return IncidentReported(
        source=NAME,
        external_id=incident,
        kind=IncidentKind.NOTE,
        occurred_at=found.updated_at or found.created_at or sent_at,
        entry=entry(": ".join(part for part in (_words(what), said) if part), issue),
    )


def _now(incident: _Incident, what: str) -> str:
    """What is known after a change of which nobody tells what it was."""
    known = {"status": incident.status, "severity": incident.severity}
    said = [f"{name} {line(value.name)}" for name, value in known.items() if value and line(value.name)]
    return ": ".join(part for part in (_words(what), ", ".join(said)) if part)


def _words(what: str) -> str:
    """`follow_up_created_v2` is "Follow up created"."""
    return re.sub(r"_v\d+$", "", what).replace("_", " ").capitalize()


def _over(status: _Named | None) -> bool:
    return status is not None and status.category in OVER


def _people(incident: _Incident) -> tuple[Person, ...]:
    return people(
        somebody
        for given in incident.assignments or ()
        if given.assignee
        for somebody in person(given.assignee.name, given.assignee.email, _role(given.role))
    )


def _role(role: _Named | None) -> str:
    return ROLES.get((role and role.role_type) or "", slug(role.name if role else None))


def _services(incident: _Incident) -> tuple[str, ...]:
    """The values of the custom field in which an organisation keeps what was hit."""
    fields = (
        field
        for field in incident.custom_fields or ()
        if field.custom_field and (line(field.custom_field.name) or "").lower() in SERVICE_FIELDS
    )
    return service_names(*(_value(value) for field in fields for value in field.values or ()))


def _value(value: _CustomValue) -> Any:
    if value.value_catalog_entry:
        return value.value_catalog_entry.name
    return (value.value_option or {}).get("value") or value.value_text


def _key(secret: str) -> bytes:
    return base64.b64decode(secret.removeprefix("whsec_"), validate=True)


def _usable(secret: str) -> bool:
    """Say whether a secret is one: base64, and not empty."""
    try:
        return bool(_key(secret))
    except ValueError:
        return False
