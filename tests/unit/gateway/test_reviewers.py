"""The community over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from services.gateway.domain import directory
from services.gateway.domain.directory import KnownReviewer
from shared.contracts.community import Level, Member, PutReviewer, reviewer_id
from shared.contracts.decision import Kind, Refusal, Reply
from tests.helpers.builders import NOW
from tests.helpers.front_door import Door, is_problem

DINA = Member(
    name="Dina",
    email="dina@example.com",
    services=("checkout",),
    note="Knows the providers.",
    skills=("databases",),
    level=Level.MENTOR,
    team="payments",
)
GONE = Member(name="Ada", email="ada@example.com", active=False)
PATH = f"/v1/reviewers/{DINA.email}"
BODY: dict[str, Any] = {"name": "Dina", "services": ["checkout"], "away_until": "2026-04-07T09:00:00+02:00"}


def known(member: Member = DINA, version: int = 3) -> KnownReviewer:
    return KnownReviewer(version=version, origin="policy", reviewer=member)


TAG = directory.etag(known())


@pytest.fixture
def door() -> Door:
    door = Door()
    for member in (DINA, GONE):
        door.reviewers.states[reviewer_id(member.email)] = known(member)
    door.messages.reply = Reply(data={"version": 4, "created": False})
    return door


async def test_a_member_is_read_with_an_etag_that_a_reader_can_come_back_with(door: Door) -> None:
    answer = await door.send("GET", PATH)
    assert answer.json() == {
        "name": "Dina",
        "email": "dina@example.com",
        "services": ["checkout"],
        "active": True,
        "away_until": None,
        "note": "Knows the providers.",
        "origin": "policy",
        "by_group": False,
        "skills": ["databases"],
        "capacity": None,
        "away": [],
        "timezone": None,
        "hours": None,
        "level": "mentor",
        "team": "payments",
        "aliases": [],
    }
    assert answer.headers["ETag"] == TAG
    assert (await door.send("GET", PATH.upper().replace("/V1/REVIEWERS", "/v1/reviewers"))).json() == answer.json()
    again = await door.send("GET", PATH, headers={"If-None-Match": TAG})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", TAG)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["ada@example.com", "dina@example.com"]),
        ("?active=true", ["dina@example.com"]),
        ("?active=false", ["ada@example.com"]),
        ("?service=checkout", ["dina@example.com"]),
        ("?service=search", []),
        ("?skill=databases", ["dina@example.com"]),
        ("?skill=networks", []),
        ("?level=mentor", ["dina@example.com"]),
        ("?level=experienced", ["ada@example.com"]),
        ("?team=payments&active=true", ["dina@example.com"]),
        ("?team=search", []),
        ("?level=mentor&skill=databases&service=checkout&team=payments&active=false", []),
    ],
)
async def test_the_community_is_listed_by_address(door: Door, query: str, found: list[str]) -> None:
    answer = (await door.send("GET", f"/v1/reviewers{query}")).json()
    assert [each["email"] for each in answer["items"]] == found
    assert answer["next_cursor"] is None


async def test_who_is_nobody_is_not_found_and_what_is_no_address_is_said(door: Door) -> None:
    assert is_problem(await door.send("GET", "/v1/reviewers/x@example.com"), 404, "unknown-reviewer")
    assert is_problem(await door.send("GET", "/v1/reviewers/nobody"), 422, "invalid-field", "email")


async def test_a_change_goes_to_its_owner_with_the_version_that_was_seen(door: Door) -> None:
    answer = await door.send("PUT", PATH, json=BODY, headers={"If-Match": TAG}, role="reviewer")
    ((_, command),) = door.messages.said
    assert isinstance(command, PutReviewer)
    assert (command.base_version, command.actor.email, command.subject) == (
        3,
        "reviewer@example.com",
        reviewer_id(DINA.email),
    )
    assert answer.status_code == 200
    assert (answer.json()["away_until"], answer.json()["origin"]) == ("2026-04-07T07:00:00Z", "api")
    now = KnownReviewer(version=4, origin="api", reviewer=command.reviewer)
    assert answer.headers["ETag"] == directory.etag(now)


@pytest.mark.parametrize(
    ("path", "headers", "base"),
    [
        (PATH, {"If-Match": "*"}, None),
        (PATH, {"If-Match": TAG}, 3),
        (PATH, {"If-Match": f'"x", {TAG}'}, 3),
        (PATH, {"If-Match": TAG[:-1] + '-gzip"'}, 3),
        (PATH, {"If-Match": directory.etag(known(version=5))}, 5),
        (PATH, {"If-None-Match": "*"}, 0),
        ("/v1/reviewers/new@example.com", {"If-None-Match": "*"}, 0),
        ("/v1/reviewers/new@example.com", {"If-Match": TAG}, 3),
    ],
)
async def test_a_condition_names_a_version(door: Door, path: str, headers: dict[str, str], base: int | None) -> None:
    assert (await door.send("PUT", path, json=BODY, headers=headers)).status_code == 200
    ((_, command),) = door.messages.said
    assert isinstance(command, PutReviewer)
    assert command.base_version == base


@pytest.mark.parametrize(
    ("path", "headers", "status", "rule"),
    [
        (PATH, {}, 428, "if-match-required"),
        (PATH, {"If-None-Match": TAG}, 428, "if-match-required"),
        (PATH, {"If-Match": "W/" + TAG}, 412, "stale-version"),
        (PATH, {"If-Match": "x"}, 412, "stale-version"),
        (PATH, {"If-Match": directory.etag(known(GONE))}, 412, "stale-version"),
        ("/v1/reviewers/new@example.com", {"If-Match": "*"}, 412, "stale-version"),
    ],
)
async def test_a_condition_that_cannot_be_met_is_refused_at_the_door(
    door: Door, path: str, headers: dict[str, str], status: int, rule: str
) -> None:
    assert is_problem(await door.send("PUT", path, json=BODY, headers=headers), status, rule, "If-Match")
    assert door.messages.said == []


async def test_a_new_member_is_201_and_a_refusal_of_the_owner_is_told(door: Door) -> None:
    door.messages.reply = Reply(data={"version": 1, "created": True})
    answer = await door.send("PUT", "/v1/reviewers/new@example.com", json=BODY, headers={"If-None-Match": "*"})
    assert (answer.status_code, answer.json()["email"]) == (201, "new@example.com")
    refusal = Refusal(kind=Kind.FORBIDDEN, rule="own-entry-or-admin", detail="Your own.")
    door.messages.reply = Reply(refusal=refusal)
    answer = await door.send("PUT", PATH, json=BODY, headers={"If-Match": TAG})
    assert is_problem(answer, 403, "own-entry-or-admin")


async def test_while_the_owner_is_away_a_change_is_durable_all_the_same(door: Door) -> None:
    door.messages.reply = None
    answer = await door.send("PUT", PATH, json=BODY, headers={"If-Match": TAG})
    assert answer.status_code == 202
    assert answer.headers["Location"] == answer.json()["status_url"]
    path = answer.headers["Location"].removeprefix("https://afterword.example.com")
    assert (await door.send("GET", path)).json() == {"status": "accepted", "result": None}
    door.messages.reply = Reply(data={"version": 4, "created": False})
    assert (await door.send("GET", path)).json() == {"status": "done", "result": {"version": 4, "created": False}}
    assert is_problem(await door.send("GET", path, role="admin"), 404, "unknown-command")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"services": [""]}, "services.0"),
        ({"services": ["x"] * 101}, "services"),
        ({"active": "perhaps"}, "active"),
        ({"away_until": "tomorrow"}, "away_until"),
        ({"away_until": "2026-04-07T09:00:00"}, "away_until"),
        ({"note": "x" * 501}, "note"),
        ({"skills": ["x", ""]}, "skills.1"),
        ({"capacity": 0}, "capacity"),
        ({"capacity": 51}, "capacity"),
        ({"away": [{"since": "2026-04-08", "until": "2026-04-07"}]}, "away.0"),
        ({"away": [{"since": "soon", "until": "2026-04-07"}]}, "away.0.since"),
        ({"away": [{"since": "2026-04-07", "until": "2026-04-07"}] * 51}, "away"),
        ({"timezone": "Europe/Atlantis"}, "timezone"),
        ({"hours": {"opens": "17:00", "closes": "09:00"}}, "hours"),
        ({"hours": {"opens": "09:00", "closes": "5 pm"}}, "hours.closes"),
        ({"level": "guru"}, "level"),
        ({"team": " "}, "team"),
        ({"aliases": ["nobody"]}, "aliases.0"),
        ({"by_group": "perhaps"}, "by_group"),
        ({"done": 40}, "done"),
        ({"email": "other@example.com"}, "email"),
    ],
)
async def test_a_wrong_field_is_named_and_nothing_is_said(door: Door, change: dict[str, Any], field: str) -> None:
    answer = await door.send("PUT", PATH, json=BODY | change, headers={"If-Match": TAG})
    assert is_problem(answer, 422, "invalid-field", field)
    assert door.messages.said == []


async def test_a_request_that_is_sent_again_is_the_same_command(door: Door) -> None:
    headers = {"If-Match": TAG, "Idempotency-Key": "k-1"}
    for _ in range(2):
        assert (await door.send("PUT", PATH, json=BODY, headers=headers)).status_code == 200
    assert len({id for id, _ in door.messages.said}) == 1
    assert door.clock.now() == NOW


@pytest.mark.parametrize("method", ["GET", "PUT"])
async def test_a_tool_neither_sees_nor_changes_the_community(door: Door, method: str) -> None:
    assert is_problem(await door.send(method, PATH, json=BODY, role="tool"), 403, "role-needed")
    assert is_problem(await door.send(method, PATH, json=BODY, role=None), 401, "no-valid-key", "Authorization")


async def test_what_was_read_may_be_sent_back_as_it_is(door: Door) -> None:
    read = (await door.send("GET", PATH)).json()
    answer = await door.send("PUT", PATH, json=read, headers={"If-Match": TAG})
    assert answer.json() == read | {"origin": "api"}


WHOLE: dict[str, Any] = {
    "skills": ["databases"],
    "capacity": 3,
    "away": [
        {"since": "2026-07-13", "until": "2026-07-24"},
        {"since": "2026-08-03T10:00:00Z", "until": "2026-08-04T10:00:00Z"},
    ],
    "timezone": "Europe/Berlin",
    "hours": {"opens": "08:00", "closes": "14:00"},
    "level": "learning",
    "team": "payments",
    "aliases": ["dina@example.net"],
}


async def test_what_somebody_knows_and_when_they_are_there_is_taken_whole(door: Door) -> None:
    answer = (await door.send("PUT", PATH, json=BODY | WHOLE, headers={"If-Match": TAG})).json()
    assert {name: answer[name] for name in WHOLE} == WHOLE
    ((_, command),) = door.messages.said
    assert isinstance(command, PutReviewer)
    written = command.reviewer.model_dump(mode="json")
    assert {name: written[name] for name in WHOLE} == WHOLE
    again = await door.send("PUT", PATH, json=answer, headers={"If-Match": TAG})
    assert again.json() == answer


async def test_what_is_left_out_has_its_default_and_the_list_counts_nobody_s_reviews(door: Door) -> None:
    answer = (await door.send("PUT", PATH, json={"name": "Dina"}, headers={"If-Match": TAG})).json()
    assert (answer["level"], answer["skills"], answer["capacity"]) == ("experienced", [], None)
    listed = (await door.send("GET", "/v1/reviewers")).json()["items"]
    assert all(set(each) == set(answer) for each in listed)
    assert not set(answer) & {"open", "recent", "done", "reviews", "experience"}


async def test_whom_a_group_named_is_shown_so(door: Door) -> None:
    named = KnownReviewer(version=3, origin="policy", by_group=True, reviewer=DINA)
    door.reviewers.states[reviewer_id(DINA.email)] = named
    shown = (await door.send("GET", PATH)).json()
    assert (shown["origin"], shown["by_group"]) == ("policy", True)
