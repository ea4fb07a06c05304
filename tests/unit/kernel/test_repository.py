"""Load, decide, commit; saying, failing to say, saying again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar

import pytest
from pydantic import BaseModel

from shared.contracts.base import Message
from shared.contracts.decision import Decision, Kind, refuse
from shared.messaging.documents import AlreadyHandled, Conflict
from shared.messaging.envelope import LARGEST, TooLarge
from shared.messaging.retry import PASSING, Transient, may_try_again
from shared.messaging.timers import Due, Timers
from shared.testing import FixedClock, in_memory, received
from tests.helpers.builders import NOW, PM


class Count(BaseModel):
    n: int = 0


class Counted(Message):
    name: ClassVar[str] = "Counted.v1"
    n: int


def one_more(state: Count | None) -> Decision[Count]:
    n = (state.n if state else 0) + 1
    return Decision(state=Count(n=n), events=(Counted(postmortem_id=PM, n=n), Counted(postmortem_id=PM, n=-n)))


def a_cause(id: str = "cause-1") -> Any:
    return received(Counted(postmortem_id=PM, n=0), id)


async def test_a_commit_says_its_events_once_in_order_with_ids_that_follow_from_the_cause() -> None:
    repository, _, bus = in_memory("review", FixedClock(NOW))
    loaded = await repository.load(a_cause())
    await repository.commit(loaded, one_more(loaded.state), a_cause())
    first_ids = [message.id for message in bus.said]
    assert len(set(first_ids)) == 2
    other, _, other_bus = in_memory("review", FixedClock(NOW))
    await other.commit(await other.load(a_cause()), one_more(None), a_cause())
    assert [message.id for message in other_bus.said] == first_ids
    assert {message.causation_id for message in bus.said} == {"cause-1"}


async def test_the_same_message_is_handled_once() -> None:
    repository, documents, _ = in_memory("review", FixedClock(NOW))
    reply = await repository.commit(await repository.load(a_cause()), one_more(None), a_cause())
    with pytest.raises(AlreadyHandled) as repeat:
        await repository.load(a_cause())
    assert repeat.value.reply == reply
    assert documents.states[PM].n == 1


async def test_who_decided_on_an_old_state_has_to_decide_again() -> None:
    repository, documents, bus = in_memory("review", FixedClock(NOW))
    slow = await repository.load(a_cause("slow"))
    await repository.commit(await repository.load(a_cause("fast")), one_more(None), a_cause("fast"))
    with pytest.raises(Conflict):
        await repository.commit(slow, one_more(slow.state), a_cause("slow"))
    assert documents.states[PM].n == 1
    assert len(bus.said) == 2


async def test_while_the_bus_is_down_commits_go_on_and_everything_is_said_in_order_afterwards() -> None:
    repository, documents, bus = in_memory("review", FixedClock(NOW))
    bus.down = True
    for n in range(3):
        cause = a_cause(f"cause-{n}")
        loaded = await repository.load(cause)
        await repository.commit(loaded, one_more(loaded.state), cause)
    assert bus.said == []
    bus.down = False
    assert await repository.relay.sweep() == 1
    assert [Counted.model_validate_json(m.body).n for m in bus.said] == [1, -1, 2, -2, 3, -3]
    await repository.relay.flush()
    assert documents.outbox[PM] == []
    assert await repository.relay.sweep() == 0


async def test_what_was_said_is_cleared_by_the_next_commit_without_a_write_of_its_own() -> None:
    repository, documents, bus = in_memory("review", FixedClock(NOW))
    for n in range(3):
        cause = a_cause(f"cause-{n}")
        loaded = await repository.load(cause)
        await repository.commit(loaded, one_more(loaded.state), cause)
    assert len(documents.outbox[PM]) == 2  # only those of the last commit are still to be cleared
    assert len(bus.said) == 6


async def test_a_process_that_died_after_saying_says_again_under_the_same_ids() -> None:
    clock = FixedClock(NOW)
    repository, documents, bus = in_memory("review", clock)
    await repository.commit(await repository.load(a_cause()), one_more(None), a_cause())
    reborn = type(repository.relay)(documents, bus.publish)
    await reborn.sweep()
    ids = [message.id for message in bus.said]
    assert ids[:2] == ids[2:]


async def test_a_refused_command_changes_nothing_and_its_repeat_is_refused_again() -> None:
    repository, documents, bus = in_memory("review", FixedClock(NOW))
    loaded = await repository.load(a_cause())
    await repository.commit(loaded, one_more(None), a_cause())
    command = a_cause("command")
    loaded = await repository.load(command)
    reply = await repository.commit(loaded, refuse(loaded.state, Kind.CONFLICT, "rule", "why"), command)
    assert reply
    assert reply.refusal
    assert (documents.versions[PM], documents.states[PM].n, len(bus.said)) == (1, 1, 2)
    await repository.commit(await repository.load(a_cause("other")), one_more(loaded.state), a_cause("other"))
    with pytest.raises(AlreadyHandled) as repeat:
        await repository.load(command)
    assert repeat.value.reply == reply


class Long(Message):
    name: ClassVar[str] = "Long.v1"
    text: str


async def test_a_command_that_would_say_more_than_a_message_holds_is_refused_and_changes_nothing() -> None:
    repository, documents, bus = in_memory("review", FixedClock(NOW))
    await repository.commit(await repository.load(a_cause()), Decision(state=Count(n=1)), a_cause())
    command = replace(a_cause("command"), reply_to="gateway.replies.1")
    decision = Decision(state=Count(n=2), events=(Long(postmortem_id=PM, text="é" * (LARGEST // 2)),))
    reply = await repository.commit(await repository.load(command), decision, command)
    assert reply
    assert reply.refusal
    assert (reply.refusal.rule, documents.states[PM].n, bus.said) == ("too-large", 1, [])
    with pytest.raises(AlreadyHandled):
        await repository.load(command)


async def test_an_event_that_makes_a_room_say_too_much_is_an_error_that_no_second_try_mends() -> None:
    repository, documents, _ = in_memory("review", FixedClock(NOW))
    decision = Decision(state=Count(n=2), events=(Long(postmortem_id=PM, text="x" * LARGEST),))
    with pytest.raises(TooLarge, match=r"Long\.v1 would have 4,\d+,\d+ bytes") as raised:
        await repository.commit(await repository.load(a_cause()), decision, a_cause())
    assert not may_try_again(raised.value, 1, PASSING)
    assert documents.states == {}


async def test_a_timer_is_looked_at_once_however_many_look() -> None:
    clock = FixedClock(NOW)
    repository, documents, _ = in_memory("review", clock)
    await repository.commit(await repository.load(a_cause()), Decision(state=Count(n=1), due=NOW), a_cause())

    async def on_due(due: Any, _: None) -> None:
        loaded = await repository.load(due)
        assert isinstance(due.data, Due)
        await repository.commit(loaded, Decision(state=Count(n=(loaded.state.n if loaded.state else 0) + 1)), due)

    timers = [Timers(documents, clock, on_due, None) for _ in range(3)]
    assert [await timer.check() for timer in timers] == [1, 0, 0]
    assert documents.states[PM].n == 2


@pytest.mark.parametrize("trouble", [Transient("the calendar is away"), KeyError("a bug")])
async def test_a_document_whose_timer_failed_rests_longer_each_time_and_delays_no_other(trouble: Exception) -> None:
    clock = FixedClock(NOW)
    repository, documents, _ = in_memory("calendar", clock)
    other, rung = "5e0f4a0e-6f5f-5a43-9d6f-0d6a0d6f7c11", []
    for key in (PM, other):
        cause = received(a_cause().data.model_copy(update={"postmortem_id": key}))
        await repository.commit(await repository.load(cause), Decision(state=Count(n=1), due=NOW), cause)

    async def on_due(due: Any, _: None) -> None:
        rung.append(due.subject)
        if due.subject == PM and len(rung) < 5:
            raise trouble
        await repository.commit(await repository.load(due), Decision(state=Count(n=2)), due)

    timers: Timers[None] = Timers(documents, clock, on_due, None)
    seen = []
    for _ in range(9):
        seen.append(await timers.check())
        clock.advance(timedelta(seconds=2))
    assert seen == [2, 1, 0, 1, 0, 0, 0, 1, 0]
    assert (sorted(rung), documents.states[PM].n, timers.failed) == (sorted([other, *[PM] * 4]), 2, {})


async def a_guess(repository: Any, id: str) -> Any:
    """Return what is expected of a document that another message has changed."""
    await repository.commit(await repository.load(a_cause()), one_more(None), a_cause())
    guess = await repository.expect(a_cause(id))
    assert guess.stamp is not None
    return guess


async def test_what_was_written_last_is_expected_without_reading_and_committed_on() -> None:
    repository, documents, bus = in_memory("review", FixedClock(NOW))
    guess = await a_guess(repository, "next")
    reply = await repository.commit(guess, one_more(guess.state), a_cause("next"))
    assert (documents.states[PM].n, len(bus.said)) == (2, 4)
    with pytest.raises(AlreadyHandled) as repeat:
        await repository.expect(a_cause("next"))
    assert repeat.value.reply == reply


async def test_of_what_was_never_written_here_nothing_is_expected() -> None:
    repository, _, _ = in_memory("review", FixedClock(NOW))
    loaded = await repository.expect(a_cause())
    assert (loaded.version, loaded.stamp) == (0, None)


async def test_who_expected_what_stands_no_more_reads_when_starting_over() -> None:
    repository, documents, _ = in_memory("review", FixedClock(NOW))
    guess = await a_guess(repository, "slow")
    await repository.commit(await repository.load(a_cause("fast")), one_more(documents.states[PM]), a_cause("fast"))
    with pytest.raises(Conflict):
        await repository.commit(guess, one_more(guess.state), a_cause("slow"))
    loaded = await repository.expect(a_cause("slow"))
    assert (loaded.stamp, loaded.state) == (None, Count(n=2))


async def test_a_command_that_had_its_effect_is_not_refused_because_of_it() -> None:
    repository, documents, _ = in_memory("review", FixedClock(NOW))
    reply = await repository.commit(await repository.load(a_cause("first")), one_more(None), a_cause("first"))
    await repository.commit(await repository.load(a_cause("second")), one_more(Count(n=1)), a_cause("second"))
    guess = await repository.expect(a_cause("first"))
    with pytest.raises(Conflict):
        await repository.commit(guess, refuse(guess.state, Kind.CONFLICT, "done", "it is done"), a_cause("first"))
    with pytest.raises(AlreadyHandled) as repeat:
        await repository.expect(a_cause("first"))
    assert repeat.value.reply == reply
    assert documents.states[PM].n == 2


@pytest.mark.parametrize(
    "decision",
    [Decision(state=None), Decision(state=Count(n=5), events=(Long(postmortem_id=PM, text="x" * LARGEST),))],
    ids=["nothing to do", "too much to say"],
)
async def test_what_ends_without_a_write_does_not_go_by_a_guess(decision: Decision[Count | None]) -> None:
    repository, _, _ = in_memory("review", FixedClock(NOW))
    guess = await a_guess(repository, "next")
    with pytest.raises(Conflict):
        await repository.commit(guess, decision, a_cause("next"))
