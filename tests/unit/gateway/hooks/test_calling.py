"""Telling subscribers: from a fact to a call, through everything that an answer can be."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.gateway.domain.hooks import Hook
from services.gateway.handlers import HANDLERS
from services.gateway.handlers.calling import CALLED
from services.gateway.ports import Barred, Deps, Hooks, Unreachable
from shared.contracts import MESSAGES, Message
from shared.contracts import events as said
from shared.contracts.base import derived_id
from shared.messaging.documents import AlreadyHandled, NotYet
from shared.messaging.envelope import Received, Unsaid
from shared.messaging.retry import Permanent, Transient
from shared.testing import FixedClock, in_memory
from tests.helpers.builders import NOW, a_draft
from tests.helpers.fakes import FakeCaller, FakeCalls
from tests.helpers.front_door import Door
from tests.helpers.library import FakeLibrary
from tests.unit.gateway.hooks.sample import a_hook, an_endpoint, story

DRAFT = a_draft(said.DraftCreated)


class Room:
    """The hearing half of the gateway over memory."""

    def __init__(self, *hooks: Hook, answers: tuple[int | Exception, ...] = (204,)) -> None:
        self.clock = FixedClock(NOW)
        views, documents, self.bus = in_memory("gateway", self.clock)
        self.documents = documents
        self.caller, self.calls = FakeCaller(list(answers)), FakeCalls()
        endpoints = {hook.name: replace(an_endpoint(), hook=hook) for hook in hooks}
        self.deps: Deps = replace(
            Door().app.state.deps,
            clock=self.clock,
            views=views,
            view=documents.state_of,
            library=FakeLibrary(documents),
            hooks=Hooks(endpoints=endpoints, caller=self.caller, calls=self.calls),
        )

    async def hear(self, event: Message, id: str = "e-1") -> None:
        await HANDLERS[event.name](Received(id=id, name=event.name, data=event, correlation_id=id, time=NOW), self.deps)

    async def work(self) -> None:
        """Do what the room has told itself so far."""
        taken, self.bus.said = self.bus.said, []
        for message in taken:
            await self.do(message)

    async def do(self, message: Unsaid) -> None:
        data = MESSAGES[message.name].model_validate_json(message.body)
        await HANDLERS[message.name](
            Received(id=message.id, name=message.name, data=data, correlation_id="c"), self.deps
        )

    def ids(self) -> list[str]:
        return [request.headers["webhook-id"] for _, request in self.caller.called]


def counted(outcome: str) -> float:
    return float(CALLED.labels("ci", outcome)._value.get())


async def test_a_fact_is_told_to_each_who_subscribes_to_it_and_remembered() -> None:
    room = Room(a_hook(), a_hook(name="other"), a_hook(name="third", events=["MeetingEnded"]))
    before = counted("accepted")
    await room.hear(DRAFT)
    await room.work()
    assert [name for name, _ in room.caller.called] == ["ci", "other"]
    assert room.calls.ids == set(room.ids())
    assert counted("accepted") == before + 1


async def test_the_view_and_its_calls_are_one_write() -> None:
    room = Room(a_hook())
    room.bus.down = True
    await room.hear(DRAFT)
    assert [message.name for message in room.documents.outbox[DRAFT.postmortem_id]] == ["gateway.CallWebhook.v1"]
    assert room.documents.versions[DRAFT.postmortem_id] == 1


async def test_a_repeated_fact_is_told_once() -> None:
    room = Room(a_hook())
    await room.hear(DRAFT)
    with pytest.raises(AlreadyHandled):
        await room.hear(DRAFT)
    await room.work()
    assert len(room.caller.called) == 1


async def test_a_library_that_is_built_again_tells_nobody_twice() -> None:
    room = Room(a_hook())
    await room.hear(DRAFT)
    await room.work()
    before = counted("repeated")
    for kept in (room.documents.states, room.documents.versions, room.documents.handled):
        kept.clear()
    await room.hear(DRAFT)
    await room.work()
    assert len(room.caller.called) == 1
    assert counted("repeated") == before + 1


async def test_what_was_forgotten_before_it_was_told_is_told_when_the_library_is_built_again() -> None:
    room = Room(a_hook())
    room.bus.down = True
    await room.hear(DRAFT)
    for kept in (room.documents.states, room.documents.versions, room.documents.handled, room.documents.outbox):
        kept.clear()
    room.bus.down = False
    await room.hear(DRAFT)
    await room.work()
    assert room.ids() == [derived_id("e-1", "webhook", "ci")]


async def test_old_facts_are_not_told() -> None:
    room = Room(a_hook())
    room.clock.advance(timedelta(days=4))
    await room.hear(DRAFT)
    assert room.bus.said == []


@pytest.mark.parametrize("answer", [503, 429, 408, Unreachable("nobody there")])
async def test_what_passes_comes_again_under_the_same_id(answer: int | Exception) -> None:
    room = Room(a_hook(), answers=(answer, answer, 200))
    await room.hear(DRAFT)
    (message,) = room.bus.said
    for _ in range(2):
        with pytest.raises(Transient):
            await room.do(message)
    assert room.calls.ids == set()
    await room.do(message)
    assert len(room.ids()) == 3
    assert room.calls.ids == set(room.ids())


@pytest.mark.parametrize("answer", [302, 400, 404, Barred("ci: x.example.com is 10.0.0.1")])
async def test_what_does_not_pass_is_parked_and_may_be_redriven(answer: int | Exception) -> None:
    room = Room(a_hook(), answers=(answer, 200))
    await room.hear(DRAFT)
    (message,) = room.bus.said
    with pytest.raises(Permanent, match="ci"):
        await room.do(message)
    await room.do(message)
    assert len(room.calls.ids) == 1


async def test_a_subscriber_that_is_gone_is_not_asked_again_for_this_fact() -> None:
    room = Room(a_hook(), answers=(410,))
    before = counted("gone")
    await room.hear(DRAFT)
    (message,) = room.bus.said
    await room.do(message)
    await room.do(message)
    assert len(room.caller.called) == 1
    assert counted("gone") == before + 1


async def test_a_subscriber_that_is_not_configured_any_more_is_left_out() -> None:
    room = Room(a_hook())
    await room.hear(DRAFT)
    room.deps = replace(room.deps, hooks=replace(room.deps.hooks, endpoints={}))
    before = counted("unconfigured")
    await room.work()
    assert room.caller.called == []
    assert counted("unconfigured") == before + 1


async def test_a_fact_that_comes_before_its_draft_waits_for_it() -> None:
    room = Room(a_hook())
    with pytest.raises(NotYet):  # the feed waits as well; the view and the call are written by then
        await room.hear(story("MeetingScheduled.v1"))
    (message,) = room.bus.said
    with pytest.raises(NotYet):
        await room.do(message)
    await room.hear(DRAFT, "e-2")
    await room.do(message)
    assert len(room.caller.called) == 1


@pytest.mark.parametrize(
    ("event", "hook"),
    [
        (a_draft(said.DraftCreated, restricted=True), {}),
        (DRAFT, {"severities": ["sev1"]}),
        (DRAFT, {"services": ["payments"]}),
    ],
)
async def test_what_is_not_the_subscriber_s_business_is_not_told(event: Message, hook: dict[str, Any]) -> None:
    room = Room(a_hook(**hook))
    before = counted("filtered")
    await room.hear(event)
    await room.work()
    assert room.caller.called == []
    assert counted("filtered") == before + 1


async def test_calls_of_one_fact_do_not_wait_for_each_other_nor_facts_for_calls() -> None:
    room = Room(a_hook(), a_hook(name="other"))
    await room.hear(DRAFT)
    calls = [MESSAGES[each.name].model_validate_json(each.body) for each in room.bus.said]
    assert len({DRAFT.turn, *(call.turn for call in calls)}) == 3
    assert {call.subject for call in calls} == {DRAFT.subject}
