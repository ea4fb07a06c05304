"""Who puts themselves on a list, over HTTP, and whom a list reaches."""

from __future__ import annotations

from typing import Any

import pytest

from services.gateway.domain.directory import KnownList
from shared.contracts.decision import Kind, Refusal, Reply
from shared.contracts.lists import DistributionList, ShowSubscription, list_id
from shared.contracts.subscribing import ChangeOptIn, ShowReach
from tests.helpers.builders import NOW
from tests.helpers.front_door import Door, is_problem

LIST = "/v1/lists/payments"
PATH = f"{LIST}/subscribers/A@example.com"
KNOWN = {"unsubscribed": False, "since": None, "subscribed": True, "subscribed_since": NOW.isoformat()}
SHOWN = {
    "list": "payments",
    "email": "a@example.com",
    "subscribed": True,
    "since": "2026-03-02T12:00:00Z",
    "unsubscribed": False,
}
REACH: dict[str, Any] = {
    "recipients": 14,
    "members": 2,
    "subscribers": 1,
    "unsubscribed": 1,
    "includes": [{"name": "checkout", "recipients": 12}],
    "missing": ["gone"],
    "you": {"receives": True, "subscribed": False, "unsubscribed": False},
}


@pytest.fixture
def door() -> Door:
    door = Door()
    known = KnownList(version=1, origin="api", list=DistributionList(name="payments"))
    door.lists.states[list_id("payments")] = known
    door.messages.reply = Reply(data=KNOWN)
    return door


def said(door: Door) -> Any:
    ((_, command),) = door.messages.said
    return command


@pytest.mark.parametrize(
    ("method", "expected", "role"),
    [
        ("GET", ShowSubscription, "engineer"),
        ("PUT", ChangeOptIn, "reviewer"),
        ("PUT", ChangeOptIn, "admin"),
        ("DELETE", ChangeOptIn, "engineer"),
    ],
)
async def test_people_see_and_change_whether_they_have_subscribed(
    door: Door, method: str, expected: type[ShowSubscription | ChangeOptIn], role: str
) -> None:
    answer = await door.send(method, PATH, role=role)
    assert (answer.status_code, answer.json()) == (200, SHOWN)
    command = said(door)
    assert isinstance(command, expected)
    assert (command.list_name, command.email, command.actor.role) == ("payments", "a@example.com", role)
    if isinstance(command, ChangeOptIn):
        assert command.opted_in is (method == "PUT")


async def test_whoever_is_refused_is_told_why(door: Door) -> None:
    closed = Refusal(kind=Kind.FORBIDDEN, rule="closed-list", detail="Closed.")
    door.messages.reply = Reply(refusal=closed)
    assert is_problem(await door.send("PUT", PATH), 403, "closed-list")
    assert is_problem(await door.send("PUT", PATH, role="tool"), 403, "role-needed")


async def test_a_list_that_is_not_there_has_no_subscribers_but_what_was_one_s_own_is_taken_back(door: Door) -> None:
    assert is_problem(await door.send("GET", "/v1/lists/never/subscribers/a@example.com"), 404, "unknown-list")
    assert (await door.send("DELETE", "/v1/lists/never/subscribers/a@example.com")).status_code == 200


async def test_while_distribution_is_away_a_change_is_kept_and_a_question_is_to_be_asked_again(door: Door) -> None:
    door.messages.reply = None
    for method in ("PUT", "DELETE"):
        assert (await door.send(method, PATH)).status_code == 202
    for path in (PATH, f"{LIST}/reach"):
        assert is_problem(await door.send("GET", path), 503, "room-away")


@pytest.mark.parametrize("address", ["nobody", "a@b@example.com", "%22a%20b%22@example.com", "%C3%A4@example.com"])
async def test_what_is_no_address_subscribes_nobody(door: Door, address: str) -> None:
    assert is_problem(await door.send("PUT", f"{LIST}/subscribers/{address}"), 422, "invalid-field", "email")
    assert door.messages.said == []


async def test_the_reach_of_a_list_is_told_as_the_room_counts_it(door: Door) -> None:
    door.messages.reply = Reply(data=REACH)
    answer = await door.send("GET", f"{LIST}/reach")
    assert answer.json() == {"list": "payments", **REACH}
    assert isinstance(said(door), ShowReach)
