"""How mails stand, through the door: in pages, by state, and whether the mail server refuses us."""

from __future__ import annotations

from typing import Any

import pytest

from shared.contracts.commands import ListDeliveries
from shared.contracts.decision import Reply
from shared.contracts.events import DraftCreated
from shared.contracts.mailing import DeliveryPlace
from tests.helpers.builders import PM, a_draft
from tests.helpers.front_door import Door, is_problem
from tests.unit.gateway.test_restricted import a_view

PATH = f"/v1/postmortems/{PM}/deliveries"
ROW = {"recipient": "a@example.com", "list": "everyone", "revision": 2, "state": "accepted", "attempts": 1}
TOLD: dict[str, Any] = {
    "revision": 2,
    "counts": {"accepted": 1, "failed": 0, "unknown": 0, "suppressed": 0, "pending": 1},
    "percent": 50,
    "stopped": {"since": "2026-03-05T15:00:02+00:00", "reply": "mail: 554 no"},
    "deliveries": [{**ROW, "message_id": "<a@x>", "reply": "250 OK", "updated_at": "2026-03-05T15:00:02+00:00"}],
    "more": True,
}


def a_door(**told: Any) -> Door:
    door = Door(views={PM: a_view(a_draft(DraftCreated))})
    door.messages.reply = Reply(data=TOLD | told)
    return door


def asked(door: Door) -> ListDeliveries:
    (_, command) = door.messages.said[-1]
    assert isinstance(command, ListDeliveries)
    return command


async def test_a_page_leads_to_the_next_with_the_same_filter() -> None:
    door = a_door()
    first = await door.send("GET", PATH, params={"limit": 1, "state": "accepted"})
    body = first.json()
    assert body == {**{name: TOLD[name] for name in TOLD if name != "more"}, "next_cursor": body["next_cursor"]}
    assert (asked(door).limit, asked(door).state, asked(door).after) == (1, "accepted", None)
    link = first.headers["Link"].partition(">")[0].strip("<")
    assert link.startswith(f"https://afterword.example.com{PATH}?state=accepted&limit=1&cursor=")
    door.messages.reply = Reply(data=TOLD | {"more": False})
    last = await door.send("GET", link.removeprefix("https://afterword.example.com"))
    assert asked(door).after == DeliveryPlace(revision=2, recipient="a@example.com")
    assert (last.json()["next_cursor"], "Link" in last.headers) == (None, False)


async def test_without_a_limit_as_many_are_shown_as_ever() -> None:
    door = a_door(more=False)
    assert (await door.send("GET", PATH)).json()["deliveries"] == TOLD["deliveries"]
    assert asked(door).limit == 5000


async def test_what_an_older_room_answers_is_shown_with_what_it_does_not_know() -> None:
    door = a_door()
    known = {name: TOLD[name] for name in ("revision", "counts", "deliveries")}
    door.messages.reply = Reply(data=known)
    body = (await door.send("GET", PATH)).json()
    assert body == {**known, "percent": None, "stopped": None, "next_cursor": None}


@pytest.mark.parametrize(
    ("params", "field"),
    [({"limit": 0}, "limit"), ({"limit": 5001}, "limit"), ({"state": "lost"}, "state"), ({"cursor": "x"}, "cursor")],
)
async def test_a_wrong_question_is_named(params: dict[str, Any], field: str) -> None:
    assert is_problem(await a_door().send("GET", PATH, params=params), 422, "invalid-field", field)


async def test_a_cursor_of_another_filter_is_refused() -> None:
    door = a_door()
    cursor = (await door.send("GET", PATH, params={"state": "accepted"})).json()["next_cursor"]
    answer = await door.send("GET", PATH, params={"state": "failed", "cursor": cursor})
    assert is_problem(answer, 422, "invalid-field", "cursor")


async def test_a_room_that_does_not_answer_is_said_to_be_away() -> None:
    door = a_door()
    door.messages.reply = None
    assert is_problem(await door.send("GET", PATH), 503, "room-away")
