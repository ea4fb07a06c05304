"""What stands behind a stream: the feed that facts go into, and how long somebody is told of them."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from datetime import timedelta
from functools import partial

import pytest
from fastapi import Request

from services.gateway.domain.watching import KEPT_FOR, Watched
from services.gateway.handlers.caller import again
from services.gateway.handlers.stream import Patient, Watching, item, opening
from shared.contracts.events import DraftCreated, MeetingEnded
from shared.messaging.documents import AlreadyHandled, NotYet
from tests.helpers.builders import NOW, PM, a_draft
from tests.helpers.front_door import Door
from tests.helpers.watching import hear, listening

ENDED = MeetingEnded(postmortem_id=PM, uid="u", ended_at=NOW)


def watching(door: Door, still: bool) -> Watching:
    async def may_still() -> bool:
        return still

    return Watching(
        hub=door.hub,
        email="engineer@example.com",
        watched=Watched(),
        number=0,
        opening=opening("end-0"),
        item=partial(item, public_url="https://afterword.example.com"),
        may_still=may_still,
        keep_alive=0.01,
    )


async def test_who_does_not_take_what_is_sent_is_dropped() -> None:
    door = Door()
    answer = Patient(watching(door, still=True).stream(), patience=0.05)
    async with listening(answer, "/v1/events", {}) as line:
        line.taking.clear()
        await hear(door.deps, a_draft(DraftCreated))
        async with asyncio.timeout(10):
            while door.hub.watching:
                await door.hub.look()
                await asyncio.sleep(0)


async def test_a_comment_comes_now_and_then_while_nothing_happens() -> None:
    async with asyncio.timeout(10), aclosing(watching(Door(), still=True).stream()) as parts:
        assert [await anext(parts) for _ in range(3)][1:] == [b": ping\n\n"] * 2


async def test_a_key_that_is_good_no_more_ends_the_stream() -> None:
    async with asyncio.timeout(10):
        assert [part async for part in watching(Door(), still=False).stream()] == [opening("end-0")]


async def test_a_store_that_is_away_ends_the_stream_which_goes_on_elsewhere() -> None:
    door = Door()
    await hear(door.deps, a_draft(DraftCreated))
    door.library.down = True
    async with asyncio.timeout(10):
        assert [part async for part in watching(door, still=True).stream()] == [opening("end-0")]


async def test_nobody_watches_and_the_feed_is_not_read() -> None:
    door = Door()
    await hear(door.deps, a_draft(DraftCreated))
    door.library.down = True
    await door.hub.look()


async def test_a_fact_whose_hearer_died_before_the_feed_had_it_is_told_when_it_comes_again() -> None:
    door = Door()
    await hear(door.deps, a_draft(DraftCreated))
    item = door.feed.items.pop()
    with pytest.raises(AlreadyHandled):
        await hear(door.deps, a_draft(DraftCreated))
    with pytest.raises(AlreadyHandled):
        await hear(door.deps, a_draft(DraftCreated))
    assert door.feed.items == [item]


async def test_a_fact_waits_until_its_postmortem_may_be_known_of() -> None:
    door = Door()
    with pytest.raises(NotYet):
        await hear(door.deps, ENDED)
    await hear(door.deps, a_draft(DraftCreated), since=1)
    with pytest.raises(AlreadyHandled):
        await hear(door.deps, ENDED)
    assert [item.name for item in door.feed.items] == ["DraftCreated.v1", "MeetingEnded.v1"]


async def test_facts_of_long_ago_are_no_news_when_the_library_is_built_again() -> None:
    door = Door()
    door.clock.advance(KEPT_FOR)
    await hear(door.deps, ENDED, a_draft(DraftCreated))
    assert door.feed.items == []
    door.clock.advance(-timedelta(seconds=1))
    await hear(door.deps, ENDED, since=2)
    assert len(door.feed.items) == 1


async def test_who_calls_is_asked_anew_as_at_the_first_time() -> None:
    door = Door()
    headers = [(b"authorization", b"Bearer key-engineer")]
    ask = await again(Request({"type": "http", "app": door.app, "headers": headers, "client": ("127.0.0.1", 1)}))
    known = await ask()
    assert known
    assert known.actor.email == "engineer@example.com"
    door.configured.clear()
    assert await ask() is None
