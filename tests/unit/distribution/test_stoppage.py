"""The relay refuses us: said once, by whoever sees it first, and said again when it takes mail."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.distribution.adapters import Line
from services.distribution.domain import Outcome, Refusal, Result, Standing, Stoppage, follow
from services.distribution.handlers import Watching, watch
from services.distribution.handlers.stoppage import ROUNDS
from shared.contracts.mailing import RELAY, DeliveryResumed, DeliveryStopped
from tests.helpers.builders import NOW
from tests.unit.distribution.fakes import ACCEPTED, a_command, approved
from tests.unit.distribution.test_handlers import DELIVER, LIST, Room

SECOND = timedelta(seconds=1)
STOP = Result(Outcome.STOP, "mail: 554 5.7.1 you may not send here")
REFUSED = Standing(refused=Refusal(NOW, STOP.reply))


def standing(line: Line, *results: Result) -> Standing:
    """Return what a line stands like after these answers, one a second."""
    for result in results:
        line.note(result)
        line.clock.advance(SECOND)  # type: ignore[attr-defined]
    return line.standing


async def stopped(room: Room) -> Any:
    return (await room.hear(LIST)).data["stopped"]


async def test_a_refusal_is_said_once_and_shown_until_the_relay_takes_mail_again() -> None:
    room = Room()
    line = Line(room.clock)
    seen = standing(line, ACCEPTED)
    await watch(room.deps, seen)
    assert await stopped(room) is None
    for _ in range(3):
        await watch(room.deps, standing(line, STOP))
    assert room.bus.names() == ["DeliveryStopped.v1"]
    since = NOW + SECOND
    assert await stopped(room) == {"since": since.isoformat(), "reply": STOP.reply}
    for _ in range(3):
        await watch(room.deps, standing(line, ACCEPTED))
    assert room.bus.names() == ["DeliveryStopped.v1", "DeliveryResumed.v1"]
    said = DeliveryResumed.model_validate_json(room.bus.said[-1].body)
    assert (said.since, said.subject) == (since, RELAY)
    assert await stopped(room) is None


async def test_of_several_instances_one_says_it_and_another_may_say_that_it_is_over() -> None:
    room = Room()
    one, other = Line(room.clock), Line(room.clock)
    refused = standing(one, STOP), standing(other, STOP)
    for each in refused:
        await watch(room.deps, each)
    assert room.bus.names() == ["DeliveryStopped.v1"]
    await watch(room.deps, standing(Line(room.clock), ACCEPTED))  # the first two are gone
    assert room.bus.names()[-1] == "DeliveryResumed.v1"
    for each in refused:  # what they saw before that is over, too
        await watch(room.deps, each)
    assert len(room.bus.names()) == 2


async def test_another_refusal_after_it_was_over_is_said_anew() -> None:
    room = Room()
    line = Line(room.clock)
    for answer in (STOP, ACCEPTED, STOP, ACCEPTED):
        await watch(room.deps, standing(line, answer))
    assert room.bus.names() == ["DeliveryStopped.v1", "DeliveryResumed.v1"] * 2


async def test_nobody_there_and_a_refused_recipient_stop_nothing() -> None:
    room = Room()
    line = Line(room.clock)
    for outcome in (Outcome.AWAY, Outcome.FAILED, Outcome.UNKNOWN, Outcome.RETRY, Outcome.SUPPRESSED):
        await watch(room.deps, standing(line, Result(outcome, "words")))
    assert room.bus.names() == []
    assert room.stoppages.states == {}


async def test_what_an_instance_sees_is_read_again_when_it_is_new_and_now_and_then_for_what_others_say() -> None:
    room, loads = Room(), 0
    line, load = Line(room.clock), room.stoppages.read

    async def counting(key: str, message_id: str) -> Any:
        nonlocal loads
        loads += 1
        return await load(key, message_id)

    room.stoppages.read = counting  # type: ignore[method-assign]
    watching = Watching(room.deps, lambda: line.standing)
    counted = []
    for answer in (None, STOP, None, ACCEPTED, None):
        if answer:
            line.note(answer)
        for _ in range(3):
            room.clock.advance(SECOND)
            await watching.look()
        counted.append(loads)
    assert counted == [1, 2, 2, 3, 3]
    assert room.bus.names() == ["DeliveryStopped.v1", "DeliveryResumed.v1"]
    for _ in range(ROUNDS):
        room.clock.advance(SECOND)
        await watching.look()
    assert loads == 4


async def test_what_could_not_be_watched_is_watched_again() -> None:
    room = Room()
    line, read = Line(room.clock), room.stoppages.read

    async def away(key: str, message_id: str) -> Any:
        raise ConnectionError(key)

    line.note(STOP)
    watching = Watching(room.deps, lambda: line.standing)
    room.stoppages.read = away  # type: ignore[method-assign]
    with pytest.raises(ConnectionError):
        await watching.look()
    room.stoppages.read = read  # type: ignore[method-assign]
    await watching.look()
    assert room.bus.names() == ["DeliveryStopped.v1"]


async def test_mail_of_a_refused_campaign_waits_and_all_arrives_afterwards() -> None:
    room = Room()
    for message in (approved(), a_command(), DELIVER):
        await room.hear(message)
    room.mailer.answers = [STOP] * 6
    postman = room.postman()
    assert await postman.send_some()
    await watch(room.deps, postman.line.standing)
    shown = (await room.hear(LIST)).data
    assert (shown["percent"], shown["counts"]["pending"], shown["stopped"]["reply"]) == (0, 6, STOP.reply)
    room.clock.advance(timedelta(minutes=1))
    while await postman.send_some():
        pass
    await watch(room.deps, postman.line.standing)
    shown = (await room.hear(LIST)).data
    assert (shown["percent"], shown["counts"]["accepted"], shown["stopped"]) == (100, 6, None)


@given(st.lists(st.tuples(st.sampled_from([STOP, ACCEPTED]), st.integers(0, 2)), max_size=30))
def test_whatever_instances_see_stops_and_resumptions_alternate(seen: list[tuple[Result, int]]) -> None:
    lines, state, events, now = [Standing() for _ in range(3)], Stoppage(), list[Any](), NOW
    for result, instance in seen:
        now += SECOND
        is_refusal = result is STOP
        change = {"refused": Refusal(now, result.reply)} if is_refusal else {"taken_at": now}
        lines[instance] = replace(lines[instance], **change)
        for line in lines:
            decision = follow(state, line)
            state = decision.state
            events.extend(decision.events)
    kinds = [event.name for event in events]
    stopped, resumed = DeliveryStopped.name, DeliveryResumed.name
    assert kinds == [stopped, resumed] * (len(kinds) // 2) + [stopped] * (len(kinds) % 2)
    assert (state.since is not None) == (len(kinds) % 2 == 1)


def test_the_relay_s_words_are_cut_to_what_an_event_takes() -> None:
    refused = replace(REFUSED, refused=Refusal(NOW, "x" * 9999))
    assert len(follow(None, refused).state.reply) == 500
