"""Edits that met others, at the door: what a caller is shown of both."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from services.gateway.domain import etags
from services.gateway.domain.history import revision_of
from services.gateway.domain.view import View, project
from shared.contracts.commands import CorrectPostmortem, RevisePostmortem
from shared.contracts.decision import Kind, Refusal, Reply
from shared.contracts.events import DraftCreated, DraftRevised
from tests.helpers.builders import NOW, PM, a_draft
from tests.helpers.front_door import Door, is_problem

PATH = f"/v1/postmortems/{PM}"
FIRST = a_draft(DraftCreated, report={"overview": "Slow.\n", "impact": "None.\n"})
SECOND = a_draft(
    DraftRevised,
    revision=2,
    report={"overview": "Slow.\n", "impact": "412 customers.\n"},
    tags=("search",),
    access=1,
    status="draft",
    revised_at=NOW,
    revised_by="ada@example.com",
)
TAG = etags.etag(FIRST, b"answer")
BY_ADA = {"changed_by": "ada@example.com", "changed_at": "2026-03-02T12:00:00Z"}


@pytest.fixture
async def door() -> Door:
    view = project(project(View(id=PM), FIRST, (NOW, "e-1")), SECOND, (NOW + timedelta(minutes=1), "e-2"))
    door = Door(views={PM: view})
    await door.history.keep(revision_of(SECOND, (NOW, "e-2")))
    return door


def refused(*conflicts: dict[str, Any]) -> Reply:
    data = {"revision": 2, "content_hash": SECOND.content_hash, "conflicts": list(conflicts)}
    refusal = Refusal(kind=Kind.STALE, rule="stale-revision", field="If-Match", detail="Changed.", data=data)
    return Reply(refusal=refusal)


async def edit(door: Door, **headers: str) -> Any:
    return await door.send("PATCH", PATH, json={"title": "Better"}, headers={"If-Match": TAG, **headers})


async def test_an_edit_says_which_text_and_which_tags_and_readers_it_was_made_on(door: Door) -> None:
    await edit(door)
    ((_, command),) = door.messages.said
    assert isinstance(command, RevisePostmortem)
    assert (command.base_revision, command.base_hash, command.base_access) == (1, FIRST.content_hash[:16], 0)


async def test_a_correction_does_too(door: Door) -> None:
    await door.send("POST", f"{PATH}/corrections", json={"note": "Wrong."}, headers={"If-Match": TAG})
    ((_, command),) = door.messages.said
    assert isinstance(command, CorrectPostmortem)
    assert (command.base_revision, command.base_hash) == (1, FIRST.content_hash[:16])


async def test_an_edit_that_was_merged_names_the_revision_that_it_was_made_on(door: Door) -> None:
    door.messages.reply = Reply(data={"revision": 3, "merged_from": 1})
    answer = await edit(door)
    assert (answer.status_code, answer.headers["X-Merged-From"]) == (200, "1")
    door.messages.reply = Reply(data={"revision": 3})
    assert "X-Merged-From" not in (await edit(door)).headers


async def test_a_part_that_changed_meanwhile_is_shown_as_it_stands_there_with_who_changed_it(door: Door) -> None:
    door.messages.reply = refused(
        {"field": "sections.impact", "revision": 2, **BY_ADA}, {"field": "tags", "revision": None, **BY_ADA}
    )
    answer = await edit(door)
    assert is_problem(answer, 412, "stale-revision", "If-Match")
    assert answer.json()["conflicts"] == [
        {"field": "sections.impact", "revision": 2, "current": "412 customers.\n", **BY_ADA},
        {"field": "tags", "revision": None, "current": ["search"], **BY_ADA},
    ]


async def test_who_looks_later_what_became_of_it_is_shown_the_same(door: Door) -> None:
    door.messages.reply = None
    url = (await edit(door)).headers["Location"]
    door.messages.reply = refused({"field": "sections.impact", "revision": 2, **BY_ADA})
    answer = await door.send("GET", url.removeprefix("https://afterword.example.com"))
    assert is_problem(answer, 412, "stale-revision", "If-Match")
    assert [found["current"] for found in answer.json()["conflicts"]] == ["412 customers.\n"]


async def test_a_revision_that_has_not_come_yet_is_waited_for(door: Door) -> None:
    third = revision_of(SECOND.model_copy(update={"revision": 3, "title": "Theirs"}), (NOW, "e-3"))
    door.messages.reply = refused({"field": "title", "revision": 3, **BY_ADA})

    async def told_late() -> None:
        while not door.messages.said:
            await asyncio.sleep(0)
        await door.history.keep(third)

    answer, _ = await asyncio.gather(edit(door), told_late())
    assert answer.json()["conflicts"][0]["current"] == "Theirs"
