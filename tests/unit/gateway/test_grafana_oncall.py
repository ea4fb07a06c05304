"""Grafana OnCall: every event of an alert group; some tell no time, some no person."""

from __future__ import annotations

import json

import pytest

from services.gateway.domain.sources.grafana_oncall import parse
from tests.helpers.builders import NOW
from tests.helpers.deliveries import delivery, only, payload, reports

STORY = [
    ("opened", 0, [], ""),
    ("acknowledged", 2, [("ada", "ada@example.com")], ""),
    ("note", 4, [("ada", "ada@example.com")], "Grafana OnCall: silenced"),
    ("note", None, [], "Grafana OnCall: escalation step reached"),
    ("note", 6, [("ada", "ada@example.com")], "Grafana OnCall: acknowledgement taken back"),
    ("resolved", 40, [("ben", None)], ""),
    ("reopened", 44, [("ada", "ada@example.com")], ""),
    ("resolved", 58, [("ada", "ada@example.com")], ""),
]


def test_every_event_of_an_alert_group_is_told() -> None:
    found = [
        (
            r.kind,
            r.occurred_at.minute if r.occurred_at != NOW else None,
            [(p.name, p.email) for p in r.people],
            r.entry.text,
        )
        for r in reports("grafana-oncall")
    ]
    assert found == STORY


def test_the_group_and_its_first_alert_say_what_it_is() -> None:
    report = only("grafana-oncall", payload("grafana-oncall", "01"))
    assert (report.external_id, report.title) == ("I6SAMPLE4K11", "Checkout answers slowly")
    assert (report.severity, report.services) == ("sev1", ("checkout",))
    assert report.url == "https://grafana.example.com/a/grafana-oncall-app/alert-groups/I6SAMPLE4K11"
    assert report.entry.evidence_url == "https://grafana.example.com/alerting/grafana/1/view"
    assert report.occurred_at.isoformat() == "2026-03-02T10:00:21.714058+00:00"


def test_without_a_group_and_with_a_free_alert_the_id_is_enough() -> None:
    report = only("grafana-oncall", payload("grafana-oncall", "partial"))
    assert (report.title, report.severity) == ("Grafana OnCall alert group I6SAMPLE4K11", None)


def test_an_event_type_that_nobody_knows_is_a_note() -> None:
    body = json.loads(payload("grafana-oncall", "02"))
    body["event"]["type"] = "paged a drone"
    report = only("grafana-oncall", json.dumps(body).encode())
    assert (report.kind, report.entry.text) == ("note", "Grafana OnCall: paged a drone")


def test_what_is_sent_without_forward_all_says_what_to_turn_on() -> None:
    with pytest.raises(ValueError, match="Forward All"):
        parse(delivery(b'{"event": {"type": "resolve"}}'))
