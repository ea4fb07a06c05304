"""Notes of a meeting at the front door: how they are given, who reads them, and that the text stays as it was."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from services.gateway.domain.view import View, project
from shared.contracts import events as said
from shared.contracts.base import Message, Owner
from shared.contracts.commands import EndMeeting
from shared.contracts.meeting_notes import MeetingNotesTaken, TakeMeetingNotes
from tests.helpers.builders import NOW, PM, a_draft
from tests.helpers.front_door import Door, is_problem
from tests.unit.gateway.test_calendar import a_meeting

PATH = f"/v1/postmortems/{PM}"
TEXT = "We agreed to alert on the pool.\n"
LEA = Owner(name="Lea", email="lea@example.com")


def taken(notes: str = TEXT, version: int = 1) -> MeetingNotesTaken:
    return MeetingNotesTaken(postmortem_id=PM, notes=notes, by=LEA, at=NOW, version=version)


def a_view(*facts: Message, **fields: Any) -> View:
    view: View | None = None
    for n, fact in enumerate((a_draft(said.DraftCreated, **fields), a_meeting(), *facts)):
        view = project(view, fact, (NOW, f"e-{n}"))
    assert view
    return view


def a_door(*facts: Message, **fields: Any) -> Door:
    return Door(views={PM: a_view(*facts, **fields)})


async def test_notes_are_read_with_the_meeting_and_nothing_of_the_text_changes() -> None:
    before = (await a_door().send("GET", PATH)).json()
    after = (await a_door(taken()).send("GET", PATH)).json()
    assert "notes" not in before["meeting"]
    assert after["meeting"] == before["meeting"] | {
        "notes": TEXT,
        "notes_taken": {"by": LEA.model_dump(), "at": "2026-03-02T12:00:00Z", "version": 1},
    }
    assert {**after, "meeting": None} == {**before, "meeting": None}
    assert (await a_door(taken()).send("GET", f"{PATH}/meeting")).json() == after["meeting"]


def test_the_newest_notes_count_whatever_order_they_come_in() -> None:
    facts = [taken(), taken("Other.", 2), said.MeetingEnded(postmortem_id=PM, uid="u", ended_at=NOW)]
    assert {view.notes.notes for order in permutations(facts) if (view := a_view(*order)).notes} == {"Other."}


async def test_notes_that_were_taken_away_are_none() -> None:
    assert "notes" not in (await a_door(taken(), taken("", 2)).send("GET", f"{PATH}/meeting")).json()


@pytest.mark.parametrize(
    ("method", "path", "body", "command", "notes"),
    [
        ("PUT", "/meeting/notes", {"notes": TEXT}, TakeMeetingNotes, TEXT),
        ("PUT", "/meeting/notes", {"notes": ""}, TakeMeetingNotes, ""),
        ("PUT", "/meeting/notes", {"notes": "n" * 20_000}, TakeMeetingNotes, "n" * 20_000),
        ("POST", "/meeting/end", {"notes": TEXT}, EndMeeting, TEXT),
        ("POST", "/meeting/end", {}, EndMeeting, ""),
        ("POST", "/meeting/end", None, EndMeeting, ""),
    ],
)
async def test_what_is_written_becomes_its_command(
    method: str, path: str, body: dict[str, Any] | None, command: type[Any], notes: str
) -> None:
    door = a_door()
    answer = await door.send(method, PATH + path, json=body)
    assert answer.status_code == 200, answer.text
    ((_, given),) = door.messages.said
    assert isinstance(given, command)
    assert (given.notes, given.actor.email) == (notes, "engineer@example.com")


@pytest.mark.parametrize(
    ("method", "path", "body", "field"),
    [
        ("PUT", "/meeting/notes", {"notes": "n" * 20_001}, "notes"),
        ("PUT", "/meeting/notes", {}, "notes"),
        ("PUT", "/meeting/notes", {"notes": None}, "notes"),
        ("PUT", "/meeting/notes", {"notes": TEXT, "text": TEXT}, "text"),
        ("POST", "/meeting/end", {"notes": "n" * 20_001}, "notes"),
        ("POST", "/meeting/end", {"minutes": TEXT}, "minutes"),
    ],
)
async def test_what_is_wrong_is_named(method: str, path: str, body: dict[str, Any], field: str) -> None:
    assert is_problem(await a_door().send(method, PATH + path, json=body), 422, "invalid-field", field)


async def test_who_may_not_see_it_neither_reads_nor_takes_notes_and_tools_take_none() -> None:
    door = a_door(taken(), restricted=True, access=1)
    for method, path, body in (("PUT", "/meeting/notes", {"notes": TEXT}), ("GET", "/meeting", None)):
        assert is_problem(await door.send(method, PATH + path, json=body), 404, "unknown-postmortem", None)
    assert door.messages.said == []
    answer = await a_door().send("PUT", f"{PATH}/meeting/notes", json={"notes": TEXT}, role="tool")
    assert is_problem(answer, 403, "role-needed", None)
