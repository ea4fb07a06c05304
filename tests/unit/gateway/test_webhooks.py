"""Webhooks at the door: signed, repeated, forged, not understood."""

from __future__ import annotations

import json
from collections.abc import MutableMapping
from typing import Any

import httpx
import pytest

from services.gateway.domain.sources import SOURCES, incident_io
from services.gateway.domain.sources.pagerduty import sign
from services.gateway.ports import ACCEPT_WITHIN_S
from shared.contracts.base import incident_id
from shared.contracts.events import IncidentReported
from tests.helpers.builders import NOW
from tests.helpers.deliveries import payload
from tests.helpers.front_door import PAGERDUTY_SECRET, WHSEC, Door, is_problem

WEBHOOK = json.dumps(
    {
        "event": {
            "id": "E1",
            "event_type": "incident.triggered",
            "occurred_at": "2026-03-02T10:00:00Z",
            "data": {"id": "Q1", "type": "incident", "title": "Slow"},
        }
    }
).encode()

ONCALL_WAITS_S = 4.0


@pytest.fixture
def door() -> Door:
    return Door()


async def test_a_signed_webhook_is_said_once_however_often_it_comes(door: Door) -> None:
    headers = {"X-PagerDuty-Signature": sign(WEBHOOK, PAGERDUTY_SECRET)}
    answers = [
        await door.send("POST", "/v1/webhooks/pagerduty", content=WEBHOOK, headers=headers, role=None) for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [202, 202]
    assert answers[0].json() == answers[1].json()
    assert len({id for id, _ in door.messages.said}) == 1


@pytest.mark.parametrize("signature", [None, "v1=00", sign(b"other", PAGERDUTY_SECRET)])
async def test_a_forged_webhook_is_refused(door: Door, signature: str | None) -> None:
    headers = {"X-PagerDuty-Signature": signature} if signature else {}
    answer = await door.send("POST", "/v1/webhooks/pagerduty", content=WEBHOOK, headers=headers, role=None)
    assert is_problem(answer, 401, "bad-signature", "signature")
    assert not door.messages.said
    assert not door.messages.parked


async def test_a_genuine_webhook_that_nobody_understands_is_parked_and_accepted(door: Door) -> None:
    body = b'{"event": {"id": "E1"}}'
    headers = {"X-PagerDuty-Signature": sign(body, PAGERDUTY_SECRET)}
    answer = await door.send("POST", "/v1/webhooks/pagerduty", content=body, headers=headers, role=None)
    assert answer.status_code == 202
    assert answer.json()["postmortem_id"] is None
    assert [(body_, "event_type" in reason) for _, body_, reason in door.messages.parked] == [(body, True)]


async def test_an_unknown_source_is_named(door: Door) -> None:
    assert is_problem(
        await door.send("POST", "/v1/webhooks/smoke-signal", content=b"{}"), 404, "unknown-source", "source"
    )


BEARER = {"Authorization": "Bearer a token"}
ALERTS = {"Authorization": "Bearer new token", "Content-Type": "application/json"}


def proofs(source: str, body: bytes, sent_at: int = int(NOW.timestamp())) -> dict[str, str]:
    """What each tool sends to prove itself."""
    known = {
        "pagerduty": {"X-PagerDuty-Signature": sign(body, PAGERDUTY_SECRET)},
        "alertmanager": ALERTS,
        "incident-io": {
            "webhook-id": "msg_1",
            "webhook-timestamp": str(sent_at),
            "webhook-signature": incident_io.sign(body, WHSEC, "msg_1", str(sent_at)),
        },
        "cloudevents": BEARER | {"Content-Type": "application/cloudevents+json"},
    }
    return known.get(source, BEARER)


async def hook(door: Door, source: str, body: bytes, headers: dict[str, str]) -> httpx.Response:
    return await door.send("POST", f"/v1/webhooks/{source}", content=body, headers=headers, role=None)


@pytest.mark.parametrize("source", SOURCES)
async def test_every_tool_is_heard_and_answered_with_the_ids_of_its_incident(door: Door, source: str) -> None:
    body = payload(source, "01")
    answers = [await hook(door, source, body, proofs(source, body)) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [202, 202]
    assert answers[0].json() == answers[1].json()
    (id, report), _ = door.messages.said
    assert isinstance(report, IncidentReported)
    assert answers[0].json() == {
        "incident_id": incident_id(report.source, report.external_id),
        "postmortem_id": report.postmortem_id,
        "message_id": id,
        "message_ids": [id],
    }


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer stolen"}, {"X-PagerDuty-Signature": "v1=00"}])
@pytest.mark.parametrize("source", SOURCES)
async def test_every_tool_must_prove_itself_and_is_told_how(door: Door, source: str, headers: dict[str, str]) -> None:
    answer = await hook(door, source, b"{}", headers)
    assert is_problem(answer, 401, "bad-signature", "signature")
    assert source in answer.json()["detail"]
    assert "AFTERWORD_WEBHOOK_SECRETS" in answer.json()["detail"]
    assert answer.headers["WWW-Authenticate"] in ("Signature", "Bearer")
    assert not door.messages.said
    assert not door.messages.parked


async def test_a_stale_delivery_is_refused(door: Door) -> None:
    body = payload("incident-io", "01")
    answer = await hook(door, "incident-io", body, proofs("incident-io", body, int(NOW.timestamp()) - 301))
    assert is_problem(answer, 401, "bad-signature", "signature")
    assert "five minutes" in answer.json()["detail"]


async def test_a_ping_is_answered_and_says_nothing(door: Door) -> None:
    body = payload("pagerduty", "ping")
    answer = await hook(door, "pagerduty", body, proofs("pagerduty", body))
    assert answer.status_code == 202
    assert answer.json() == {"incident_id": None, "postmortem_id": None, "message_id": None, "message_ids": []}
    assert not door.messages.said
    assert not door.messages.parked


async def test_of_several_alerts_the_good_ones_are_told_and_the_odd_one_is_parked(door: Door) -> None:
    answer = await hook(door, "alertmanager", payload("alertmanager", "partial"), ALERTS)
    assert answer.status_code == 202
    said = [id for id, _ in door.messages.said]
    ((parked, part, reason),) = door.messages.parked
    assert len(said) == 4
    assert answer.json()["message_id"] == said[0]
    assert sorted(answer.json()["message_ids"]) == sorted([*said, parked])
    assert json.loads(part)["startsAt"] == "soon"
    assert reason.startswith("alerts.2: startsAt: ")


async def test_a_batch_of_cloudevents_is_refused_with_what_to_send_instead(door: Door) -> None:
    headers = BEARER | {"Content-Type": "application/cloudevents-batch+json"}
    assert is_problem(await hook(door, "cloudevents", b"[]", headers), 415, "unsupported-mode", "content-type")
    assert not door.messages.parked


async def test_a_cloudevent_may_keep_its_attributes_in_headers(door: Door) -> None:
    event = json.loads(payload("cloudevents", "01"))
    headers = BEARER | {f"ce-{name}": event[name] for name in ("id", "source", "type", "specversion")}
    answer = await hook(door, "cloudevents", json.dumps(event["data"]).encode(), headers)
    assert answer.status_code == 202
    assert answer.json()["incident_id"] == incident_id("my-tool", "INC-42")


async def test_a_cloudevent_of_another_type_is_parked_with_its_reason(door: Door) -> None:
    event = json.loads(payload("cloudevents", "01")) | {"type": "com.example.other"}
    answer = await hook(door, "cloudevents", json.dumps(event).encode(), proofs("cloudevents", b""))
    assert (answer.status_code, answer.json()["incident_id"]) == (202, None)
    assert [reason.partition(":")[0] for _, _, reason in door.messages.parked] == ["type"]


async def test_the_secret_may_stand_in_the_address(door: Door) -> None:
    answer = await hook(door, "opsgenie?access_token=a%20token", payload("opsgenie", "01"), {})
    assert answer.status_code == 202


async def test_what_cannot_be_stored_is_to_be_sent_again(door: Door) -> None:
    door.messages.down = True
    answer = await hook(door, "alertmanager", payload("alertmanager", "01"), ALERTS)
    assert is_problem(answer, 503, "not-accepted")


async def test_a_bus_that_does_not_answer_is_not_waited_for_longer_than_senders_wait_for_us() -> None:
    door = Door(accept_within=0.01)
    door.messages.stuck = True
    proof = {"X-PagerDuty-Signature": sign(WEBHOOK, PAGERDUTY_SECRET)}
    own = {"source": "my-tool", "external_id": "1", "kind": "resolved", "occurred_at": "2026-03-02T10:00:00Z"}
    for answer in (
        await hook(door, "pagerduty", WEBHOOK, proof),
        await door.send("POST", "/v1/incidents", json=own),
        await door.send("POST", "/v1/incidents", json=own, headers={"Idempotency-Key": "k"}),
    ):
        assert is_problem(answer, 503, "not-accepted")
        assert int(answer.headers["Retry-After"]) > 0


async def test_a_sender_that_hangs_up_in_the_middle_is_no_error_of_ours(door: Door) -> None:
    said: list[MutableMapping[str, Any]] = []

    async def hung_up() -> MutableMapping[str, Any]:
        return {"type": "http.disconnect"}

    async def answer(message: MutableMapping[str, Any]) -> None:
        said.append(message)

    scope = {"type": "http", "method": "POST", "path": "/v1/webhooks/pagerduty", "query_string": b"", "headers": []}
    await door.app(scope, hung_up, answer)
    assert said[0]["status"] == 400
    assert not door.messages.said


def test_the_door_gives_its_word_before_the_least_patient_tool_hangs_up() -> None:
    assert 0 < ACCEPT_WITHIN_S < ONCALL_WAITS_S


async def test_the_route_names_every_tool(door: Door) -> None:
    spec = (await door.send("GET", "/openapi.json", role=None)).json()
    route = spec["paths"]["/v1/webhooks/{source}"]["post"]
    assert all(source in route["summary"] for source in SOURCES)
