"""Who changes a postmortem is answered with what was put in meanwhile, without reading it again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from services.gateway.domain.view import View, project
from services.gateway.domain.witness import Witness
from shared.contracts.base import BaseMessage
from shared.contracts.decision import Reply
from shared.contracts.events import DraftCreated, DraftRevised
from tests.helpers.builders import NOW, PM, a_draft
from tests.helpers.front_door import Door, FakeMessages

PATH, ANY = f"/v1/postmortems/{PM}", {"If-Match": "*"}


def a_view(revision: int, **fields: Any) -> View:
    return project(None, a_draft(DraftCreated, revision=revision, **fields), (NOW, f"e-{revision}"))


@dataclass
class Working(FakeMessages):
    """Rooms whose fact is put in while it is asked for."""

    door: Door | None = None
    puts_in: View | None = None
    under: str = "f-1"

    async def ask(self, id: str, command: BaseMessage, patience: float) -> Reply | None:
        assert self.door
        if self.puts_in:
            self.door.library.witness.see(self.under, 1, self.puts_in)
        await super().ask(id, command, patience)
        return Reply(said={"f-1": DraftRevised.name})


def working(puts_in: View | None, under: str = "f-1") -> Door:
    messages = Working(puts_in=puts_in, under=under)
    door = messages.door = Door(messages, views={PM: a_view(1, title="As it is stored")})
    return door


def test_a_witness_has_the_newest_version_of_what_it_saw() -> None:
    witness = Witness()
    assert witness.after([]) is None
    for id, version in (("f-1", 3), ("f-3", 5), ("f-2", 4)):
        witness.see(id, version, a_view(version))
    assert witness.after(["f-1", "f-2", "f-3"]) == a_view(5)
    assert witness.after(["f-1", "f-4"]) is None
    assert witness.after([]) is None


async def test_an_edit_is_answered_with_what_it_made() -> None:
    answer = await working(a_view(2, title="As it was put in")).send("PATCH", PATH, json={"title": "x"}, headers=ANY)
    assert (answer.status_code, answer.json()["title"]) == (200, "As it was put in")
    assert answer.headers["ETag"]


async def test_what_another_gateway_has_put_in_is_read() -> None:
    for door in (working(None), working(a_view(2, title="Something else"), under="f-2")):
        answer = await door.send("PATCH", PATH, json={"title": "x"}, headers=ANY)
        assert (answer.status_code, answer.json()["title"]) == (200, "As it is stored")


async def test_who_may_not_see_it_any_more_is_not_shown_what_was_put_in() -> None:
    door = working(a_view(2, restricted=True))
    answer = await door.send("PATCH", PATH, json={"title": "x"}, headers=ANY)
    assert (answer.status_code, answer.content) == (204, b"")
