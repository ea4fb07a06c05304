"""Rate limits at the door: for whom they count, what an answer tells, and what one too many gets."""

from __future__ import annotations

from ipaddress import ip_network

import httpx
import pytest

from services.gateway.domain.rates import Policy
from services.gateway.domain.sources import SOURCES
from tests.helpers.deliveries import payload
from tests.helpers.front_door import Door, is_problem
from tests.unit.gateway.test_front_door import EVENT
from tests.unit.gateway.test_webhooks import hook, proofs

LIST = "/v1/postmortems"
STOLEN = {"Authorization": "Bearer stolen"}
PROXY = "10.0.0.2"


def is_limited(answer: httpx.Response, policy: Policy, quota: int, status: int = 429) -> bool:
    assert is_problem(answer, status, "rate-limited")
    assert answer.headers["RateLimit-Policy"] == f'"{policy}";q={quota};w=3600'
    assert answer.headers["RateLimit"] == f'"{policy}";r=0;t={answer.headers["Retry-After"]}'
    assert 0 < int(answer.headers["Retry-After"]) <= 3600
    assert answer.headers["Retry-After"] in answer.json()["detail"]
    return True


async def test_every_answer_tells_what_is_left_and_one_too_many_is_refused() -> None:
    door = Door(rates={Policy.PERSON: "3/hour"})
    answers = [await door.send("GET", LIST) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert [answer.headers["RateLimit"].split(";")[1] for answer in answers] == ["r=2", "r=1", "r=0", "r=0"]
    assert is_limited(answers[3], Policy.PERSON, 3)


async def test_what_is_left_is_told_with_errors_and_with_answers_of_any_kind_too() -> None:
    door = Door()
    for path in (LIST, "/v1/postmortems?limit=0", "/v1/commands/00000000-0000-5000-8000-000000000000"):
        assert '"person"' in (await door.send("GET", path)).headers["RateLimit"]


async def test_each_principal_has_a_limit_of_their_own_and_tools_another_than_people() -> None:
    door = Door(rates={Policy.PERSON: "1/hour", Policy.TOOL: "2/hour"})
    sent = [await door.send("POST", "/v1/incidents", json=EVENT, role="tool") for _ in range(3)]
    assert [answer.status_code for answer in sent] == [202, 202, 429]
    assert is_limited(sent[2], Policy.TOOL, 2)
    for role in ("engineer", "reviewer"):
        assert [(await door.send("GET", LIST, role=role)).status_code for _ in range(2)] == [200, 429]
    assert len(door.messages.said) == 2


async def test_a_request_that_is_one_too_many_does_nothing() -> None:
    door = Door(rates={Policy.PERSON: "1/hour"})
    await door.send("GET", LIST)
    assert is_limited(await door.send("POST", "/v1/incidents", json=EVENT), Policy.PERSON, 1)
    assert door.messages.said == []


async def test_bad_credentials_are_counted_by_address_and_good_ones_pass_all_the_same() -> None:
    door = Door(rates={Policy.FAILED: "2/hour"})
    answers = [await door.send("GET", LIST, headers=STOLEN) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [401, 401, 429]
    assert is_limited(answers[2], Policy.FAILED, 2)
    assert (await door.send("GET", LIST)).status_code == 200
    assert (await door.send("GET", LIST, headers=STOLEN, peer="203.0.113.9")).status_code == 401


async def test_who_sends_no_credential_at_all_is_told_so_however_often() -> None:
    door = Door(rates={Policy.FAILED: "1/hour"})
    assert [(await door.send("GET", LIST, role=None)).status_code for _ in range(3)] == [401] * 3


async def test_behind_our_proxy_each_client_is_counted_and_cannot_pose_as_another() -> None:
    door = Door(rates={Policy.FAILED: "1/hour"}, proxies=[ip_network("10.0.0.0/8")])
    for forwarded, status in (
        ("203.0.113.7", 401),
        ("198.51.100.1, 203.0.113.7", 429),
        ("203.0.113.7, 198.51.100.1", 401),
    ):
        headers = {**STOLEN, "X-Forwarded-For": forwarded}
        assert (await door.send("GET", LIST, headers=headers, peer=PROXY)).status_code == status


async def test_what_a_stranger_says_about_where_it_comes_from_is_not_believed() -> None:
    door = Door(rates={Policy.FAILED: "1/hour"})
    for i, status in enumerate((401, 429)):
        headers = {**STOLEN, "X-Forwarded-For": f"203.0.113.{i}"}
        assert (await door.send("GET", LIST, headers=headers)).status_code == status


@pytest.mark.parametrize("source", SOURCES)
async def test_a_delivery_too_many_is_answered_so_that_its_tool_sends_it_again(source: str) -> None:
    door = Door(rates={Policy.WEBHOOK: "1/hour"})
    body = payload(source, "01")
    assert (await hook(door, source, body, proofs(source, body))).status_code == 202
    busy = await hook(door, source, body, proofs(source, body))
    assert is_limited(busy, Policy.WEBHOOK, 1, SOURCES[source].when_busy)
    assert len(door.messages.said) == 1


def test_a_tool_that_sends_again_after_server_errors_alone_gets_one() -> None:
    assert {source for source, tool in SOURCES.items() if tool.when_busy == 429} == {"pagerduty", "cloudevents"}
    assert {tool.when_busy for tool in SOURCES.values()} == {429, 503}


async def test_each_source_has_a_limit_of_its_own_and_forgers_use_up_nobody_s() -> None:
    door = Door(rates={Policy.WEBHOOK: "1/hour", Policy.FAILED: "1/hour"})
    body = payload("opsgenie", "01")
    forged = [await hook(door, "opsgenie", body, STOLEN) for _ in range(2)]
    assert [answer.status_code for answer in forged] == [401, 429]
    for source in ("opsgenie", "alertmanager"):
        body = payload(source, "01")
        assert (await hook(door, source, body, proofs(source, body))).status_code == 202
