"""One table for the feed and the secret links: those in memory and those in MongoDB order and count alike."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta

import pytest
from pymongo.errors import BulkWriteError

from services.gateway.domain.watching import KEPT_FOR, Noted
from services.gateway.ports import Feed, Links, Place
from services.gateway.store import MongoFeed, MongoLinks
from shared.contracts.commands import Actor, Role
from shared.mongo import Database, connect, database
from shared.testing import FixedClock
from tests.helpers.builders import NOW, PM
from tests.helpers.watching import FakeFeed, FakeLinks


def an_item(n: int) -> Noted:
    return Noted(
        id=f"i-{n}", name="Name.v1", time=NOW, postmortem_id=PM, title="t", status="draft", severity="sev2", revision=1
    )


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def rooms(mongo_url: str, database_name: str) -> Iterator[Database]:
    client = connect(mongo_url)
    yield database(client, database_name)
    client.close()


@pytest.fixture(params=["memory", "mongodb"])
async def feed(request: pytest.FixtureRequest, clock: FixedClock) -> Feed:
    if request.param == "memory":
        return FakeFeed(clock)
    store = MongoFeed(request.getfixturevalue("rooms"), clock)
    await store.prepare()
    return store


@pytest.fixture(params=["memory", "mongodb"])
def links(request: pytest.FixtureRequest) -> Links:
    return FakeLinks() if request.param == "memory" else MongoLinks(request.getfixturevalue("rooms"))


async def test_an_empty_feed_has_an_end_before_which_nothing_stands(feed: Feed) -> None:
    begin = await feed.newest()
    assert begin.number == 0
    assert await feed.place_of(begin.id) == begin
    assert await feed.after(0, 10) == []
    assert [await feed.place_of(id) for id in ("i-1", "end-1", "end-01", "end-" + "9" * 15)] == [None] * 4


async def test_items_stand_in_the_order_in_which_they_came_under_numbers_without_a_gap(feed: Feed) -> None:
    for n in range(5):
        await feed.append(an_item(n))
    assert await feed.after(0, 10) == [(n + 1, an_item(n)) for n in range(5)]
    assert await feed.after(3, 1) == [(4, an_item(3))]
    assert await feed.newest() == await feed.place_of("i-4") == Place(number=5, id="i-4")


async def test_an_item_that_comes_again_stands_where_it_stood(feed: Feed) -> None:
    for n in (0, 1, 0, 1, 2):
        await feed.append(an_item(n))
    await asyncio.gather(*(feed.append(an_item(3)) for _ in range(5)))
    assert [item.id for _, item in await feed.after(0, 10)] == ["i-0", "i-1", "i-2", "i-3"]


async def test_a_place_is_good_for_a_week(feed: Feed, clock: FixedClock) -> None:
    begin = await feed.newest()
    await feed.append(an_item(0))
    clock.advance(KEPT_FOR - timedelta(seconds=1))
    assert await feed.place_of("i-0") == Place(number=1, id="i-0")
    assert await feed.place_of(begin.id) == begin
    clock.advance(timedelta(seconds=1))
    assert await feed.place_of("i-0") is None
    assert await feed.place_of(begin.id) is None


async def test_numbers_go_on_when_all_items_are_gone(rooms: Database, clock: FixedClock) -> None:
    feed = MongoFeed(rooms, clock)
    await feed.prepare()
    for n in range(3):
        await feed.append(an_item(n))
    await rooms["feed"].delete_many({})
    begin = await feed.newest()
    assert begin.number == 3
    assert await feed.place_of(begin.id) == begin
    await feed.append(an_item(3))
    assert await feed.after(begin.number, 10) == [(4, an_item(3))]
    assert await feed.place_of(begin.id) == begin


async def test_numbers_go_on_for_a_gateway_that_begins_when_all_items_are_gone(
    rooms: Database, clock: FixedClock
) -> None:
    dead, feed, last = (MongoFeed(rooms, clock) for _ in range(3))
    for n in range(3):
        await dead.append(an_item(n))  # and did not live to mark how far it was
    await feed.prepare()
    await feed.append(an_item(3))
    await feed.mark()
    await rooms["feed"].delete_many({})
    await last.append(an_item(4))
    assert await last.after(0, 10) == [(5, an_item(4))]


async def test_a_gateway_goes_on_behind_what_others_have_put_in(rooms: Database, clock: FixedClock) -> None:
    one, other = MongoFeed(rooms, clock), MongoFeed(rooms, clock)
    await one.prepare()
    await other.append(an_item(0))
    for n in range(1, 5):
        await one.append(an_item(n))
    await asyncio.gather(*(other.append(an_item(n)) for n in (5, 2, 6, 0, 7)))
    assert await one.after(0, 10) == [(n + 1, an_item(n)) for n in range(8)]


async def test_what_cannot_be_written_takes_no_number(rooms: Database, clock: FixedClock) -> None:
    feed, name = MongoFeed(rooms, clock), "feed"
    await feed.append(an_item(0))
    await rooms.command("collMod", name, validator={"item.title": "t"}, validationAction="error")
    refused = an_item(1).model_copy(update={"title": "of another form"})
    with pytest.raises(BulkWriteError):
        await feed.append(refused)
    await feed.append(an_item(2))
    assert await feed.after(0, 10) == [(1, an_item(0)), (2, an_item(2))]


async def test_a_reader_never_finds_a_smaller_number_later_whoever_writes_at_the_same_time(
    rooms: Database, clock: FixedClock
) -> None:
    writers = [MongoFeed(rooms, clock) for _ in range(4)]
    await writers[0].prepare()
    read: list[int] = []

    async def reading() -> None:
        while len(read) < 400:
            read.extend(number for number, _ in await writers[0].after(read[-1] if read else 0, 50))

    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        group.create_task(reading())
        for n in range(400):
            for writer in (writers[n % 4], writers[(n + 1) % 4]):  # each item comes to two of them
                group.create_task(writer.append(an_item(n)))
    assert read == list(range(1, 401))


async def test_links_are_of_the_first_generation_until_they_are_rotated(links: Links) -> None:
    assert await links.generation("a@example.com") == 0
    assert [await links.rotate("a@example.com", cause) for cause in ("1", "2", "2", "1")] == [1, 2, 2, 2]
    assert await links.generation("a@example.com") == 2
    assert await links.generation("b@example.com") == 0


async def test_who_was_known_by_a_token_is_known_until_that_counts_no_more(links: Links) -> None:
    known = Actor(name="Pat", email="pat@example.com", role=Role.REVIEWER)
    await links.vouch(known, NOW)
    assert await links.vouched(known.email, NOW - timedelta(seconds=1)) == known
    assert await links.vouched(known.email, NOW) is None
    assert await links.vouched("b@example.com", NOW) is None


async def test_rotating_and_being_known_do_not_disturb_each_other(links: Links) -> None:
    known = Actor(name="Pat", email="pat@example.com")
    await links.vouch(known, NOW)
    assert await links.generation(known.email) == 0
    assert await links.rotate(known.email, "1") == 1
    await links.vouch(known, NOW + timedelta(days=1))
    assert await links.generation(known.email) == 1
    assert await links.vouched(known.email, NOW) == known
