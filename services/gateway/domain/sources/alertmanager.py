"""Prometheus Alertmanager: one alert from firing to resolved is one incident.

A group has neither beginning nor end, so it cannot tell this week's outage from last week's: what is told apart
is the alert and when it began. Alertmanager says the same again at every `repeat_interval`, and once for each
group that an alert is in; all of these are one message. It cannot sign: a bearer, or basic authentication.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import Field

from services.gateway.domain.sources.delivery import Delivery, Odd, Told
from services.gateway.domain.sources.reading import Happened, Lenient, entry, first, line, link, service_names, severity
from shared.contracts.base import Moment, Severity, derived_id
from shared.contracts.events import IncidentReported
from shared.contracts.values import IncidentKind

NAME = "alertmanager"
KINDS = {"firing": IncidentKind.OPENED, "resolved": IncidentKind.RESOLVED}
SEVERITIES = {
    "critical": Severity.SEV1,
    "page": Severity.SEV1,
    "error": Severity.SEV2,
    "major": Severity.SEV2,
    "high": Severity.SEV2,
    "warning": Severity.SEV3,
    "medium": Severity.SEV3,
    "minor": Severity.SEV4,
    "low": Severity.SEV4,
    "info": Severity.SEV5,
    "none": Severity.SEV5,
}
"""What rules write into the label `severity`; its values are everybody's own, these are the usual ones."""


class _Alert(Lenient):
    status: str
    labels: dict[str, Any] = Field(default_factory=dict)
    annotations: dict[str, Any] = Field(default_factory=dict)
    starts_at: Happened = Field(alias="startsAt")
    ends_at: Moment | None = Field(default=None, alias="endsAt")
    generator_url: str | None = Field(default=None, alias="generatorURL")
    fingerprint: str | None = None


class _Delivery(Lenient):
    external_url: str | None = Field(default=None, alias="externalURL")
    alerts: tuple[Any, ...]


def parse(delivery: Delivery) -> Told:
    """Return a report for each alert; one that is odd does not hold up the others.

    Raises: ValueError when the delivery is none of Alertmanager's.
    """
    group = _Delivery.model_validate_json(delivery.body)
    return [_told(at, alert, group, delivery.severities) for at, alert in enumerate(group.alerts)]


def _told(at: int, given: Any, group: _Delivery, own: Mapping[str, Severity]) -> tuple[str, IncidentReported | Odd]:
    try:
        alert = _Alert.model_validate(given)
        return _id(alert), _report(alert, group, own)
    except ValueError as error:
        body = json.dumps(given, sort_keys=True)
        return derived_id("parked", NAME, body), Odd(f"alerts.{at}", body.encode(), error)


def _id(alert: _Alert) -> str:
    return derived_id(NAME, _fingerprint(alert), alert.starts_at.isoformat(), alert.status)


def _report(alert: _Alert, group: _Delivery, own: Mapping[str, Severity]) -> IncidentReported:
    kind = KINDS.get(alert.status, IncidentKind.NOTE)
    said = line(alert.annotations.get("summary")) or line(alert.labels.get("alertname"))
    name = said or f"Alert {_fingerprint(alert)}"
    return IncidentReported(
        source=NAME,
        external_id=f"{_fingerprint(alert)}-{alert.starts_at:%Y%m%dT%H%M%SZ}",
        kind=kind,
        occurred_at=_when(alert, kind),
        title=name[:300],
        summary=str(first(alert.annotations, "description", "message") or "")[:100_000],
        severity=severity(first(alert.labels, "severity", "priority"), own, SEVERITIES),
        services=service_names(first(alert.labels, "service", "app", "job")),
        url=link(group.external_url) or link(alert.generator_url),
        entry=entry(_text(alert, kind), alert.generator_url or alert.annotations.get("dashboard_url")),
    )


def _when(alert: _Alert, kind: IncidentKind) -> datetime:
    """When it began or ended: the end of an alert that fires is a zero, or when it would be taken for over."""
    if kind is not IncidentKind.RESOLVED:
        return alert.starts_at
    if alert.ends_at is None or alert.ends_at < alert.starts_at:
        msg = "endsAt: a resolved alert ends after it began"
        raise ValueError(msg)
    return alert.ends_at


def _fingerprint(alert: _Alert) -> str:
    """What tells alerts apart: their labels, of which newer versions send a hash."""
    labels = json.dumps(alert.labels, sort_keys=True)
    return line(alert.fingerprint, 100) or derived_id(NAME, labels)


def _text(alert: _Alert, kind: IncidentKind) -> str:
    name = line(alert.labels.get("alertname")) or "An alert"
    words = {IncidentKind.OPENED: "fires", IncidentKind.RESOLVED: "is resolved"}
    return f"{name} {words.get(kind, alert.status)}"
