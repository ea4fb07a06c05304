"""What the door lets in and what it answers, with no room behind it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from services.gateway.domain.facets import ReviewView
from services.gateway.domain.view import View, project
from services.gateway.handlers.limits import MAX_BODY
from shared.contracts.base import postmortem_id
from shared.contracts.commands import PublishPostmortem, RevisePostmortem
from shared.contracts.decision import Kind, Refusal, Reply
from shared.contracts.events import DraftCreated, IncidentReported, Snapshot
from tests.helpers.builders import NOW, PM, a_draft
from tests.helpers.front_door import Door, is_problem

EVENT: dict[str, Any] = {
    "source": "my-tool",
    "external_id": "INC-1",
    "kind": "opened",
    "occurred_at": "2026-03-02T09:14:00Z",
    "title": "Slow",
    "severity": "sev2",
    "services": ["checkout"],
}
ETAG = f'"1-{a_draft(DraftCreated).content_hash[:16]}"'


@pytest.fixture
def door() -> Door:
    return Door()


@pytest.fixture
def drafted() -> Door:
    return Door(views={PM: project(View(id=PM), a_draft(DraftCreated), (NOW, "e-1"))})


async def test_an_incident_event_is_said_under_an_id_that_follows_from_its_content(door: Door) -> None:
    first = await door.send("POST", "/v1/incidents", json=EVENT, role="tool")
    again = await door.send("POST", "/v1/incidents", json=EVENT, role="tool")
    assert first.status_code == again.status_code == 202
    assert first.json() == again.json()
    assert first.json()["postmortem_id"] == postmortem_id("my-tool", "INC-1")
    assert len({id for id, _ in door.messages.said}) == 1
    assert isinstance(door.messages.said[0][1], IncidentReported)


@pytest.mark.parametrize(("role", "said"), [("tool", None), ("engineer", "engineer@example.com")])
async def test_who_reported_is_who_called_whatever_the_body_says_and_the_same_content_is_one_event(
    door: Door, role: str, said: str | None
) -> None:
    for headers in ({}, {"Idempotency-Key": "k"}):
        for body in (EVENT, EVENT | {"reported_by": "owner@example.com"}):
            answer = await door.send("POST", "/v1/incidents", json=body, role=role, headers=headers)
            assert answer.status_code == 202
    events = [event for _, event in door.messages.said if isinstance(event, IncidentReported)]
    assert {event.reported_by for event in events} == {said}
    assert len({id for id, _ in door.messages.said}) == 2


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"kind": "exploded"}, "kind"),
        ({"kind": None}, "kind"),
        ({"severity": "sev9"}, "severity"),
        ({"external_id": ""}, "external_id"),
        ({"occurred_at": "yesterday"}, "occurred_at"),
        ({"occurred_at": "2026-03-02T09:14:00"}, "occurred_at"),
        ({"people": [{"name": "A", "email": "a@b@c"}]}, "people.0.email"),
        ({"url": "javascript:alert(1)"}, "url"),
        ({"entry": {"text": "x", "evidence_url": "ftp://x"}}, "entry.evidence_url"),
        ({"services": ["x"] * 101}, "services"),
    ],
)
async def test_a_wrong_field_is_named_and_nothing_is_said(door: Door, change: dict[str, Any], field: str) -> None:
    answer = await door.send("POST", "/v1/incidents", json=EVENT | change)
    assert is_problem(answer, 422, "invalid-field", field)
    assert door.messages.said == []


async def test_a_missing_field_is_named(door: Door) -> None:
    for field in ("source", "external_id", "kind", "occurred_at"):
        answer = await door.send("POST", "/v1/incidents", json={k: v for k, v in EVENT.items() if k != field})
        assert is_problem(answer, 422, "invalid-field", field)
    assert (
        "title"
        in (await door.send("POST", "/v1/incidents", json={k: v for k, v in EVENT.items() if k != "title"})).text
    )
    assert door.messages.said == []


async def test_what_is_no_json_is_said_so(door: Door) -> None:
    answer = await door.send("POST", "/v1/incidents", content=b"{", headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["rule"] == "malformed-json"


@pytest.mark.parametrize("announced", [True, False])
async def test_a_body_over_the_limit_is_refused(door: Door, announced: bool) -> None:
    body = json.dumps(EVENT | {"summary": "x" * MAX_BODY}).encode()

    async def chunks() -> Any:
        for start in range(0, len(body), 65_536):
            yield body[start : start + 65_536]

    for path in ("/v1/incidents", "/v1/webhooks/pagerduty"):
        answer = await door.send(
            "POST", path, content=body if announced else chunks(), headers={"Content-Type": "application/json"}
        )
        assert is_problem(answer, 413, "body-too-large", "body")
    assert door.messages.said == []


@pytest.mark.parametrize("path", ["/v1/postmortems", f"/v1/postmortems/{PM}"])
async def test_without_a_key_nobody_reads_and_a_tool_s_key_only_reports(drafted: Door, path: str) -> None:
    assert is_problem(await drafted.send("GET", path, role=None), 401, "no-valid-key", "Authorization")
    assert is_problem(
        await drafted.send("GET", path, headers={"Authorization": "Bearer stolen"}, role=None),
        401,
        "no-valid-key",
        "Authorization",
    )
    assert is_problem(await drafted.send("GET", path, role="tool"), 403, "role-needed")


async def test_an_event_that_cannot_be_stored_is_the_sender_s_to_send_again(door: Door) -> None:
    door.messages.down = True
    answer = await door.send("POST", "/v1/incidents", json=EVENT)
    assert is_problem(answer, 503, "not-accepted")
    assert int(answer.headers["Retry-After"]) > 0


async def test_a_database_that_is_away_is_no_bug_but_a_reason_to_try_again(drafted: Door) -> None:
    drafted.library.down = True
    answer = await drafted.send("GET", f"/v1/postmortems/{PM}")
    assert is_problem(answer, 503, "store-away")
    assert int(answer.headers["Retry-After"]) > 0


async def test_a_postmortem_is_read_with_its_etag(drafted: Door) -> None:
    answer = await drafted.send("GET", f"/v1/postmortems/{PM}")
    assert answer.status_code == 200
    assert answer.headers["ETag"].startswith(ETAG[:-1] + "-")
    assert answer.json()["sections"] == dict(a_draft(DraftCreated).report)


@pytest.mark.parametrize("path", [f"/v1/postmortems/{postmortem_id('x', 'y')}", "/v1/nothing"])
async def test_what_is_not_there_is_a_problem_too(drafted: Door, path: str) -> None:
    answer = await drafted.send("GET", path)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


async def test_an_edit_needs_the_etag_that_was_read(drafted: Door) -> None:
    path, patch = f"/v1/postmortems/{PM}", {"title": "Better"}
    assert is_problem(await drafted.send("PATCH", path, json=patch), 428, "if-match-required", "If-Match")
    for stale in ('"1-0000000000000000"', '"x"'):
        answer = await drafted.send("PATCH", path, json=patch, headers={"If-Match": stale})
        assert is_problem(answer, 412, "stale-revision", "If-Match")
    assert drafted.messages.said == []
    assert (await drafted.send("PATCH", path, json=patch, headers={"If-Match": ETAG})).status_code == 200
    ((_, command),) = drafted.messages.said
    assert isinstance(command, RevisePostmortem)
    assert (command.base_revision, command.title, command.sections, command.actor.email) == (
        1,
        "Better",
        None,
        "engineer@example.com",
    )


@pytest.mark.parametrize(
    ("patch", "field"),
    [
        ({"status": "published"}, "status"),
        ({"severity": "huge"}, "severity"),
        ({"owner": {"name": "x"}}, "owner.email"),
        ({"title": None}, "title"),
        ({"sections": {"Bad Name": "x"}}, "sections.Bad Name.[key]"),
    ],
)
async def test_a_patch_of_what_cannot_be_changed_is_refused(drafted: Door, patch: dict[str, Any], field: str) -> None:
    answer = await drafted.send("PATCH", f"/v1/postmortems/{PM}", json=patch, headers={"If-Match": ETAG})
    assert is_problem(answer, 422, "invalid-field", field)
    assert drafted.messages.said == []


async def test_a_section_set_to_null_is_emptied(drafted: Door) -> None:
    await drafted.send(
        "PATCH", f"/v1/postmortems/{PM}", json={"sections": {"overview": None}}, headers={"If-Match": ETAG}
    )
    ((_, command),) = drafted.messages.said
    assert isinstance(command, RevisePostmortem)
    assert command.sections == {"overview": ""}


@pytest.mark.parametrize(
    ("kind", "status"),
    [(Kind.INVALID, 422), (Kind.FORBIDDEN, 403), (Kind.NOT_FOUND, 404), (Kind.CONFLICT, 409), (Kind.STALE, 412)],
)
async def test_a_room_s_refusal_is_a_problem_that_names_the_rule(drafted: Door, kind: Kind, status: int) -> None:
    drafted.messages.reply = Reply(refusal=Refusal(kind=kind, rule="the-rule", detail="Why.", field="f"))
    answer = await drafted.send("POST", f"/v1/postmortems/{PM}/publish")
    assert is_problem(answer, status, "the-rule", "f")


@pytest.mark.parametrize(("approved", "seen"), [(1, 1), (0, None)])
async def test_whoever_publishes_says_which_approval_they_have_seen(approved: int, seen: int | None) -> None:
    door = Door(views={PM: View(id=PM, draft=a_draft(Snapshot), review=ReviewView(approved_revision=approved))})
    await door.send("POST", f"/v1/postmortems/{PM}/publish")
    ((_, command),) = door.messages.said
    assert isinstance(command, PublishPostmortem)
    assert command.approved_revision == seen


async def test_a_room_that_does_not_answer_in_time_has_the_command_all_the_same(drafted: Door) -> None:
    drafted.messages.reply = None
    answer = await drafted.send("POST", f"/v1/postmortems/{PM}/submit")
    assert answer.status_code == 202
    assert answer.headers["Location"] == answer.json()["status_url"]
    path = answer.headers["Location"].removeprefix("https://afterword.example.com")
    assert (await drafted.send("GET", path)).json()["status"] == "accepted"
    drafted.messages.reply = Reply(data={"revision": 1})
    assert (await drafted.send("GET", path)).json() == {"status": "done", "result": {"revision": 1}}
    assert len({id for id, _ in drafted.messages.said}) == 1
    assert is_problem(await drafted.send("GET", path, role="reviewer"), 404, "unknown-command")


async def test_an_idempotency_key_is_good_for_one_request_of_one_person(drafted: Door) -> None:
    path, key = f"/v1/postmortems/{PM}/reviews", {"Idempotency-Key": "k1"}
    approve, comment = {"revision": 1, "verdict": "approve"}, {"revision": 1, "verdict": "request_changes"}
    for role in ("reviewer", "reviewer", "admin"):
        assert (await drafted.send("POST", path, json=approve, headers=key, role=role)).status_code == 200
    ids = [id for id, _ in drafted.messages.said]
    assert ids[0] == ids[1] != ids[2]
    answer = await drafted.send("POST", path, json=comment, headers=key, role="reviewer")
    assert is_problem(answer, 422, "idempotency-key-reused", "Idempotency-Key")


async def test_the_api_describes_itself(door: Door) -> None:
    spec = (await door.send("GET", "/openapi.json", role=None)).json()
    assert {
        "/v1/incidents",
        "/v1/webhooks/{source}",
        "/v1/postmortems",
        "/v1/postmortems/{id}",
        "/v1/postmortems/{id}/submit",
        "/v1/postmortems/{id}/reviews",
        "/v1/postmortems/{id}/meeting",
        "/v1/postmortems/{id}/publish",
        "/v1/postmortems/{id}/deliveries",
    } <= set(spec["paths"])


async def test_the_address_in_mails_leads_to_the_postmortem(drafted: Door) -> None:
    answer = await drafted.send("GET", f"/postmortems/{PM}", role=None)
    assert (answer.status_code, answer.headers["Location"]) == (
        307,
        f"https://afterword.example.com/v1/postmortems/{PM}",
    )
