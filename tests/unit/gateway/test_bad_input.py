"""Requests that somebody bent on purpose: each is a problem of the caller's, and nothing of it is kept."""

from __future__ import annotations

import gzip
import json
from typing import Any

import httpx
import pytest

from services.gateway.domain.sources import SOURCES
from services.gateway.domain.view import View, project
from services.gateway.handlers.limits import MAX_BODY
from shared.contracts.decision import Reply
from shared.contracts.events import DraftCreated
from tests.helpers.builders import NOW, PM, a_draft
from tests.helpers.deliveries import payload
from tests.helpers.front_door import Door, is_problem
from tests.unit.gateway.test_front_door import ETAG, EVENT
from tests.unit.gateway.test_webhooks import BEARER, hook, proofs

ONE = f"/v1/postmortems/{PM}"
SIGNED = ("pagerduty", "incident-io")
BODY = json.dumps(EVENT).encode()
JSON = {"Content-Type": "application/json"}
BOMB = gzip.compress(b"0" * (64 * MAX_BODY))
LONG = "x" * 60_000


@pytest.fixture
def door() -> Door:
    return Door(views={PM: project(View(id=PM), a_draft(DraftCreated), (NOW, "e-1"))})


def is_untouched(door: Door) -> bool:
    """Say whether nothing was said, parked or remembered."""
    return not (door.messages.said or door.messages.parked or door.commands.given)


async def report(door: Door, body: bytes, **headers: str) -> httpx.Response:
    return await door.send("POST", "/v1/incidents", content=body, headers=JSON | headers, role="tool")


def bent(body: bytes) -> dict[str, bytes]:
    """What may become of a body on its way, by accident or not."""
    return {
        "changed by one byte": body[:-2] + bytes([body[-2] ^ 1]) + body[-1:],
        "truncated": body[: len(body) // 2],
        "doubled": body + body,
        "with something behind it": body + b" {}",
        "with something before it": b"\xef\xbb\xbf" + body,
        "gzipped": gzip.compress(body),
        "a bomb": BOMB,
    }


@pytest.mark.parametrize("what", bent(b"{...}"))
@pytest.mark.parametrize("source", SIGNED)
async def test_a_signature_is_good_for_its_own_bytes_alone(door: Door, source: str, what: str) -> None:
    body = payload(source, "01")
    answer = await hook(door, source, bent(body)[what], proofs(source, body))
    assert is_problem(answer, 401, "bad-signature", "signature")
    assert is_untouched(door)


@pytest.mark.parametrize("source", SIGNED)
async def test_a_signature_is_good_for_its_own_tool_alone(door: Door, source: str) -> None:
    body = payload(source, "01")
    for other in set(SIGNED) - {source}:
        assert is_problem(await hook(door, other, body, proofs(source, body)), 401, "bad-signature", "signature")
    assert is_untouched(door)


@pytest.mark.parametrize("off", [-301, 301, -(10**10), 10**10])
async def test_a_sender_whose_clock_is_wrong_has_proven_nothing(door: Door, off: int) -> None:
    body = payload("incident-io", "01")
    answer = await hook(door, "incident-io", body, proofs("incident-io", body, int(NOW.timestamp()) + off))
    assert is_problem(answer, 401, "bad-signature", "signature")
    assert is_untouched(door)


@pytest.mark.parametrize("source", SOURCES)
async def test_a_replayed_delivery_is_told_under_the_same_ids(door: Door, source: str) -> None:
    body = payload(source, "01")
    answers = [await hook(door, source, body, proofs(source, body)) for _ in range(3)]
    assert len({json.dumps(answer.json()) for answer in answers}) == 1
    assert len({id for id, _ in door.messages.said}) == len(answers[0].json()["message_ids"])


@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"a":' * 50_000, BOMB, b"\xff\xfe", b"", b"\0" * 1000], ids=len)
@pytest.mark.parametrize("source", ["alertmanager", "opsgenie", "grafana-oncall", "cloudevents"])
async def test_nonsense_of_a_tool_that_knows_its_secret_is_put_aside_as_it_is(
    door: Door, source: str, body: bytes
) -> None:
    answer = await hook(door, source, body, proofs(source, b"") | {"Content-Encoding": "gzip"})
    assert answer.status_code == 202
    assert [parked for _, parked, _ in door.messages.parked] == [body]
    assert not door.messages.said


@pytest.mark.parametrize("what", ["truncated", "doubled", "with something behind it", "with something before it"])
async def test_a_bent_report_is_not_read(door: Door, what: str) -> None:
    assert is_problem(await report(door, bent(BODY)[what]), 400, "malformed-json", "body")
    assert is_untouched(door)


@pytest.mark.parametrize("coding", ["gzip", "GZIP", "deflate", "br", "gzip, identity", "x-gzip"])
async def test_a_bomb_is_not_unpacked(door: Door, coding: str) -> None:
    assert len(BOMB) < MAX_BODY
    answer = await report(door, BOMB, **{"Content-Encoding": coding})
    assert is_problem(answer, 415, "unsupported-media-type", "body")
    assert is_untouched(door)


async def test_a_body_that_is_nested_too_deeply_is_not_read(door: Door) -> None:
    for body in (b"[" * 100_000, b'{"a":' * 50_000, json.dumps(EVENT | {"x": nested(33)}).encode()):
        assert is_problem(await report(door, body), 400, "malformed-json", "body")
    assert is_untouched(door)


def nested(levels: int) -> Any:
    return [nested(levels - 1)] if levels else []


@pytest.mark.parametrize(
    "at", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "2026-02-30T00:00:00Z", "now", "1e400", 10**40]
)
async def test_a_time_that_no_clock_shows_is_a_wrong_field(door: Door, at: str | int) -> None:
    answer = await report(door, json.dumps(EVENT | {"occurred_at": at}).encode())
    assert answer.status_code in (400, 422)
    assert answer.json()["field"] in ("body", "occurred_at")
    assert is_untouched(door)


@pytest.mark.parametrize("name", ["Idempotency-Key", "If-Match", "If-None-Match", "X-Request-Id", "traceparent"])
@pytest.mark.parametrize(
    "value",
    [b"a\tb", b"\xff\xfe", "k\u00fc".encode(), LONG.encode(), b'"' * 5000, b"W/" * 9000, b""],
    ids=lambda v: v[:9],
)
async def test_a_strange_header_is_refused_or_ignored(door: Door, name: str, value: bytes) -> None:
    headers = {"If-Match": "*"} if name != "If-Match" else {}
    sent = [*(headers | {"Authorization": "Bearer key-engineer"}).items()]
    raw = [(key.encode(), text.encode()) for key, text in sent] + [(name.encode(), value)]
    transport = httpx.ASGITransport(app=door.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        answer = await client.patch(ONE, json={"title": "x"}, headers=raw)
    assert answer.status_code in (200, 412, 422)
    assert (answer.status_code == 200) == bool(door.messages.said)
    assert answer.headers["X-Request-Id"].isascii()
    assert value.decode("latin-1") not in answer.headers.values() or value == b""


@pytest.mark.parametrize("key", ["key-engineer\u00e9", "key-engineer ", "'key-engineer'", LONG, "\x7f", ""])
async def test_a_strange_key_opens_nothing(door: Door, key: str) -> None:
    value = f"Bearer {key}".encode("latin-1")
    transport = httpx.ASGITransport(app=door.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        answer = await client.get(ONE, headers=[(b"Authorization", value)])
    if key != "key-engineer ":  # white space at the end is none of the value
        assert is_problem(answer, 401, "no-valid-key", "Authorization")
    assert is_untouched(door)


async def test_nobody_sees_what_became_of_another_s_request(door: Door) -> None:
    door.messages.reply = None
    given = await door.send("POST", f"{ONE}/submit", role="engineer")
    door.messages.reply = Reply(data={"secret": "x"})
    path = given.json()["status_url"].removeprefix("https://afterword.example.com")
    for role in ("reviewer", "admin"):
        assert is_problem(await door.send("GET", path, role=role), 404, "unknown-command")
    assert (await door.send("GET", path, role="engineer")).status_code == 200


@pytest.mark.parametrize(
    "id",
    [
        "0",
        "..",
        "%2e%2e",
        "%00",
        "a" * 5000,
        PM.upper(),
        PM + "%0A",
        PM + "%00",
        "\u0660" * 8,
        f"{PM}%2Fsubmit",
        "null",
    ],
)
async def test_an_id_that_is_none_is_refused_or_names_nothing(door: Door, id: str) -> None:
    for method, path in (("GET", ""), ("PATCH", ""), ("POST", "/submit"), ("GET", "/meeting"), ("POST", "/reviews")):
        answer = await door.send(method, f"/v1/postmortems/{id}{path}", headers={"If-Match": ETAG})
        assert answer.status_code in (404, 405, 422), (method, path)
        assert answer.headers["content-type"] == "application/problem+json"
    assert is_untouched(door)


@pytest.mark.parametrize("query", ["q=%00", "q=%ED%A0%80", "owner=%FF", "limit=1e3", "limit=" + "9" * 5000, "limit=-0"])
async def test_a_strange_question_is_answered_or_refused(door: Door, query: str) -> None:
    answer = await door.send("GET", f"/v1/postmortems?{query}")
    assert answer.status_code in (200, 422)
    assert answer.status_code == 200 or is_problem(answer, 422, "invalid-field", "limit")


async def test_a_request_that_tells_its_length_in_two_ways_is_refused_on_every_route(door: Door) -> None:
    headers = JSON | {"Content-Length": str(len(BODY)), "Transfer-Encoding": "chunked"}
    for method, path in (
        ("POST", "/v1/incidents"),
        ("GET", ONE),
        ("POST", f"{ONE}/submit"),
        ("POST", "/v1/webhooks/x"),
    ):
        answer = await door.send(method, path, content=BODY, headers=headers)
        assert is_problem(answer, 400, "ambiguous-length", "Content-Length")
        assert answer.headers["Connection"] == "close"
    assert is_untouched(door)


def test_a_bearer_is_what_the_other_tools_prove_themselves_with() -> None:
    assert all(proofs(source, b"").keys() >= {"Authorization"} or source in SIGNED for source in SOURCES)
    assert BEARER
