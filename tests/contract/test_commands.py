"""One table for what remembers commands: the one in memory and the one in MongoDB lease them alike."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from services.gateway.ports import Commands, Given, Kept
from services.gateway.store import MongoCommands
from shared.mongo import connect, database
from shared.testing import FixedClock
from tests.helpers.builders import NOW
from tests.helpers.front_door import FakeCommands

GIVEN = Given(id="c-1", principal="a@example.com", fingerprint="f", address="room.Name.v1", body="{}")
UNTIL = NOW + timedelta(seconds=10)
LATER = UNTIL + timedelta(seconds=10)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture(params=["memory", "mongodb"])
async def commands(request: pytest.FixtureRequest, clock: FixedClock) -> AsyncIterator[Commands]:
    if request.param == "memory":
        yield FakeCommands(clock)
        return
    client = connect(request.getfixturevalue("mongo_url"))
    store = MongoCommands(database(client, request.getfixturevalue("database_name")), clock)
    await store.prepare()
    yield store
    client.close()


async def test_a_command_is_found_as_it_was_first_given(commands: Commands) -> None:
    assert await commands.find("c-1") is None
    assert await commands.remember(GIVEN, UNTIL) == Kept(given=GIVEN)
    assert await commands.find("c-1") == GIVEN


async def test_a_command_is_one_request_s_until_it_is_released(commands: Commands) -> None:
    await commands.remember(GIVEN, UNTIL)
    assert await commands.remember(GIVEN, LATER) == Kept(given=GIVEN, busy=True)
    await commands.release("c-1", UNTIL)
    assert await commands.remember(GIVEN, LATER) == Kept(given=GIVEN)
    assert await commands.remember(GIVEN, LATER) == Kept(given=GIVEN, busy=True)


async def test_a_command_that_was_answered_may_be_asked_for_again_at_once(commands: Commands) -> None:
    await commands.remember(GIVEN, UNTIL)
    commands.answered("c-1", UNTIL)
    assert await commands.remember(GIVEN, LATER) == Kept(given=GIVEN)
    assert await commands.remember(GIVEN, LATER) == Kept(given=GIVEN, busy=True)


async def test_other_gateways_have_what_was_answered_as_soon_as_they_are_told(
    mongo_url: str, database_name: str, clock: FixedClock
) -> None:
    client = connect(mongo_url)
    here, there = (MongoCommands(database(client, database_name), clock) for _ in range(2))
    for id in ("c-1", "c-2"):
        await here.remember(replace(GIVEN, id=id), UNTIL)
    here.answered("c-1", UNTIL)
    assert (await there.remember(GIVEN, LATER)).busy
    await here.free()
    assert await there.remember(GIVEN, LATER) == Kept(given=GIVEN)
    assert (await there.remember(replace(GIVEN, id="c-2"), LATER)).busy
    here.answered("c-1", UNTIL)
    await here.free()
    assert (await here.remember(GIVEN, LATER)).busy
    client.close()


async def test_a_command_whose_time_is_over_is_free_and_only_its_holder_releases_it(
    commands: Commands, clock: FixedClock
) -> None:
    await commands.remember(GIVEN, UNTIL)
    clock.advance(UNTIL - NOW)
    assert await commands.remember(GIVEN, LATER) == Kept(given=GIVEN)
    await commands.release("c-1", UNTIL)
    assert (await commands.remember(GIVEN, LATER)).busy


async def test_other_content_gets_the_first_and_does_not_take_it(commands: Commands) -> None:
    await commands.remember(GIVEN, UNTIL)
    await commands.release("c-1", UNTIL)
    assert (await commands.remember(replace(GIVEN, fingerprint="other"), LATER)).given == GIVEN
    assert await commands.remember(GIVEN, LATER) == Kept(given=GIVEN)


async def test_of_many_at_once_one_has_it(commands: Commands) -> None:
    kept = await asyncio.gather(*(commands.remember(GIVEN, UNTIL) for _ in range(10)))
    assert sorted(each.busy for each in kept) == [False] + [True] * 9
