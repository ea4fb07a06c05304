"""One table for what keeps API keys: the one in memory and the one in MongoDB keep them alike."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from services.gateway.domain.api_keys import StoredKey
from services.gateway.ports import Keys
from services.gateway.store import MongoKeys
from shared.contracts.commands import Role
from shared.mongo import connect, database
from tests.helpers.builders import NOW
from tests.helpers.fakes import FakeKeys

MINUTE = timedelta(minutes=1)


def a_key(id: str = "0123abcd", **fields: Any) -> StoredKey:
    given = {
        "id": id,
        "digest": "d" * 64,
        "email": "bot@example.com",
        "name": "Bot",
        "role": Role.TOOL,
        "created_at": NOW,
    }
    return StoredKey.model_validate(given | fields)


@pytest.fixture(params=["memory", "mongodb"])
async def keys(request: pytest.FixtureRequest) -> AsyncIterator[Keys]:
    if request.param == "memory":
        yield FakeKeys()
        return
    client = connect(request.getfixturevalue("mongo_url"))
    yield MongoKeys(database(client, request.getfixturevalue("database_name")))
    client.close()


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"scopes": frozenset({"report", "read"}), "expires_at": NOW + timedelta(days=90)},
        {"scopes": frozenset()},
        {"role": Role.ADMIN, "last_used_at": NOW, "revoked_at": NOW},
    ],
)
async def test_a_key_is_found_as_it_was_made(keys: Keys, fields: dict[str, Any]) -> None:
    assert await keys.find("0123abcd") is None
    assert await keys.create(a_key(**fields))
    assert await keys.find("0123abcd") == a_key(**fields)


async def test_a_person_s_keys_are_found_whatever_has_become_of_them(keys: Keys) -> None:
    for id, email in (
        ("0000000a", "bot@example.com"),
        ("0000000b", "other@example.com"),
        ("0000000c", "bot@example.com"),
    ):
        await keys.create(a_key(id, email=email))
    await keys.revoke("0000000c", NOW)
    assert sorted(key.id for key in await keys.of("bot@example.com")) == ["0000000a", "0000000c"]
    assert await keys.of("nobody@example.com") == []


async def test_an_id_that_is_taken_is_not_taken_over(keys: Keys) -> None:
    assert await keys.create(a_key())
    assert not await keys.create(a_key(digest="e" * 64, role=Role.ADMIN))
    assert await keys.find("0123abcd") == a_key()


async def test_of_many_with_one_id_one_is_kept(keys: Keys) -> None:
    made = await asyncio.gather(*(keys.create(a_key(name=f"Bot {i}")) for i in range(10)))
    assert sorted(made) == [False] * 9 + [True]


async def test_keys_are_listed_oldest_first_also_those_that_have_ended(keys: Keys) -> None:
    for id, days in (("0000000b", 0), ("0000000a", 0), ("0000000c", 1)):
        await keys.create(a_key(id, created_at=NOW - timedelta(days=days)))
    await keys.revoke("0000000c", NOW)
    assert [key.id for key in await keys.listed()] == ["0000000c", "0000000a", "0000000b"]


async def test_a_key_is_revoked_once_and_stays_so(keys: Keys) -> None:
    await keys.create(a_key())
    assert await keys.revoke("0123abcd", NOW) == a_key(revoked_at=NOW)
    assert await keys.revoke("0123abcd", NOW + MINUTE) == a_key(revoked_at=NOW)
    assert await keys.find("0123abcd") == a_key(revoked_at=NOW)
    assert await keys.revoke("ffffffff", NOW) is None


async def test_the_use_of_a_key_is_written_down_once_a_minute(keys: Keys) -> None:
    await keys.create(a_key())
    for after, noted in ((timedelta(0), NOW), (MINUTE / 2, NOW), (MINUTE, NOW + MINUTE)):
        await keys.used(a_key(), NOW + after)
        assert await keys.find("0123abcd") == a_key(last_used_at=noted)


async def test_the_use_of_a_key_that_is_gone_makes_none(keys: Keys) -> None:
    await keys.used(a_key(), NOW)
    assert await keys.listed() == []
