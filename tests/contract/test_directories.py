"""One table for every store of reviewers, lists and subscriptions: the one in memory and the one in MongoDB alike."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from services.distribution.domain import Listing, MailingList, Subscriber, Subscription
from services.distribution.store import MongoLists as DistributionLists
from services.distribution.store import MongoSubscriptions
from services.gateway.domain.directory import KnownList, KnownReviewer, summary
from services.gateway.store import MongoLists, MongoReviewers
from services.review.domain import Member, Membership
from services.review.store import MongoCommunity
from shared.contracts.lists import DistributionList, list_id
from shared.messaging.documents import Change, Handled
from shared.mongo import Database, connect, database
from shared.testing import FixedClock
from tests.helpers.builders import NOW
from tests.helpers.directory import FakeLists, FakeReviewers
from tests.unit.distribution.fakes import InMemoryLists, InMemorySubscriptions, a_listing
from tests.unit.review.fakes import InMemoryCommunity

CLOCK = FixedClock(NOW)


@pytest.fixture(params=["memory", "mongodb"])
async def mongo(request: pytest.FixtureRequest) -> AsyncIterator[Database | None]:
    """A database of the test's own, or None for what is in memory."""
    if request.param == "memory":
        yield None
        return
    client = connect(request.getfixturevalue("mongo_url"))
    yield database(client, request.getfixturevalue("database_name"))
    client.close()


async def prepared(store: Any) -> Any:
    for _ in range(2):  # safe to repeat
        await store.prepare()
    return store


async def write(documents: Any, key: str, state: Any, version: int = 0) -> None:
    if isinstance(documents, FakeReviewers | FakeLists):
        documents.states[key] = state
        return
    handled = Handled(id=f"{key}-{version}", at=NOW, reply=None)
    await documents.write(Change(key=key, version=version, state=state, handled=handled))


def member(name: str, **fields: Any) -> Member:
    return Member(name=name, email=f"{name}@example.com", **fields)


async def test_the_community_is_everybody_who_is_or_was_a_member(mongo: Database | None) -> None:
    community = InMemoryCommunity(CLOCK) if mongo is None else await prepared(MongoCommunity(mongo))
    assert await community.members() == []
    gone = Membership(version=1, origin="policy", reviewer=member("a", active=False))
    away = Membership(version=2, origin="api", reviewer=member("b", away_until=NOW + timedelta(days=1)))
    await write(community, "a", gone)
    await write(community, "b", away.model_copy(update={"version": 1}))
    await write(community, "b", away, 1)
    assert sorted(await community.members(), key=lambda each: each.reviewer.email) == [gone, away]


async def test_whoever_asks_again_hears_what_somebody_else_has_changed_since(mongo: Database | None) -> None:
    community = InMemoryCommunity(CLOCK) if mongo is None else await prepared(MongoCommunity(mongo))
    elsewhere = community if mongo is None else MongoCommunity(mongo)
    here = [Membership(version=n, origin="api", reviewer=member("a", reviews_per_week=n)) for n in (1, 2, 3)]
    for n, each in enumerate(here):
        await write(elsewhere, "a", each, n)
        assert await community.members() == [each]
    other = Membership(version=1, origin="api", reviewer=member("b"))
    await write(elsewhere, "b", other)
    assert sorted(await community.members(), key=lambda each: each.reviewer.email) == [here[-1], other]
    assert await community.members() == await elsewhere.members()


async def test_who_is_deleted_from_the_database_is_forgotten(mongo_url: str, database_name: str) -> None:
    client = connect(mongo_url)
    community = MongoCommunity(database(client, database_name))
    for name in ("a", "b"):
        await write(community, name, Membership(version=1, origin="api", reviewer=member(name)))
    assert len(await community.members()) == 2
    await community.collection.delete_one({"_id": "a"})
    assert [each.reviewer.name for each in await community.members()] == ["b"]
    client.close()


async def test_the_lists_are_all_that_there_are_or_were(mongo: Database | None) -> None:
    lists = InMemoryLists(CLOCK) if mongo is None else await prepared(DistributionLists(mongo))
    assert await lists.listings() == []
    fields = {"name": "a", "members": ["x@example.com"], "severities": ["sev2", "sev1"], "services": ["$x", "y"]}
    there = a_listing(MailingList.model_validate(fields))
    gone = Listing(version=2, origin="policy", deleted=True, list=DistributionList(name="b"))
    await write(lists, "a", there)
    await write(lists, "b", gone)
    assert sorted(await lists.listings(), key=lambda each: each.list.name) == [there, gone]


async def test_what_lists_include_and_whether_they_are_open_is_told_without_their_members(
    mongo: Database | None,
) -> None:
    lists = InMemoryLists(CLOCK) if mongo is None else await prepared(DistributionLists(mongo))
    assert await lists.includes() == {}
    closed = DistributionList(name="c", open=False, includes=("a", "b"))
    there = [Listing(version=1, origin="api", list=each) for each in (DistributionList(name="a"), closed)]
    gone = Listing(version=1, origin="policy", deleted=True, list=DistributionList(name="b", includes=("a",)))
    for each in (*there, gone):
        await write(lists, list_id(each.list.name), each)
    assert await lists.includes() == {"a": (), "c": ("a", "b")}
    assert [await lists.is_open(name) for name in ("a", "b", "c", "d")] == [True, None, False, None]
    assert sorted([each.list.name for each in await lists.listings(["c", "b", "d"])]) == ["b", "c"]


async def test_a_list_from_before_lists_had_doors_is_open_and_includes_none(mongo_url: str, database_name: str) -> None:
    client = connect(mongo_url)
    lists = DistributionLists(database(client, database_name))
    await write(lists, list_id("a"), Listing(version=1, origin="api", list=DistributionList(name="a")))
    for field in ("open", "includes", "mode", "owner", "address"):
        await lists.collection.update_one({}, {"$unset": {f"state.list.{field}": ""}})
    assert (await lists.includes(), await lists.is_open("a")) == ({"a": ()}, True)
    assert (await lists.listings())[0].list == DistributionList(name="a")
    client.close()


async def test_who_put_themselves_on_lists_is_found_until_they_leave(mongo: Database | None) -> None:
    known = InMemorySubscriptions(CLOCK) if mongo is None else await prepared(MongoSubscriptions(mongo))
    assert await known.subscribers() == ()
    people = [Subscriber(list=name, email=f"{who}@example.com") for name, who in ("yb", "xa", "ya", "xc")]
    for n, each in enumerate(people):
        await write(known, f"{n}", Subscription(unsubscribed=False, since=NOW, subscriber=each))
    assert await known.subscribers() == (people[1], people[3], people[2], people[0])
    assert await known.subscribers(["x", "z"]) == (people[1], people[3])
    await write(known, "1", Subscription(unsubscribed=True, since=NOW), 1)
    assert await known.subscribers(["x"]) == (people[3],)


async def test_of_many_subscriptions_it_is_told_which_are_no_more(mongo: Database | None) -> None:
    known = InMemorySubscriptions(CLOCK) if mongo is None else await prepared(MongoSubscriptions(mongo))
    for key, unsubscribed in (("a", True), ("b", False), ("c", True)):
        await write(known, key, Subscription(unsubscribed=unsubscribed, since=NOW))
    assert await known.left(["a", "b", "never"]) == {"a"}
    assert await known.left([]) == frozenset()


async def test_who_unsubscribed_is_found_until_they_are_put_back(mongo: Database | None) -> None:
    known = InMemorySubscriptions(CLOCK) if mongo is None else await prepared(MongoSubscriptions(mongo))
    assert await known.unsubscribed() == frozenset()
    for key, unsubscribed in (("a", True), ("b", True), ("c", False)):
        await write(known, key, Subscription(unsubscribed=unsubscribed, since=NOW))
    await write(known, "b", Subscription(unsubscribed=False, since=NOW), 1)
    assert await known.unsubscribed() == {"a"}


async def test_people_read_reviewers_by_address(mongo: Database | None) -> None:
    reviewers = FakeReviewers() if mongo is None else await prepared(MongoReviewers(mongo))
    known = [KnownReviewer(version=1, origin="api", reviewer=member(name)) for name in ("c", "a", "b")]
    for key, each in zip("123", known, strict=True):
        await write(reviewers, key, each)
    assert [each.reviewer.name for each in await reviewers.listed()] == ["a", "b", "c"]
    assert await reviewers.state_of("2") == known[1]
    assert await reviewers.state_of("4") is None


async def test_people_read_lists_by_name_without_their_members_and_without_deleted_ones(mongo: Database | None) -> None:
    lists = FakeLists() if mongo is None else await prepared(MongoLists(mongo))
    wanted = [DistributionList(name=name, title=name.upper(), members=("x@example.com",)) for name in "cab"]
    known = [KnownList(version=1, origin="api", list=each, deleted=each.name == "b") for each in wanted]
    for key, each in zip("123", known, strict=True):
        await write(lists, key, each)
    assert await lists.listed() == [summary(known[1]), summary(known[0])]
    assert await lists.state_of("1") == known[0]
    assert await lists.state_of("3") == known[2]


async def test_what_was_heard_of_a_list_is_known(mongo_url: str, database_name: str) -> None:
    client = connect(mongo_url)
    lists = MongoLists(database(client, database_name))
    await write(lists, "l", KnownList(version=1, origin="api", list=DistributionList(name="l")))
    assert await lists.has_heard("l", ["l-0"])
    assert not await lists.has_heard("l", ["l-0", "l-1"])
    client.close()


async def test_each_who_asks_at_the_same_time_is_answered_about_their_own(mongo_url: str, database_name: str) -> None:
    client = connect(mongo_url)
    lists = MongoLists(database(client, database_name))
    for name in ("l", "m"):
        await write(lists, name, KnownList(version=1, origin="api", list=DistributionList(name=name)))
    asked = [("l", ["l-0"]), ("m", ["l-0"]), ("m", ["m-0", "l-0"]), ("n", ["l-0"]), ("m", ["m-0"]), ("n", ["n-0"])]
    heard = await asyncio.gather(*(lists.has_heard(key, ids) for key, ids in asked))
    assert heard == [True, False, False, False, True, False]
    client.close()


async def test_a_list_of_ten_thousand_members_fits_into_its_documents(mongo_url: str, database_name: str) -> None:
    client = connect(mongo_url)
    members = tuple(f"{'x' * 230}{n:05}@example.com" for n in range(10_000))
    large = DistributionList(name="large", members=members)
    lists = DistributionLists(database(client, database_name))
    await write(lists, "large", Listing(version=1, origin="api", list=large))
    assert (await lists.listings())[0].list == large
    client.close()
