"""Grafana OnCall and IRM, outgoing webhooks with "Forward All": one alert group is one incident.

It cannot sign: the field "Authorization Header", or user and password. Some events tell no time (unresolve, silence
ended, escalation): then it is when the delivery came.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from services.gateway.domain.sources.delivery import Delivery, Told
from services.gateway.domain.sources.reading import (
    Happened,
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

NAME = "grafana-oncall"
KINDS = {
    "alert group created": IncidentKind.OPENED,
    "acknowledge": IncidentKind.ACKNOWLEDGED,
    "resolve": IncidentKind.RESOLVED,
    "unresolve": IncidentKind.REOPENED,
}
"""Every other event type becomes a note, so that nothing that happened is lost."""
WORDS = {
    "unacknowledge": "acknowledgement taken back",
    "silence": "silenced",
    "unsilence": "no longer silenced",
    "escalation": "escalation step reached",
}
SEVERITIES = {
    "critical": Severity.SEV1,
    "error": Severity.SEV2,
    "major": Severity.SEV2,
    "high": Severity.SEV2,
    "warning": Severity.SEV3,
    "medium": Severity.SEV3,
    "minor": Severity.SEV4,
    "low": Severity.SEV4,
    "info": Severity.SEV5,
}
"""What labels call it; digits in the label `urgency` are everybody's own and say nothing here."""


class _Event(Lenient):
    type: str = Field(min_length=1)
    time: Happened | None = None


class _User(Lenient):
    username: str | None = None
    email: str | None = None


class _Group(Lenient):
    id: str | None = None
    title: str | None = None
    permalinks: Any = None
    labels: Any = None


class _Delivery(Lenient):
    event: _Event
    user: _User | None = None
    alert_group: _Group | None = None
    alert_group_id: str | None = None
    alert_payload: Any = None


def parse(delivery: Delivery) -> Told:
    """Return the report that the event means. Raises: ValueError naming the field that cannot be understood."""
    given = _Delivery.model_validate_json(delivery.body)
    group = given.alert_group or _Group()
    id = given.alert_group_id or group.id
    if not id:
        msg = "alert_group_id: names no alert group; turn on Forward All in the webhook"
        raise ValueError(msg)
    key = given.event.time.isoformat() if given.event.time else delivery.body.hex()
    return [(derived_id(NAME, id, given.event.type, key), _report(given, group, id, delivery))]


def _report(given: _Delivery, group: _Group, id: str, delivery: Delivery) -> IncidentReported:
    kind = KINDS.get(given.event.type, IncidentKind.NOTE)
    title = line(group.title)
    labels = _labels(given, group)
    alert = _mapping(given.alert_payload)
    return IncidentReported(
        source=NAME,
        external_id=id,
        kind=kind,
        occurred_at=given.event.time or delivery.received_at,
        title=title or f"Grafana OnCall alert group {id}"[:300] if kind is IncidentKind.OPENED else title,
        severity=severity(first(labels, "severity", "priority"), delivery.severities, SEVERITIES),
        services=service_names(first(labels, "service_name", "service", "app", "job")),
        url=link(_mapping(group.permalinks).get("web")),
        people=_people(given),
        entry=entry(_text(given), first(alert, "generatorURL", "dashboardURL", "panelURL", "externalURL")),
    )


def _labels(given: _Delivery, group: _Group) -> dict[str, Any]:
    """The labels of the alert, and over them those that were given to the group."""
    alert = _mapping(given.alert_payload)
    return {**_mapping(alert.get("commonLabels")), **_mapping(alert.get("labels")), **_mapping(group.labels)}


def _people(given: _Delivery) -> tuple[Person, ...]:
    """Who acted; nobody where the tool did it by itself. Those who were merely notified took no part."""
    return people(person(given.user.username, given.user.email)) if given.user else ()


def _text(given: _Delivery) -> str:
    if given.event.type in KINDS:
        return ""
    return "Grafana OnCall: " + WORDS.get(given.event.type, given.event.type)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
