"""Prometheus Alertmanager: several alerts a delivery, repeats, and one that is odd among good ones."""

from __future__ import annotations

import json
from typing import Any

import pytest

from services.gateway.domain.sources.alertmanager import parse
from services.gateway.domain.sources.delivery import Odd
from shared.contracts.values import IncidentKind
from tests.helpers.deliveries import delivery, only, payload, reports, told

FIRST, SECOND = "a1bc48475b20e73d-20260302T100058Z", "b2cd59586c31f84e-20260302T100500Z"


def changed(**alert: Any) -> bytes:
    """The first sample with something else in its alert; None takes it away."""
    body = json.loads(payload("alertmanager", "01"))
    given = {**body["alerts"][0], **alert}
    body["alerts"] = [{name: value for name, value in given.items() if value is not None}]
    return json.dumps(body).encode()


def test_each_alert_is_an_incident_from_firing_to_resolved() -> None:
    found = [(r.external_id, r.kind, r.severity, f"{r.occurred_at:%H:%M:%S}") for r in reports("alertmanager")]
    opened, second = (FIRST, "opened", "sev1", "10:00:58"), (SECOND, "opened", "sev3", "10:05:00")
    ended, second_ended = (FIRST, "resolved", "sev1", "10:31:12"), (SECOND, "resolved", "sev3", "10:40:00")
    assert found == [opened, opened, second, ended, second, second_ended]


def test_a_repeat_is_the_same_message_in_whatever_group_it_comes() -> None:
    body = json.loads(payload("alertmanager", "01"))
    other = json.dumps({**body, "groupKey": '{}/{team="shop"}:{}'}).encode()
    ids = [id for name in ("01", "02") for id, _ in told("alertmanager", payload("alertmanager", name))]
    assert ids[0] == ids[1] == told("alertmanager", other)[0][0]
    assert ids[2] != ids[0]


def test_an_alert_that_fires_again_later_is_another_incident() -> None:
    again = only("alertmanager", changed(startsAt="2026-03-09T10:00:58Z"))
    assert again.external_id == "a1bc48475b20e73d-20260309T100058Z"


def test_labels_and_annotations_say_what_it_is() -> None:
    report = only("alertmanager", payload("alertmanager", "01"))
    assert (report.title, report.services) == ("Checkout answers slowly on web-1", ("checkout",))
    assert report.summary == "p99 above 5 s for ten minutes"
    assert report.url == "https://alertmanager.example.com"
    assert report.entry.text == "CheckoutSlow fires"
    assert (report.entry.evidence_url or "").startswith("https://prometheus.example.com/graph")


def test_an_alert_of_labels_alone_is_told_by_its_labels() -> None:
    ((id, report),) = told("alertmanager", payload("alertmanager", "bare"))
    assert (report.title, report.severity, report.url, report.entry.evidence_url) == ("DiskFull", None, None, None)
    assert [(id, report)] == told("alertmanager", payload("alertmanager", "bare"))


def test_one_odd_alert_does_not_hold_up_the_others() -> None:
    found = parse(delivery(payload("alertmanager", "partial")))
    assert [isinstance(report, Odd) for _, report in found] == [False, False, True, False, False]
    odd = found[2][1]
    assert isinstance(odd, Odd)
    assert odd.where == "alerts.2"
    assert "startsAt" in str(odd.error)
    assert json.loads(odd.body)["startsAt"] == "soon"


@pytest.mark.parametrize(
    "alert",
    [
        {"startsAt": "0001-01-01T00:00:00Z"},
        {"status": "resolved"},
        {"status": "resolved", "endsAt": None},
        {"status": "resolved", "endsAt": "2026-03-02T09:00:00Z"},
        {"status": None},
    ],
)
def test_an_alert_without_its_times_is_odd(alert: dict[str, Any]) -> None:
    ((_, found),) = parse(delivery(changed(**alert)))
    assert isinstance(found, Odd)


@pytest.mark.parametrize(
    ("label", "severity"),
    [("critical", "sev1"), ("Warning", "sev3"), ("info", "sev5"), ("P2", "sev2"), ("SEV-1", "sev1"), ("purple", None)],
)
def test_the_severity_label_is_read_by_a_table(label: str, severity: str | None) -> None:
    assert only("alertmanager", changed(labels={"alertname": "X", "severity": label})).severity == severity


def test_a_status_that_nobody_knows_is_a_note() -> None:
    report = only("alertmanager", changed(status="muted"))
    assert (report.kind, report.entry.text) == (IncidentKind.NOTE, "CheckoutSlow muted")
