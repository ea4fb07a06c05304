"""Bodies that nobody should send: always a problem of the caller's, never ours."""

from __future__ import annotations

import gzip
import json
from functools import lru_cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.gateway.domain import strict_json
from services.gateway.domain.view import View, project
from services.gateway.handlers.imports import EXAMPLE as IMPORTED
from services.gateway.handlers.problems import MEDIA_TYPE
from shared.contracts.decision import Reply
from shared.contracts.events import DraftCreated
from tests.helpers.builders import NOW, PM, a_draft, an_item
from tests.helpers.front_door import Door, FakeMessages, is_problem
from tests.unit.gateway.test_front_door import ETAG, EVENT

ITEM = an_item()
ONE = f"/v1/postmortems/{PM}"
REMARK = "a3be584f9c2d1707"
SAMPLES: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", "/v1/incidents"): EVENT | {"people": [{"name": "A", "email": "a@example.com"}], "entry": {"text": "x"}},
    ("PATCH", ONE): {"title": "x", "severity": "sev1", "services": ["a"], "sections": {"overview": None}, "note": ""},
    ("POST", f"{ONE}/submit"): {},
    ("POST", f"{ONE}/reviews"): {"revision": 1, "verdict": "comment", "comments": [{"text": "x"}]},
    ("DELETE", f"{ONE}/reviews/mine"): {},
    ("POST", f"{ONE}/threads/{PM}/replies"): {"text": "x"},
    ("POST", f"{ONE}/threads/{PM}/resolve"): {},
    ("POST", f"{ONE}/threads/{PM}/reopen"): {},
    ("POST", f"{ONE}/publish"): {},
    ("POST", f"{ONE}/reviewers/claim"): {"reviewer": None},
    ("POST", f"{ONE}/reviewers/decline"): {"reason": "x", "reviewer": "a@example.com"},
    ("POST", f"{ONE}/reviewers/hand-over"): {"to": "b@example.com", "reason": "x"},
    ("POST", f"{ONE}/meeting/reschedule"): {"start": "2026-03-02T09:14:00Z", "end": None},
    ("POST", f"{ONE}/meeting/cancel"): {},
    ("POST", f"{ONE}/meeting/end"): {"notes": "x"},
    ("PUT", f"{ONE}/meeting/notes"): {"notes": "x"},
    ("POST", f"{ONE}/meeting/attendees"): {},
    ("DELETE", f"{ONE}/meeting/attendees/me"): {},
    ("POST", "/v1/me/links/rotate"): {},
    ("POST", f"{ONE}/skip"): {"reason": "x"},
    ("POST", f"{ONE}/require"): {"reason": "x"},
    ("POST", f"{ONE}/corrections"): {"note": "x", "title": "y", "sections": {"overview": None}},
    ("DELETE", f"{ONE}/corrections/current"): {},
    ("POST", f"{ONE}/incidents"): {"source": "a", "external_id": "b"},
    ("DELETE", f"{ONE}/incidents/{PM}"): {},
    ("POST", f"{ONE}/action-items"): {
        "text": "x",
        "owner": {"name": "A", "email": "a@example.com"},
        "due": "2026-03-31",
    },
    ("PATCH", f"{ONE}/action-items/{ITEM.id}"): {"state": "wont_do", "reason": "x", "due": "2026-03-31"},
    ("PUT", "/v1/reviewers/a@example.com"): {"name": "A", "services": ["x"], "active": True, "away_until": None},
    ("PUT", "/v1/lists/payments"): {
        "members": ["a@example.com"],
        "when": {"severities": ["sev1"]},
        "includes": ["x"],
        "mode": "list",
        "address": "x@example.com",
    },
    ("PUT", f"{ONE}/text"): {"title": "y", "severity": "sev3", "services": ["x"], "sections": {"overview": None}},
    ("POST", f"{ONE}/text/diff"): {"title": "y", "sections": {"overview": "x"}},
    ("DELETE", "/v1/lists/payments"): {},
    ("PUT", f"{ONE}/remarks/{REMARK}/dismissal"): {"reason": "x"},
    ("DELETE", f"{ONE}/remarks/{REMARK}/dismissal"): {},
    ("PUT", "/v1/lists/payments/unsubscribed/a@example.com"): {},
    ("DELETE", "/v1/lists/payments/unsubscribed/a@example.com"): {},
    ("PUT", "/v1/lists/payments/subscribers/a@example.com"): {},
    ("DELETE", "/v1/lists/payments/subscribers/a@example.com"): {},
    ("DELETE", "/v1/suppressions/a@example.com"): {},
    ("PUT", "/v1/mail-preferences/a@example.com"): {"reports": "digest", "digest_by_list": False},
    ("PUT", "/v1/postmortem-of-the-month/2026-03"): {"postmortem_id": PM, "why": "x"},
    ("DELETE", "/v1/postmortem-of-the-month/2026-03"): {},
    ("POST", "/v1/imports"): IMPORTED,
}
"""A good body for every route that changes something, but for those that take none of JSON."""
NO_JSON = {("POST", "/v1/webhooks/{source}"), ("POST", "/unsubscribe/{token}")}
NAMES = {
    "{id}": PM,
    "{item_id}": ITEM.id,
    "{merged_id}": PM,
    "{thread}": PM,
    "{name}": "payments",
    "{email}": "a@example.com",
    "{remark}": REMARK,
    "{month}": "2026-03",
}

PREFERENCE = {"reports": "digest", "digest_by_list": False}
CHOICE = {"month": "2026-03", "chosen": PM, "why": "x", "chosen_by": "A", "chosen_at": NOW.isoformat()}
ANY_TEXT = st.text(st.characters(exclude_categories=()) | st.sampled_from("\0\ud800\udfff\u202e"), max_size=20)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats()
    | ANY_TEXT
    | st.datetimes().map(lambda at: at.isoformat() + "+23:59")
)
ANY_JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ANY_TEXT, inner, max_size=4), max_leaves=20
)


def changed(sample: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Bodies that are almost good: some fields are anything, some are new."""
    names = st.sampled_from(sorted(sample)) | ANY_TEXT if sample else ANY_TEXT
    return st.dictionaries(names, ANY_JSON, max_size=3).map(lambda other: sample | other)


def drafted() -> Door:
    view = project(View(id=PM), a_draft(DraftCreated), (NOW, "e-1")).changed(action_items=(ITEM,))
    known: dict[str, Any] = {"version": 2, "created": False, "unsubscribed": True, "since": None}
    known |= {"subscribed": False, "subscribed_since": None}
    known |= PREFERENCE | CHOICE
    return Door(FakeMessages(reply=Reply(data=known | ITEM.model_dump(mode="json"))), {PM: view})


@lru_cache(maxsize=1)
def door_of(_route: tuple[str, str]) -> Door:
    """One door for all that is sent to a route: making it takes ten times as long as sending something."""
    return drafted()


async def test_every_route_that_changes_something_is_tried_here() -> None:
    spec = (await drafted().send("GET", "/openapi.json")).json()["paths"]
    changing = {(verb.upper(), named(path)) for path in spec for verb in spec[path] if verb != "get"}
    assert changing - NO_JSON == set(SAMPLES)


def named(path: str) -> str:
    for word, name in NAMES.items():
        path = path.replace(word, name)
    return path


@pytest.mark.parametrize("route", SAMPLES, ids=" ".join)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
async def test_whatever_json_is_sent_the_answer_is_good_or_a_problem_of_the_caller_s(
    route: tuple[str, str], data: st.DataObject
) -> None:
    body = data.draw(ANY_JSON | changed(SAMPLES[route]) | st.binary(max_size=50))
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"Content-Type": "application/json", "If-Match": "*" if ITEM.id in route[1] else ETAG}
    answer = await door_of(route).send(*route, content=content, headers=headers)
    assert answer.status_code < 500
    if answer.status_code >= 400:
        assert answer.headers["Content-Type"] == MEDIA_TYPE
        assert answer.json()["detail"]


@pytest.mark.parametrize(
    "body",
    [
        '{"title": "a", "title": "b"}',
        '{"x": {"a": 1, "\\u0061": 2}}',
        '{"title": NaN}',
        '{"title": -Infinity}',
        '{"title": 1e999}',
        '{"title": ' + "9" * 5000 + "}",
        f'{{"title": {2**53}}}',
        '{"title": "\\ud800"}',
        '{"\\udfff": 1}',
        '{"title": ' + "[" * 33 + "]" * 33 + "}",
        "[" * 500_000,
        '{"a":' * 100_000,
        '{"title": "x"} {}',
        "\ufeff{}",
        "{'title': 1}",
        " ",
    ],
    ids=lambda body: body[:24],
)
async def test_json_that_parsers_differ_about_is_refused(body: str) -> None:
    door = drafted()
    for method, path in (("PATCH", ONE), ("POST", "/v1/incidents")):
        headers = {"Content-Type": "application/json", "If-Match": ETAG}
        answer = await door.send(method, path, content=body.encode(), headers=headers)
        assert is_problem(answer, 400, "malformed-json", "body")
    assert not door.messages.said


@pytest.mark.parametrize("body", [b'{"title": "\xff"}', '{"title": "x"}'.encode("utf-16"), b"\x00"])
def test_what_is_not_utf_8_is_no_json(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"UTF-8|Expecting"):
        strict_json.check(body)


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(2**53) + 1, 2**53 - 1)
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=10,
    )
)
def test_what_everybody_reads_alike_is_taken(value: Any) -> None:
    strict_json.check(json.dumps(value).encode())
    strict_json.check(json.dumps(value, ensure_ascii=False).encode())


def test_as_deep_as_is_allowed_is_taken() -> None:
    strict_json.check(b"[" * 32 + b"1" + b"]" * 32)


@pytest.mark.parametrize("kind", [None, "text/plain", "application/x-www-form-urlencoded", "application/jsonp", "json"])
async def test_a_body_that_is_not_said_to_be_json_is_refused_by_its_type(kind: str | None) -> None:
    door = drafted()
    headers = {"If-Match": ETAG} | ({"Content-Type": kind} if kind else {})
    for method, path in (("PATCH", ONE), ("POST", "/v1/incidents"), ("POST", f"{ONE}/reviews")):
        answer = await door.send(method, path, content=json.dumps(EVENT).encode(), headers=headers)
        assert is_problem(answer, 415, "unsupported-media-type", "body")
        assert "application/json" in answer.headers["Accept"]


async def test_a_compressed_body_is_not_unpacked() -> None:
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    answer = await drafted().send("POST", "/v1/incidents", content=gzip.compress(b"{}"), headers=headers)
    assert is_problem(answer, 415, "unsupported-media-type", "body")


@pytest.mark.parametrize(
    "kind", ["application/json", "Application/JSON; charset=utf-8", "application/merge-patch+json"]
)
async def test_a_patch_says_that_it_is_json(kind: str) -> None:
    headers = {"Content-Type": kind, "If-Match": ETAG}
    answer = await drafted().send("PATCH", ONE, content=b'{"title": "x"}', headers=headers)
    assert answer.status_code == 200


async def test_a_route_that_needs_no_body_takes_none() -> None:
    assert (await drafted().send("POST", f"{ONE}/submit")).status_code == 200


async def test_every_wrong_field_is_named() -> None:
    answer = await drafted().send("POST", "/v1/incidents", json=EVENT | {"kind": "x", "severity": "y"})
    assert {error["field"] for error in answer.json()["errors"]} == {"kind", "severity"}
    assert all(error["detail"] for error in answer.json()["errors"])


async def test_a_time_outside_of_the_calendar_is_a_wrong_field() -> None:
    answer = await drafted().send("POST", "/v1/incidents", json=EVENT | {"occurred_at": "0001-01-01T00:00:00+23:59"})
    assert is_problem(answer, 422, "invalid-field", "occurred_at")
