"""Idempotency keys: one request, one effect, however often and how soon it is sent again."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from services.gateway.domain.idempotency import bare_key
from services.gateway.domain.view import View, project
from services.gateway.handlers.giving import LEASE
from shared.contracts.base import BaseMessage
from shared.contracts.commands import RevisePostmortem
from shared.contracts.decision import Reply
from shared.contracts.events import DraftCreated
from tests.helpers.builders import NOW, PM, a_draft
from tests.helpers.front_door import Door, FakeMessages, is_problem

SUBMIT = f"/v1/postmortems/{PM}/submit"
KEY = {"Idempotency-Key": "k-1"}


@dataclass
class HeldMessages(FakeMessages):
    """Answers a command only when it is let go."""

    reached: asyncio.Event = field(default_factory=asyncio.Event)
    let_go: asyncio.Event = field(default_factory=asyncio.Event)

    async def ask(self, id: str, command: BaseMessage, patience: float) -> Reply | None:
        self.reached.set()
        await self.let_go.wait()
        return await super().ask(id, command, patience)


def drafted(messages: FakeMessages | None = None) -> Door:
    view = project(View(id=PM), a_draft(DraftCreated), (NOW, "e-1"))
    return Door(messages=messages or FakeMessages(), views={PM: view})


def ids(door: Door) -> set[str]:
    return {id for id, _ in door.messages.said}


@pytest.mark.parametrize("form", ["k-1", '"k-1"', ' "k-1" '])
def test_quoted_and_bare_are_one_key(form: str) -> None:
    assert bare_key(form) == "k-1"
    assert bare_key('"a\\"b\\\\"') == 'a"b\\'


BAD = ["", '""', '"k', '"', "k\x7f", "a\tb", "ä", "k" * 256, '"a"; x=1', '"a"b"', '"a\\x"']


@pytest.mark.parametrize("form", BAD)
async def test_what_is_no_key_is_named(form: str) -> None:
    door = drafted()
    for path, body in ((SUBMIT, None), ("/v1/incidents", {})):
        answer = await door.send("POST", path, json=body, headers={"Idempotency-Key": form.encode()})
        assert is_problem(answer, 422, "invalid-field", "Idempotency-Key")
    assert not door.messages.said


async def test_a_key_of_255_characters_is_one_and_both_forms_have_one_effect() -> None:
    door, key = drafted(), "k" * 255
    for form in (key, f'"{key}"'):
        assert (await door.send("POST", SUBMIT, headers={"Idempotency-Key": form})).status_code == 200
    assert len(ids(door)) == 1


async def test_a_request_that_is_still_running_is_not_begun_again() -> None:
    held = HeldMessages()
    door = drafted(held)
    first = asyncio.create_task(door.send("POST", SUBMIT, headers=KEY))
    await held.reached.wait()
    second = await door.send("POST", SUBMIT, headers=KEY)
    assert is_problem(second, 409, "idempotency-key-in-use", "Idempotency-Key")
    assert int(second.headers["Retry-After"]) > 0
    held.let_go.set()
    assert (await first).status_code == 200
    assert (await door.send("POST", SUBMIT, headers=KEY)).status_code == 200
    assert len(ids(door)) == 1


async def test_other_content_under_a_key_in_use_is_refused_for_its_content() -> None:
    held = HeldMessages()
    door, path = drafted(held), f"/v1/postmortems/{PM}/reviews"
    first = asyncio.create_task(door.send("POST", path, json={"revision": 1, "verdict": "approve"}, headers=KEY))
    await held.reached.wait()
    other = await door.send("POST", path, json={"revision": 1, "verdict": "comment"}, headers=KEY)
    assert is_problem(other, 422, "idempotency-key-reused", "Idempotency-Key")
    held.let_go.set()
    assert (await first).status_code == 200


async def test_a_key_that_a_crashed_gateway_had_in_use_is_free_after_a_while() -> None:
    held = HeldMessages()
    door = drafted(held)
    lost = asyncio.create_task(door.send("POST", SUBMIT, headers=KEY))
    await held.reached.wait()
    held.let_go.set()
    door.clock.advance(LEASE)  # as if the first request had died with its process
    assert (await door.send("POST", SUBMIT, headers=KEY)).status_code == 200
    assert (await lost).status_code == 200
    assert len(ids(door)) == 1


async def test_one_whose_time_is_over_does_not_free_the_key_of_the_next() -> None:
    door = drafted()
    await door.send("POST", SUBMIT, headers=KEY)
    (given,) = door.commands.given.values()
    old, new = NOW + LEASE, NOW + 2 * LEASE
    await door.commands.remember(given, new)
    await door.commands.release(given.id, old)
    assert (await door.commands.remember(given, new)).busy


async def test_a_request_that_failed_may_be_sent_again_at_once() -> None:
    door = drafted()
    door.messages.down = True
    assert is_problem(await door.send("POST", SUBMIT, headers=KEY), 503, "not-accepted")
    door.messages.down = False
    assert (await door.send("POST", SUBMIT, headers=KEY)).status_code == 200


async def test_requests_without_a_key_do_not_wait_for_each_other() -> None:
    held = HeldMessages()
    door = drafted(held)
    both = [asyncio.create_task(door.send("POST", SUBMIT)) for _ in range(2)]
    held.let_go.set()
    assert [answer.status_code for answer in await asyncio.gather(*both)] == [200, 200]
    assert len(ids(door)) == 2


async def test_an_edit_of_whatever_stands_there_is_the_same_edit_when_it_is_sent_again() -> None:
    door, path, headers = drafted(), f"/v1/postmortems/{PM}", {**KEY, "If-Match": "*"}
    assert (await door.send("PATCH", path, json={"title": "Better"}, headers=headers)).status_code == 200
    door.views[PM] = project(door.views[PM], a_draft(DraftCreated, revision=2, title="Better"), (NOW, "e-2"))
    assert (await door.send("PATCH", path, json={"title": "Better"}, headers=headers)).status_code == 200
    bases = [command.base_revision for _, command in door.messages.said if isinstance(command, RevisePostmortem)]
    assert bases == [1, 1]
    assert len(ids(door)) == 1


EVENT = {"source": "t", "external_id": "1", "kind": "note", "occurred_at": "2026-03-02T09:00:00Z", "summary": "one"}


async def test_a_key_of_an_incident_event_is_good_for_one_content() -> None:
    door = drafted()
    answers = [await door.send("POST", "/v1/incidents", role="tool", json=EVENT, headers=KEY) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [202, 202]
    assert answers[0].json() == answers[1].json()
    other = await door.send("POST", "/v1/incidents", role="tool", json={**EVENT, "summary": "two"}, headers=KEY)
    assert is_problem(other, 422, "idempotency-key-reused", "Idempotency-Key")
    assert len(ids(door)) == 1


async def test_an_event_that_could_not_be_stored_is_stored_when_it_comes_again_under_its_key() -> None:
    door = drafted()
    door.messages.down = True
    first = await door.send("POST", "/v1/incidents", role="tool", json=EVENT, headers=KEY)
    door.messages.down = False
    again = await door.send("POST", "/v1/incidents", role="tool", json=EVENT, headers=KEY)
    assert (first.status_code, again.status_code) == (503, 202)
    assert len(ids(door)) == 1
