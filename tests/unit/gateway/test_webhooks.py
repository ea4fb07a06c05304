"""Webhooks at the door: signed, repeated, forged, not understood."""

from __future__ import annotations

import json

import pytest

from services.gateway.domain.sources.pagerduty import sign
from tests.helpers.front_door import PAGERDUTY_SECRET, Door, is_problem

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
