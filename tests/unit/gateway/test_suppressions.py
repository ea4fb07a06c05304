"""Addresses that get no mail, over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from shared.contracts.bounces import LiftSuppression, ListSuppressions
from shared.contracts.decision import Kind, Refusal, Reply
from tests.helpers.front_door import Door, is_problem

PATH = "/v1/suppressions"


def an_item(email: str = "left@example.com") -> dict[str, Any]:
    why = {"kind": "hard", "status": "5.1.1", "reply": "550 5.1.1 unknown", "bounces": 2, "list": "everyone"}
    return {"email": email, "since": "2026-03-05T15:00:00Z", **why}


def said(door: Door) -> Any:
    return door.messages.said[-1][1]


async def test_admins_see_them_page_by_page() -> None:
    door = Door()
    door.messages.reply = Reply(data={"items": [an_item("a@example.com"), an_item("b@example.com")], "more": True})
    first = await door.send("GET", f"{PATH}?limit=2", role="admin")
    assert first.status_code == 200
    assert first.json()["items"][0] == an_item("a@example.com")
    assert (said(door).after, said(door).limit) == ("", 2)
    cursor = first.json()["next_cursor"]
    assert f"{PATH}?limit=2&cursor={cursor}" in first.headers["Link"]
    door.messages.reply = Reply(data={"items": [an_item("c@example.com")], "more": False})
    then = await door.send("GET", f"{PATH}?limit=2&cursor={cursor}", role="admin")
    assert (then.json()["next_cursor"], "Link" in then.headers) == (None, False)
    assert said(door).after == "b@example.com"
    assert isinstance(said(door), ListSuppressions)


async def test_there_may_be_none() -> None:
    door = Door()
    door.messages.reply = Reply(data={"items": [], "more": False})
    assert (await door.send("GET", PATH, role="admin")).json() == {"items": [], "next_cursor": None}


async def test_a_cursor_that_is_none_is_named() -> None:
    answer = await Door().send("GET", f"{PATH}?cursor=x", role="admin")
    assert is_problem(answer, 422, "invalid-field", "cursor")


async def test_an_admin_lets_mail_go_there_again() -> None:
    door = Door()
    door.messages.reply = Reply()
    answer = await door.send("DELETE", f"{PATH}/Left@Example.com", role="admin")
    assert (answer.status_code, answer.content) == (204, b"")
    assert isinstance(said(door), LiftSuppression)
    assert said(door).email == "left@example.com"


async def test_what_is_not_suppressed_is_not_found() -> None:
    door = Door()
    refusal = Refusal(kind=Kind.NOT_FOUND, rule="unknown-suppression", detail="Mail to this address is not suppressed.")
    door.messages.reply = Reply(refusal=refusal)
    is_problem(await door.send("DELETE", f"{PATH}/a@example.com", role="admin"), 404, "unknown-suppression")


async def test_a_bad_address_is_named() -> None:
    answer = await Door().send("DELETE", f"{PATH}/nobody", role="admin")
    assert is_problem(answer, 422, "invalid-field", "email")


@pytest.mark.parametrize("role", ["engineer", "reviewer", "tool"])
@pytest.mark.parametrize(("method", "path"), [("GET", PATH), ("DELETE", f"{PATH}/a@example.com")])
async def test_nobody_else_may(role: str, method: str, path: str) -> None:
    is_problem(await Door().send(method, path, role=role), 403, "role-needed")


async def test_while_the_room_is_away_a_lift_is_promised_and_a_list_is_not() -> None:
    door = Door()
    door.messages.reply = None
    is_problem(await door.send("GET", PATH, role="admin"), 503, "room-away")
    assert (await door.send("DELETE", f"{PATH}/a@example.com", role="admin")).status_code == 202
