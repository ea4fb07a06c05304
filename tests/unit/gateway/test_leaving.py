"""Joining and leaving a meeting at the front door."""

from __future__ import annotations

from typing import Any

import pytest

from shared.contracts.commands import JoinMeeting
from shared.contracts.decision import Kind, Refusal, Reply
from shared.contracts.meeting_notices import LeaveMeeting
from tests.helpers.builders import PM
from tests.helpers.front_door import Door, is_problem
from tests.unit.gateway.test_caller import drafted

PATH = f"/v1/postmortems/{PM}/meeting/attendees"


@pytest.mark.parametrize(
    ("method", "path", "kind"), [("POST", PATH, JoinMeeting), ("DELETE", f"{PATH}/me", LeaveMeeting)]
)
async def test_each_becomes_its_command_in_the_name_of_whoever_asks(method: str, path: str, kind: type[Any]) -> None:
    door = drafted()
    answer = await door.send(method, path)
    assert answer.status_code == 200, answer.text
    ((_, command),) = door.messages.said
    assert isinstance(command, kind)
    assert (command.subject, command.actor.email) == (PM, "engineer@example.com")


async def test_who_is_needed_there_hears_what_to_do() -> None:
    door = drafted()
    refusal = Refusal(kind=Kind.CONFLICT, rule="needed-there", detail="You are needed there (commander).")
    door.messages.reply = Reply(refusal=refusal)
    is_problem(await door.send("DELETE", f"{PATH}/me"), 409, "needed-there")


async def test_without_an_answer_of_the_calendar_it_is_accepted_and_done_later() -> None:
    door = drafted()
    door.messages.reply = None
    answer = await door.send("DELETE", f"{PATH}/me")
    assert answer.status_code == 202
    assert "/v1/commands/" in answer.headers["Location"]


async def test_an_unknown_postmortem_is_not_found() -> None:
    is_problem(await Door().send("DELETE", f"{PATH}/me"), 404, "unknown-postmortem")
