"""What subscribers are told, of what, and what never."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from services.gateway.domain.hooks import calls, request, told
from services.gateway.domain.hooks.hook import TOLD
from services.gateway.domain.hooks.telling import NEWS_FOR, SUMMARY
from shared.contracts import Message
from shared.contracts import events as said
from tests.helpers.builders import NOW, PM, REPORT, a_draft
from tests.unit.gateway.hooks.sample import NEXT, OPEN, PUBLIC, SECRET, a_call, a_hook, a_view, an_endpoint, story

KNOWN = a_view(*OPEN)
HIDDEN = a_view(a_draft(said.DraftCreated, restricted=True, title="What nobody may know"))
SECRETS = ("What nobody may know", "Olga Owner", "owner@example.com", "checkout", *REPORT.values())


def data_of(event: Message, **fields: Any) -> dict[str, Any]:
    data = told(a_call(event), KNOWN, a_hook(**fields), PUBLIC)
    assert data is not None
    return data


def test_a_fact_becomes_one_call_for_each_who_asks_for_it() -> None:
    hooks = [a_hook(name="a"), a_hook(name="b", events=["MeetingEnded"]), a_hook(name="c", events=["DraftCreated"])]
    found = calls(story("DraftCreated.v1"), "e-1", NOW, hooks, NOW)
    assert [call.hook for call in found] == ["a", "c"]
    assert len({call.webhook_id for call in found}) == 2


def test_a_repeated_fact_has_the_same_ids_whoever_else_subscribes_by_then() -> None:
    event, hooks = story("DraftCreated.v1"), [a_hook(name="a"), a_hook(name="b")]
    first, again = (calls(event, "e-1", NOW, each, NOW) for each in (hooks, [a_hook(name="new"), *reversed(hooks)]))
    assert {call.webhook_id for call in first} < {call.webhook_id for call in again}
    assert not {call.webhook_id for call in calls(event, "e-2", NOW, hooks, NOW)} & {c.webhook_id for c in first}


def test_old_news_is_told_to_nobody() -> None:
    event = story("DraftCreated.v1")
    assert calls(event, "e-1", NOW, [a_hook()], NOW + NEWS_FOR)
    assert calls(event, "e-1", NOW, [a_hook()], NOW + NEWS_FOR + timedelta(seconds=1)) == ()


@pytest.mark.parametrize("name", TOLD)
def test_every_fact_tells_what_it_is_about_and_nothing_of_the_report_but_a_summary(name: str) -> None:
    data = data_of(story(name))
    assert {"id", "title", "status", "severity", "services", "owner", "revision", "links"} <= set(data)
    assert data["links"]["page"] == f"https://afterword.example.com/postmortems/{PM}"
    assert REPORT["what_happened"] not in json.dumps(data)
    assert len(data.get("summary", "")) <= SUMMARY


def test_what_a_fact_says_goes_before_what_is_known_by_now() -> None:
    early = told(a_call(a_draft(said.DraftCreated, title="As it was")), KNOWN, a_hook(), PUBLIC)
    assert early
    assert (early["title"], early["revision"], early["status"]) == ("As it was", 1, "draft")


def test_a_summary_is_short_and_has_no_questions_of_the_template() -> None:
    report = {"overview": "First.\n\n> To do: say more.\nSecond. " + "x" * 500, "what_happened": "hidden"}
    summary = data_of(a_draft(said.DraftCreated, report=report))["summary"]
    assert summary.startswith("First. Second. xx")
    assert summary.endswith("…")
    assert len(summary) <= SUMMARY


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({}, True),
        ({"severities": ["sev1", "sev2"]}, True),
        ({"severities": ["sev1"]}, False),
        ({"services": ["payments", "checkout"]}, True),
        ({"services": ["payments"]}, False),
        ({"services": ["checkout"], "severities": ["sev5"]}, False),
    ],
)
@pytest.mark.parametrize("name", ["DraftCreated.v1", "MeetingScheduled.v1", "DeliveryCompleted.v1"])
def test_a_subscriber_is_told_only_of_its_severities_and_services(
    name: str, fields: dict[str, Any], wanted: bool
) -> None:
    assert (told(a_call(story(name)), KNOWN, a_hook(**fields), PUBLIC) is not None) == wanted


def test_of_a_postmortem_without_a_draft_nothing_can_be_told() -> None:
    assert told(a_call(story("MeetingScheduled.v1")), a_view(story("MeetingScheduled.v1")), a_hook(), PUBLIC) is None


@pytest.mark.parametrize("name", TOLD)
def test_a_restricted_postmortem_is_told_to_nobody_who_does_not_ask_for_it(name: str) -> None:
    assert told(a_call(story(name)), HIDDEN, a_hook(), PUBLIC) is None


@pytest.mark.parametrize("format", ["standard", "slack"])
@pytest.mark.parametrize("name", TOLD)
def test_a_restricted_postmortem_is_told_without_its_title_and_whatever_else_tells_what_it_is(
    name: str, format: str
) -> None:
    call, endpoint = a_call(story(name)), an_endpoint(format=format, restricted=True)
    data = told(call, HIDDEN, endpoint.hook, PUBLIC)
    assert data
    assert set(data) == {"id", "status", "severity", "revision", "restricted", "links"}
    sent = request(call, data, endpoint, NOW).body
    assert not [secret for secret in SECRETS if secret in sent]


def test_what_became_restricted_while_it_waited_is_not_told() -> None:
    call = a_call(a_draft(said.DraftCreated, title="What nobody may know"))
    assert told(call, HIDDEN, a_hook(), PUBLIC) is None


def test_a_signature_is_good_for_every_secret_of_the_subscriber_and_for_no_other() -> None:
    call, now = a_call(story("Published.v1")), datetime.now(UTC)
    sent = request(call, data_of(story("Published.v1")), an_endpoint(SECRET, NEXT), now)
    assert sent.headers["webhook-id"] == call.webhook_id
    assert len(sent.headers["webhook-signature"].split(" ")) == 2
    for secret in (SECRET, NEXT):
        body = Webhook(secret).verify(sent.body, sent.headers)
        assert (body["type"], body["timestamp"]) == ("Published.v1", "2026-03-02T12:00:00Z")
        assert body["data"]["id"] == PM
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_" + "A" * 32).verify(sent.body, sent.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(sent.body.replace("Published", "Publisher"), sent.headers)


def test_each_attempt_is_signed_anew_under_one_id() -> None:
    call, data = a_call(story("Published.v1")), data_of(story("Published.v1"))
    first, second = (request(call, data, an_endpoint(), NOW + timedelta(seconds=s)) for s in (0, 60))
    assert first.body == second.body
    changed = {key for key in first.headers if first.headers[key] != second.headers[key]}
    assert changed == {"webhook-timestamp", "webhook-signature"}
