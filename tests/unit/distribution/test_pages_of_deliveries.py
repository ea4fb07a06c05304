"""How mails stand, page by page."""

from __future__ import annotations

from typing import Any

from services.distribution.domain import State
from shared.contracts.mailing import DeliveryPlace
from tests.unit.distribution.fakes import a_row
from tests.unit.distribution.test_handlers import LIST, Room

ROWS = 25


def a_room() -> Room:
    room = Room()
    for n in range(ROWS):
        state = State.FAILED if n % 5 == 0 else State.ACCEPTED if n % 2 else State.PENDING
        row = a_row(f"r{n:02}@example.com", state=state)
        room.ledger.kept[row.id] = row
    return room


async def listed(room: Room, **fields: Any) -> Any:
    asked = LIST.model_copy(update=fields)
    return (await room.hear(asked, repr(fields))).data


async def test_pages_meet_and_the_last_one_says_so() -> None:
    room, seen, after = a_room(), list[str](), None
    while True:
        page = await listed(room, limit=7, after=after)
        seen += [row["recipient"] for row in page["deliveries"]]
        if not page["more"]:
            break
        after = DeliveryPlace(revision=2, recipient=seen[-1])
    assert seen == [f"r{n:02}@example.com" for n in range(ROWS)]


async def test_one_state_is_listed_beside_the_counts_of_all() -> None:
    page = await listed(a_room(), state="failed")
    assert [row["state"] for row in page["deliveries"]] == ["failed"] * 5
    assert page["counts"] == {"accepted": 10, "failed": 5, "unknown": 0, "suppressed": 0, "pending": 10}
    assert (page["percent"], page["revision"], page["more"]) == (60, 2, False)


async def test_a_hundred_percent_are_only_all() -> None:
    room = a_room()
    for row in [a_row(f"s{n:03}@example.com", state=State.ACCEPTED) for n in range(2000)]:
        room.ledger.kept[row.id] = row
    assert (await listed(room))["percent"] == 99
    assert len((await listed(room, limit=1))["deliveries"]) == 1


async def test_listing_what_nobody_knows_shows_nothing_and_leaves_nothing_behind() -> None:
    room = Room()
    reply = await room.hear(LIST)
    assert reply.data == {
        "revision": None,
        "counts": {"accepted": 0, "failed": 0, "unknown": 0, "suppressed": 0, "pending": 0},
        "percent": None,
        "stopped": None,
        "deliveries": [],
        "more": False,
    }
    assert room.documents.states == {}
