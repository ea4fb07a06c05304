"""Opsgenie: every action of an alert, times in milli- and nanoseconds, events that tell next to nothing."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.contracts.values import IncidentKind
from tests.helpers.builders import NOW
from tests.helpers.deliveries import only, payload, reports, told

STORY = [
    ("opened", 0, "sev3", [], ""),
    ("acknowledged", 2, "sev2", [("ada@example.com", "responder")], ""),
    ("role_assigned", 5, "sev2", [("ben@example.com", "incident_commander")], ""),
    ("note", 9, "sev2", [("ada@example.com", "responder")], "Connections to the orders database are exhausted."),
    ("severity_changed", 11, "sev1", [("ada@example.com", "responder")], ""),
    ("note", 12, "sev1", [("ada@example.com", "responder")], "Opsgenie: acknowledgement taken back"),
    ("note", 13, "sev1", [("ada@example.com", "responder")], "Opsgenie: tags added"),
    ("resolved", 40, "sev1", [("ada@example.com", "responder")], ""),
]


def changed(name: str, **alert: Any) -> bytes:
    """A sample with something else in its alert; None takes it away."""
    body = json.loads(payload("opsgenie", name))
    given = {**body["alert"], **alert}
    return json.dumps({**body, "alert": {key: value for key, value in given.items() if value is not None}}).encode()


def test_every_action_on_an_alert_is_told() -> None:
    found = [
        (r.kind, r.occurred_at.minute, r.severity, [(p.email, p.role) for p in r.people], r.entry.text)
        for r in reports("opsgenie")
    ]
    assert found == STORY


def test_a_new_alert_says_what_it_is() -> None:
    report = only("opsgenie", payload("opsgenie", "01"))
    assert (report.title, report.summary, report.services) == (
        "Checkout answers slowly",
        "p99 above 5 s",
        ("checkout",),
    )
    assert report.entry.evidence_url == "https://graphs.example.com/checkout"
    assert report.external_id == "052652ac-5d1c-464a-812a-7dd18bbfba8c"


@pytest.mark.parametrize("ticks", [1772445600000, 1772445600000000, 1772445600000000000])
def test_a_time_is_read_by_its_size(ticks: int) -> None:
    report = only("opsgenie", changed("02", updatedAt=ticks))
    assert report.occurred_at == datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


def test_an_event_without_a_time_happened_when_it_came() -> None:
    report = only("opsgenie", payload("opsgenie", "escalate"))
    assert (report.kind, report.occurred_at, report.entry.text) == ("note", NOW, "Opsgenie: escalated")
    assert report.external_id == "052652ac-5d1c-464a-812a-7dd18bbfba8c"


def test_events_without_a_time_are_told_apart_by_what_is_in_them() -> None:
    first, second = (told("opsgenie", changed("04", updatedAt=None, note=note))[0][0] for note in ("one", "two"))
    assert first != second


def test_an_action_of_their_own_by_nobody_in_particular_is_a_note() -> None:
    report = only("opsgenie", payload("opsgenie", "custom"))
    assert (report.kind, report.entry.text) == (IncidentKind.NOTE, "Opsgenie: RestartPods")
    assert (report.people, report.severity, report.services) == ((), None, ())


def test_an_alert_without_a_title_is_named_by_its_id() -> None:
    report = only("opsgenie", changed("01", message=None))
    assert report.title == "Opsgenie alert 052652ac-5d1c-464a-812a-7dd18bbfba8c"


@pytest.mark.parametrize(("priority", "severity"), [("P1", "sev1"), ("P5", "sev5"), ("Moderate", "sev3"), ("", None)])
def test_priorities_become_severities(priority: str, severity: str | None) -> None:
    assert only("opsgenie", changed("05", priority=priority)).severity == severity
