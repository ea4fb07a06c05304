"""PagerDuty V3 webhooks: genuine or not, and what they mean."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from deploy.demo.driver import Driver, sample_incident
from services.gateway.domain.sources.pagerduty import KINDS, parse, sign, verify
from shared.contracts.events import IncidentReported
from shared.contracts.values import IncidentKind
from tests.helpers.builders import NOW
from tests.helpers.deliveries import delivery as came
from tests.helpers.deliveries import only, payload, reports, told

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


def understood(event_type: str, data: dict[str, Any], **event: Any) -> IncidentReported:
    return only("pagerduty", delivery(event_type, data, **event))


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
    assert verify(came(BODY, {"x-pagerduty-signature": given}), SECRETS)


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
    assert not verify(came(BODY, {"x-pagerduty-signature": given}), SECRETS)


def test_without_header_or_without_secrets_nothing_is_genuine() -> None:
    assert not verify(came(BODY), SECRETS)
    assert not verify(came(BODY, {"x-pagerduty-signature": sign(BODY, "")}), ("",))


def test_the_whole_sample_incident_is_understood() -> None:
    driver = Driver(RUN)
    found = [each for body in driver.deliveries(NOW) for each in told("pagerduty", body)]
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
    assert told("pagerduty", body) == told("pagerduty", body)
    assert told("pagerduty", body)[0][0] != told("pagerduty", delivery("incident.triggered", INCIDENT, id="E2"))[0][0]


@pytest.mark.parametrize("event_type", ["incident.responder.added", "incident.workflow.started", "something.new"])
def test_an_event_type_that_nobody_knows_is_a_note(event_type: str) -> None:
    report = understood(event_type, INCIDENT)
    assert report.kind is IncidentKind.NOTE
    assert report.entry.text.startswith("PagerDuty: ")


@pytest.mark.parametrize("event_type", KINDS)
def test_older_and_sparse_payloads_are_understood(event_type: str) -> None:
    report = understood(event_type, {"id": "Q1", "type": "incident", "priority": None, "service": None})
    assert report.external_id == "Q1"


@pytest.mark.parametrize(
    ("summary", "severity"),
    [
        ("P1", "sev1"),
        ("SEV-2", "sev2"),
        ("sev3", "sev3"),
        ("P 4 - low", "sev4"),
        ("Critical", None),
        ("P9", None),
        ("SEV0", "sev1"),
        ("Severity 2", "sev2"),
        ("P12", None),
    ],
)
def test_priorities_become_severities(summary: str, severity: str | None) -> None:
    report = understood("incident.priority_updated", {**INCIDENT, "priority": {"id": "P", "summary": summary}})
    assert report.severity == severity


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b"[]",
        b'{"event": {}}',
        delivery("incident.triggered", {}),
        delivery("incident.triggered", INCIDENT, occurred_at="soon"),
        delivery("incident.triggered", INCIDENT, occurred_at="9999-12-31T23:59:59-23:00"),
        delivery("incident.workflow.started", {"id": "PWF1", "type": "incident_workflow_instance"}),
    ],
)
def test_what_cannot_be_understood_is_a_value_error(body: bytes) -> None:
    with pytest.raises((ValueError, ValidationError)):
        parse(came(body))


STORY = [
    ("opened", 0, None, [], ""),
    ("acknowledged", 2, "sev2", ["Ada Moreno"], ""),
    ("role_assigned", 5, None, ["Ben Okafor"], ""),
    ("note", 9, None, ["Ada Moreno"], "Connections to the orders database are exhausted."),
    ("severity_changed", 11, "sev1", ["Ada Moreno"], ""),
    ("note", 12, "sev1", ["Ben Okafor"], "PagerDuty: escalated"),
    ("note", 13, "sev1", ["Ada Moreno", "Ben Okafor"], "PagerDuty: delegated"),
    ("note", 14, "sev1", ["Ada Moreno", "Ben Okafor"], "PagerDuty: reassigned"),
    ("note", 15, "sev1", ["Ada Moreno"], "PagerDuty: unacknowledged"),
    ("note", 16, None, ["Chen Li"], "PagerDuty: responder added"),
    ("note", 17, None, ["Chen Li"], "Looking at the locks on the orders database."),
    ("note", 18, "sev1", ["Ada Moreno"], "PagerDuty: service updated"),
    ("note", 19, None, ["Ada Moreno"], "PagerDuty: conference bridge updated"),
    ("note", 20, None, ["Ada Moreno"], "PagerDuty: custom field values updated: Impact is Orders fail"),
    ("note", 21, "sev1", ["Ada Moreno"], "PagerDuty: incident type changed"),
    ("note", 22, None, [], "PagerDuty: workflow started: Open a war room"),
    ("note", 23, None, [], "PagerDuty: workflow completed: Open a war room"),
    ("status_update", 34, None, ["Ada Moreno"], "Checkout is back to normal, we keep watching."),
    ("resolved", 40, "sev1", ["Ada Moreno"], ""),
    ("reopened", 44, "sev1", ["Ada Moreno"], ""),
    ("role_assigned", 46, None, [], "Role taken back: Incident Commander"),
    ("resolved", 58, "sev1", ["Ada Moreno"], ""),
]


def test_every_event_of_an_incident_is_told() -> None:
    found = [
        (r.kind, r.occurred_at.minute, r.severity, [p.name for p in r.people], r.entry.text)
        for r in reports("pagerduty")
    ]
    assert found == STORY


def test_what_belongs_to_an_event_goes_with_it() -> None:
    opened, role = only("pagerduty", payload("pagerduty", "01")), only("pagerduty", payload("pagerduty", "03"))
    assert (opened.title, opened.services, opened.url) == (
        "Checkout answers slowly",
        ("checkout",),
        "https://example.com/incidents/Q1SAMPLE0001",
    )
    assert [person.role for person in role.people] == ["incident_commander"]
    bridge = only("pagerduty", payload("pagerduty", "13"))
    assert bridge.entry.evidence_url == "https://meet.example.com/123"
    assert only("pagerduty", payload("pagerduty", "12")).services == ("orders",)


@pytest.mark.parametrize("name", ["ping", "service-updated"])
def test_what_is_about_no_incident_means_nothing(name: str) -> None:
    assert told("pagerduty", payload("pagerduty", name)) == []


def test_an_integration_that_acts_is_nobody() -> None:
    monitoring = {"id": "P1", "type": "events_api_v2_inbound_integration_reference", "summary": "Monitoring"}
    assert understood("incident.resolved", INCIDENT, agent=monitoring).people == ()


def test_a_responder_who_declined_took_no_part() -> None:
    asked = {"user": {"id": "U", "summary": "Chen Li"}, "state": "declined", "incident": {"id": "Q1"}}
    assert understood("incident.responder.replied", asked).people == ()


def test_a_priority_in_words_of_their_own_is_told_in_their_words() -> None:
    report = understood("incident.priority_updated", {**INCIDENT, "priority": {"id": "P", "summary": "Urgent"}})
    assert (report.severity, report.entry.text) == (None, "Priority changed to Urgent")
