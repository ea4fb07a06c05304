"""PagerDuty V3 webhooks: genuine or not, and what they mean."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from deploy.demo.driver import Driver, sample_incident
from services.gateway.domain.sources.pagerduty import KINDS, parse, sign, verify
from shared.contracts.values import IncidentKind
from tests.helpers.builders import NOW

SECRETS = ("old secret", "new secret")
BODY = b'{"event": 1}'
RUN: dict[str, Any] = {"gateway_url": "http://127.0.0.1:1"}


def delivery(event_type: str, data: dict[str, Any], **event: Any) -> bytes:
    return json.dumps(
        {
            "event": {
                "id": "E1",
                "event_type": event_type,
                "occurred_at": "2026-03-02T10:00:00.123Z",
                "agent": None,
                "client": None,
                "data": data,
                **event,
            }
        }
    ).encode()


INCIDENT = {
    "id": "Q1",
    "type": "incident",
    "title": "Slow",
    "html_url": "https://example.com/Q1",
    "priority": None,
    "service": {"id": "S1", "summary": "checkout"},
}


@pytest.mark.parametrize(
    "given",
    [
        sign(BODY, "old secret"),
        sign(BODY, "new secret"),
        f"v1={'0' * 64},{sign(BODY, 'new secret')}",
        f"{sign(BODY, 'old secret')}, v1=ab",
    ],
)
def test_any_signature_with_any_secret_is_good(given: str) -> None:
    assert verify({"x-pagerduty-signature": given}, BODY, SECRETS)


@pytest.mark.parametrize(
    "given",
    [
        "",
        "v1=",
        "v1=00",
        "v2=" + sign(BODY, "old secret")[3:],
        sign(BODY, "stolen"),
        sign(BODY + b" ", "old secret"),
        "\u20ac",
    ],
)
def test_a_forged_signature_is_not(given: str) -> None:
    assert not verify({"x-pagerduty-signature": given}, BODY, SECRETS)


def test_without_header_or_without_secrets_nothing_is_genuine() -> None:
    assert not verify({}, BODY, SECRETS)
    assert not verify({"x-pagerduty-signature": sign(BODY, "")}, BODY, ())


def test_the_whole_sample_incident_is_understood() -> None:
    driver = Driver(RUN)
    found = [parse(body) for body in driver.deliveries(NOW)]
    assert [report.kind for _, report in found] == [
        "opened",
        "acknowledged",
        "role_assigned",
        "note",
        "note",
        "status_update",
        "resolved",
    ]
    assert {report.external_id for _, report in found} == {driver.incident}
    assert {report.postmortem_id for _, report in found} == {driver.id}
    assert len({id for id, _ in found}) == len(sample_incident())
    opened = found[0][1]
    assert (opened.severity, opened.services, opened.title) == (
        "sev2",
        ("checkout",),
        "Checkout answers slowly, p99 above 5 s",
    )
    assert [(p.name, p.role) for p in found[2][1].people] == [("Ben Okafor", "incident_commander")]


def test_the_same_delivery_has_the_same_id_and_another_event_another() -> None:
    body = delivery("incident.triggered", INCIDENT)
    assert parse(body) == parse(body)
    assert parse(body)[0] != parse(delivery("incident.triggered", INCIDENT, id="E2"))[0]


@pytest.mark.parametrize("event_type", ["incident.responder.added", "incident.workflow.started", "something.new"])
def test_an_event_type_that_nobody_knows_is_a_note(event_type: str) -> None:
    _, report = parse(delivery(event_type, INCIDENT))
    assert report.kind is IncidentKind.NOTE
    assert report.entry.text.startswith("PagerDuty: ")


@pytest.mark.parametrize("event_type", KINDS)
def test_older_and_sparse_payloads_are_understood(event_type: str) -> None:
    _, report = parse(delivery(event_type, {"id": "Q1", "type": "incident", "priority": None, "service": None}))
    assert report.external_id == "Q1"


@pytest.mark.parametrize(
    ("summary", "severity"),
    [("P1", "sev1"), ("SEV-2", "sev2"), ("sev3", "sev3"), ("P 4 - low", "sev4"), ("Critical", None), ("P9", None)],
)
def test_priorities_become_severities(summary: str, severity: str | None) -> None:
    _, report = parse(delivery("incident.priority_updated", {**INCIDENT, "priority": {"id": "P", "summary": summary}}))
    assert report.severity == severity


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b"[]",
        b'{"event": {}}',
        delivery("incident.triggered", {}),
        delivery("incident.triggered", INCIDENT, occurred_at="soon"),
    ],
)
def test_what_cannot_be_understood_is_a_value_error(body: bytes) -> None:
    with pytest.raises((ValueError, ValidationError)):
        parse(body)
