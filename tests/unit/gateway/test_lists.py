"""The distribution lists over HTTP, and who has unsubscribed from one."""

from __future__ import annotations

from typing import Any

import pytest

from services.gateway.domain import directory
from services.gateway.domain.directory import KnownList
from shared.contracts.decision import Kind, Refusal, Reply
from shared.contracts.lists import (
    MOST_MEMBERS,
    ChangeSubscription,
    DeleteList,
    DistributionList,
    PutList,
    ShowSubscription,
    list_id,
)
from tests.helpers.builders import NOW
from tests.helpers.front_door import Door, is_problem

PAYMENTS = DistributionList(
    name="payments", title="Payments", members=("a@example.com",), severities=("sev1",), services=("checkout",)
)
PATH = "/v1/lists/payments"
BODY: dict[str, Any] = {
    "title": "Payments",
    "members": ["B@example.com", "a@example.com", "b@example.com"],
    "when": {"severities": ["sev2"], "services": ["checkout"]},
}


def known(wanted: DistributionList = PAYMENTS, version: int = 3, deleted: bool = False) -> KnownList:
    return KnownList(version=version, origin="policy", deleted=deleted, list=wanted)


TAG = directory.etag(known())


@pytest.fixture
def door() -> Door:
    door = Door()
    gone = known(DistributionList(name="gone"), deleted=True)
    for each in (known(), gone, known(DistributionList(name="Old Name"))):
        door.lists.states[list_id(each.list.name)] = each
    door.messages.reply = Reply(data={"version": 4, "created": False})
    return door


def said(door: Door) -> Any:
    ((_, command),) = door.messages.said
    return command


async def test_a_list_is_read_with_its_members_and_an_etag(door: Door) -> None:
    answer = await door.send("GET", PATH)
    assert answer.json() == {
        "name": "payments",
        "title": "Payments",
        "members": ["a@example.com"],
        "when": {"severities": ["sev1"], "services": ["checkout"]},
        "includes": [],
        "owner": None,
        "open": True,
        "mode": "person",
        "address": None,
        "origin": "policy",
    }
    assert answer.headers["ETag"] == TAG
    assert (await door.send("GET", PATH, headers={"If-None-Match": TAG})).status_code == 304
    assert (await door.send("GET", "/v1/lists/Old%20Name")).status_code == 200


async def test_the_overview_counts_members_and_shows_no_deleted_list(door: Door) -> None:
    items = (await door.send("GET", "/v1/lists")).json()["items"]
    assert [(each["name"], each["members"]) for each in items] == [("Old Name", 0), ("payments", 1)]


@pytest.mark.parametrize("name", ["gone", "never"])
async def test_a_list_that_is_not_there_is_not_found(door: Door, name: str) -> None:
    assert is_problem(await door.send("GET", f"/v1/lists/{name}"), 404, "unknown-list")


async def test_an_admin_replaces_a_list_whole_and_duplicates_are_one_member(door: Door) -> None:
    answer = await door.send("PUT", PATH, json=BODY, headers={"If-Match": TAG}, role="admin")
    command = said(door)
    assert isinstance(command, PutList)
    assert command.base_version == 3
    assert command.list == DistributionList(
        name="payments",
        title="Payments",
        members=("b@example.com", "a@example.com"),
        severities=("sev2",),
        services=("checkout",),
    )
    assert (answer.status_code, answer.json()["members"]) == (200, ["b@example.com", "a@example.com"])
    assert answer.headers["ETag"] == directory.etag(KnownList(version=4, origin="api", list=command.list))


async def test_a_new_list_is_201_also_where_one_was_deleted(door: Door) -> None:
    door.messages.reply = Reply(data={"version": 4, "created": True})
    headers = {"If-None-Match": "*"}
    answer = await door.send("PUT", "/v1/lists/gone", json={}, headers=headers, role="admin")
    assert (answer.status_code, said(door).base_version) == (201, 0)
    assert answer.json()["when"] == {"severities": [], "services": []}
    refused = await door.send("PUT", "/v1/lists/gone", json={}, headers={"If-Match": "*"}, role="admin")
    assert is_problem(refused, 412, "stale-version", "If-Match")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"members": ["a@example.com", "b@example.com", "c@example.com", "no address"]}, "members.3"),
        ({"members": ["x@example.com\r\nBcc: all@example.com"]}, "members.0"),
        ({"members": ["a@example.com"] * (MOST_MEMBERS + 1)}, "members"),
        ({"title": "x" * 201}, "title"),
        ({"when": {"severities": ["sev9"]}}, "when.severities.0"),
        ({"when": {"services": [""]}}, "when.services.0"),
        ({"when": {"weekdays": ["monday"]}}, "when.weekdays"),
        ({"owner": "x"}, "owner"),
        ({"name": "other"}, "name"),
    ],
)
async def test_a_wrong_field_is_named_and_nothing_is_said(door: Door, change: dict[str, Any], field: str) -> None:
    answer = await door.send("PUT", PATH, json=BODY | change, headers={"If-Match": TAG}, role="admin")
    assert is_problem(answer, 422, "invalid-field", field)
    assert door.messages.said == []


@pytest.mark.parametrize("name", ["Payments", "-a", "a-", "a_b", "a%20b", "x" * 64, "%C3%A4"])
async def test_a_name_that_is_no_label_makes_no_list(door: Door, name: str) -> None:
    answer = await door.send("PUT", f"/v1/lists/{name}", json={}, headers={"If-None-Match": "*"}, role="admin")
    assert is_problem(answer, 422, "invalid-field", "name")


async def test_ten_thousand_members_fit(door: Door) -> None:
    members = [f"member-{n:05}@engineering.example.com" for n in range(MOST_MEMBERS)]
    answer = await door.send("PUT", PATH, json={"members": members}, headers={"If-Match": TAG}, role="admin")
    assert answer.status_code == 200
    assert len(said(door).list.members) == MOST_MEMBERS


@pytest.mark.parametrize(
    ("headers", "base"), [({"If-Match": TAG}, 3), ({"If-Match": "*"}, None), ({"If-Match": '"5-0123456789abcdef"'}, 5)]
)
async def test_an_admin_deletes_the_list_that_was_seen(door: Door, headers: dict[str, str], base: int | None) -> None:
    answer = await door.send("DELETE", PATH, headers=headers, role="admin")
    assert (answer.status_code, answer.content) == (204, b"")
    assert isinstance(said(door), DeleteList)
    assert (said(door).list_name, said(door).base_version) == ("payments", base)


async def test_deleting_needs_a_condition_and_the_owner_says_what_is_not_there(door: Door) -> None:
    assert is_problem(await door.send("DELETE", PATH, role="admin"), 428, "if-match-required", "If-Match")
    door.messages.reply = Reply(refusal=Refusal(kind=Kind.NOT_FOUND, rule="unknown-list", detail="None."))
    assert is_problem(await door.send("DELETE", PATH, headers={"If-Match": "*"}, role="admin"), 404, "unknown-list")


@pytest.mark.parametrize("role", ["engineer", "reviewer", "tool"])
@pytest.mark.parametrize("method", ["PUT", "DELETE"])
async def test_only_admins_change_lists(door: Door, method: str, role: str) -> None:
    answer = await door.send(method, PATH, json=BODY, headers={"If-Match": TAG}, role=role)
    assert is_problem(answer, 403, "role-needed")
    assert door.messages.said == []


@pytest.mark.parametrize(
    ("method", "expected"), [("GET", ShowSubscription), ("PUT", ChangeSubscription), ("DELETE", ChangeSubscription)]
)
@pytest.mark.parametrize("name", ["payments", "involved"])
async def test_who_unsubscribed_is_seen_and_changed(
    door: Door, method: str, expected: type[ShowSubscription | ChangeSubscription], name: str
) -> None:
    door.messages.reply = Reply(data={"unsubscribed": True, "since": NOW.isoformat()})
    answer = await door.send(method, f"/v1/lists/{name}/unsubscribed/A@example.com")
    assert answer.json() == {
        "list": name,
        "email": "a@example.com",
        "unsubscribed": True,
        "since": "2026-03-02T12:00:00Z",
    }
    command = said(door)
    assert isinstance(command, expected)
    assert (command.list_name, command.email, command.actor.email) == (name, "a@example.com", "engineer@example.com")
    if isinstance(command, ChangeSubscription):
        assert command.subscribed is (method == "DELETE")


async def test_of_a_list_that_is_not_there_nobody_has_unsubscribed(door: Door) -> None:
    answer = await door.send("GET", "/v1/lists/never/unsubscribed/a@example.com")
    assert is_problem(answer, 404, "unknown-list")
    door.messages.reply = None
    answer = await door.send("GET", f"{PATH}/unsubscribed/a@example.com")
    assert is_problem(answer, 503, "room-away")
    assert (await door.send("PUT", f"{PATH}/unsubscribed/a@example.com")).status_code == 202


async def test_all_that_a_list_may_be_goes_to_its_owner_and_comes_back(door: Door) -> None:
    more = {"includes": ["inner"], "owner": "O@example.com", "open": False, "mode": "list", "address": "L@example.com"}
    answer = await door.send("PUT", PATH, json=BODY | more, headers={"If-Match": TAG}, role="admin")
    kept = more | {"owner": "o@example.com", "address": "l@example.com"}
    assert answer.json() | kept == answer.json()
    assert said(door).list.model_dump(mode="json", include=set(more)) == kept
    door.lists.states[list_id("payments")] = known(said(door).list)
    assert (await door.send("GET", PATH)).json() | kept | {"origin": "policy"} == (await door.send("GET", PATH)).json()
    (shown,) = [each for each in (await door.send("GET", "/v1/lists")).json()["items"] if each["name"] == "payments"]
    assert (shown["includes"], shown["open"], shown["mode"]) == (["inner"], False, "list")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"mode": "digest"}, "mode"),
        ({"address": "a@example.com\r\nBcc: all@example.com"}, "address"),
        ({"includes": ["ok", ""]}, "includes.1"),
        ({"open": "perhaps"}, "open"),
    ],
)
async def test_a_wrong_word_of_how_a_list_is_mailed_is_named(door: Door, change: dict[str, Any], field: str) -> None:
    answer = await door.send("PUT", PATH, json=BODY | change, headers={"If-Match": TAG}, role="admin")
    assert is_problem(answer, 422, "invalid-field", field)


async def test_what_breaks_a_rule_of_lists_is_a_problem_that_names_the_field(door: Door) -> None:
    text = "payments includes b includes payments: a list cannot contain itself."
    refusal = Refusal(kind=Kind.INVALID, rule="list-includes-itself", detail=text, field="includes.0")
    door.messages.reply = Reply(refusal=refusal)
    answer = await door.send("PUT", PATH, json={"includes": ["b"]}, headers={"If-Match": TAG}, role="admin")
    assert is_problem(answer, 422, "list-includes-itself", "includes.0")
    assert answer.json()["detail"] == text


async def test_what_was_read_may_be_sent_back_as_it_is(door: Door) -> None:
    read = (await door.send("GET", PATH)).json()
    answer = await door.send("PUT", PATH, json=read, headers={"If-Match": TAG}, role="admin")
    assert answer.json() == read | {"origin": "api"}
