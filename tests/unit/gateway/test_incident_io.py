"""incident.io: status by category, updates that do not say what changed, private incidents, what is about none."""

from __future__ import annotations

import json

import pytest

from services.gateway.domain.sources.delivery import Delivery
from services.gateway.domain.sources.incident_io import parse
from shared.contracts.events import IncidentReported
from tests.helpers.builders import NOW
from tests.helpers.deliveries import only, payload, reports, told

STATUS = "public_incident.incident_status_updated_v2"
ACTION = "public_incident.action_created_v1"
STORY = [
    ("opened", 0, "sev3", ""),
    ("note", 5, "sev3", "Incident updated: status Investigating, severity Minor"),
    ("note", 11, "sev2", "Incident updated: status Investigating, severity Major"),
    ("status_update", 20, "sev2", "Status: Investigating to Monitoring"),
    ("note", 30, None, "Follow up created: Limit the export's connections"),
    ("resolved", 40, "sev2", "Status: Monitoring to Documenting"),
    ("reopened", 44, "sev2", "Status: Documenting to Fixing"),
    ("resolved", 58, "sev2", "Status: Fixing to Closed"),
]


def test_every_event_of_an_incident_is_told() -> None:
    assert [(r.kind, r.occurred_at.minute, r.severity, r.entry.text) for r in reports("incident-io")] == STORY


def test_an_incident_says_what_it_is() -> None:
    report = only("incident-io", payload("incident-io", "01"))
    assert (report.title, report.services) == ("Checkout answers slowly", ("checkout", "orders"))
    assert report.url == "https://app.example.com/incidents/123"
    assert report.summary == "Orders fail for one in five customers."
    assert [(p.name, p.role) for p in report.people] == [("Ada Moreno", "reporter")]


def test_people_come_with_their_roles_and_with_an_address_where_there_is_one() -> None:
    report = only("incident-io", payload("incident-io", "02"))
    assert [(p.name, p.email, p.role) for p in report.people] == [
        ("Ben Okafor", "ben@example.com", "incident_commander"),
        ("Chen Li", None, "communications_lead"),
        ("Ada Moreno", "ada@example.com", "reporter"),
    ]


def test_the_timestamps_of_an_organisation_that_have_a_word_here_are_told() -> None:
    body = json.loads(payload("incident-io", "08"))
    incident = body[STATUS]["incident"]
    names = {"Impact started": 52, "Fixed at": 53, "Impact ended ": 55, "Impact started at": 1, "Escalated at": 9}
    incident["incident_timestamp_values"] = [
        {"incident_timestamp": {"name": name}, "value": {"value": f"2026-03-02T09:{minute:02}:00Z"}}
        for name, minute in names.items()
    ] + [{"incident_timestamp": {"name": "Mitigated at"}}, {"value": None}, {}]
    report = only("incident-io", json.dumps(body).encode())
    found = (report.impact_started_at, report.mitigated_at, report.impact_ended_at)
    assert [moment.minute for moment in found if moment] == [52, 53, 55]


def test_a_follow_up_links_to_its_issue_and_its_assignee_took_no_part() -> None:
    report = only("incident-io", payload("incident-io", "05"))
    assert (report.people, report.entry.evidence_url) == ((), "https://issues.example.com/SHOP-1")


@pytest.mark.parametrize(
    ("name", "kind", "title", "text"),
    [
        ("private-created", "opened", "incident.io incident 01SAMPLEPRIVATE00000000001", ""),
        ("private-updated", "note", None, "Incident updated"),
        ("private-membership", "note", None, "Membership granted"),
    ],
)
def test_a_private_incident_is_known_by_its_id_alone(name: str, kind: str, title: str | None, text: str) -> None:
    report = only("incident-io", payload("incident-io", name))
    assert (report.external_id, report.kind) == ("01SAMPLEPRIVATE00000000001", kind)
    assert (report.title, report.entry.text, report.people, report.severity) == (title, text, (), None)
    assert report.private


def test_a_public_incident_is_not_private() -> None:
    found = [told("incident-io", payload("incident-io", name)) for name in ("01", "04", "05", "retrospective")]
    assert not any(report.private for each in found for _, report in each if isinstance(report, IncidentReported))


def test_an_incident_written_down_afterwards_is_opened_and_over() -> None:
    found = told("incident-io", payload("incident-io", "retrospective"))
    assert [(r.kind, r.occurred_at.minute) for _, r in found] == [("opened", 0), ("resolved", 50)]
    assert len({id for id, _ in found}) == 2


@pytest.mark.parametrize(
    ("was", "now", "kind"),
    [
        ("triage", "live", "status_update"),
        ("live", "learning", "resolved"),
        (None, "closed", "resolved"),
        ("learning", "closed", "status_update"),
        ("closed", "live", "reopened"),
        ("closed", "merged", "status_update"),
        ("live", "declined", "status_update"),
        ("live", "a new category", "status_update"),
    ],
)
def test_the_category_of_its_status_says_whether_an_incident_is_over(was: str | None, now: str, kind: str) -> None:
    previous = {"name": "Before", "category": was} if was else None
    change = {"incident": {"id": "I"}, "new_status": {"name": "After", "category": now}, "previous_status": previous}
    assert only("incident-io", json.dumps({"event_type": STATUS, STATUS: change}).encode()).kind == kind


def test_an_alert_is_about_no_incident() -> None:
    assert told("incident-io", payload("incident-io", "alert-created")) == []


def test_an_event_type_that_nobody_knows_is_a_note_of_the_incident_that_it_names() -> None:
    report = only("incident-io", payload("incident-io", "postmortem-document"))
    assert report.external_id == "01SAMPLEINCIDENT0000000001"
    assert report.entry.text == "Postmortem document status updated: Checkout answers slowly"


def test_the_same_event_has_the_same_id_however_often_it_is_sent() -> None:
    body = payload("incident-io", "01")
    (first,), (retry,), (other,) = (told("incident-io", body, webhook_id=id) for id in ("m1", "m1", "m2"))
    assert first == retry
    assert first[0] != other[0]


def test_an_event_without_times_happened_when_it_was_signed() -> None:
    body = payload("incident-io", "private-updated")
    report = only("incident-io", body, webhook_timestamp="1772445600")
    assert report.occurred_at.isoformat() == "2026-03-02T10:00:00+00:00"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({}, "event_type"),
        ({"event_type": "public_incident.incident_created_v2"}, "valid dictionary"),
        ({"event_type": ACTION, ACTION: {"id": "A"}}, "incident_id"),
    ],
)
def test_what_names_no_incident_is_a_value_error(body: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        told("incident-io", json.dumps(body).encode())


def test_without_the_header_that_names_the_event_there_is_no_event() -> None:
    with pytest.raises(ValueError, match="webhook-id"):
        parse(Delivery(body=payload("incident-io", "01"), received_at=NOW))
