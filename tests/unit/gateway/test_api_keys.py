"""Kept API keys: what is good, what is told about one that no longer is, and to whom."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from deploy.local.keys import new_key
from services.gateway.adapters.recent_keys import FRESH_FOR, RecentKeys
from services.gateway.domain.api_keys import Digests, StoredKey, id_of, is_use_to_be_noted, judge
from services.gateway.domain.identity import Caller, NotAccepted
from shared.contracts.commands import Actor, Role
from shared.testing import FixedClock
from tests.helpers.builders import NOW
from tests.helpers.fakes import FakeKeys

DIGESTS = Digests("a secret key for tests, long enough")
KEY = "aw_0123abcd_" + "k" * 43


def stored(key: str = KEY, **fields: Any) -> StoredKey:
    given = {
        "id": "0123abcd",
        "digest": DIGESTS.of(key),
        "email": "bot@example.com",
        "name": "Bot",
        "role": Role.TOOL,
        "created_at": NOW - timedelta(days=9),
    }
    return StoredKey.model_validate(given | fields)


def why_not(key: StoredKey | None, presented: str = KEY) -> str:
    with pytest.raises(NotAccepted) as refused:
        judge(key, DIGESTS.of(presented), NOW)
    return refused.value.rule


def test_a_genuine_key_is_whose_it_is_with_its_scopes() -> None:
    bot = Actor(name="Bot", email="bot@example.com", role=Role.TOOL)
    assert judge(stored(), DIGESTS.of(KEY), NOW) == Caller(bot)
    narrow = stored(scopes=frozenset({"report"}), expires_at=NOW + timedelta(seconds=1))
    assert judge(narrow, DIGESTS.of(KEY), NOW) == Caller(bot, frozenset({"report"}))


def test_why_a_key_is_no_longer_good_is_told_to_whoever_has_it() -> None:
    assert why_not(stored(expires_at=NOW)) == "key-expired"
    assert why_not(stored(revoked_at=NOW)) == "key-revoked"
    assert why_not(stored(revoked_at=NOW, expires_at=NOW)) == "key-revoked"


@pytest.mark.parametrize("fields", [{}, {"expires_at": NOW}, {"revoked_at": NOW}])
def test_a_guess_is_unknown_whatever_it_hits(fields: dict[str, Any]) -> None:
    guess = KEY[:-1] + "l"
    assert why_not(stored(**fields), guess) == "no-valid-key"
    assert why_not(None, guess) == "no-valid-key"


def test_what_is_kept_tells_nothing_without_the_secret_key() -> None:
    assert Digests("another secret key for tests, long").of(KEY) != DIGESTS.of(KEY)
    assert KEY not in stored().model_dump_json()
    assert "secret" not in repr(DIGESTS)


@pytest.mark.parametrize(
    "text",
    ["", "aw_0123abcd", KEY + "x", KEY[:-1], KEY.upper(), f" {KEY}", KEY.replace("_", "-"), "aw_0123abcg" + KEY[11:]],
)
def test_what_does_not_look_like_a_key_has_no_id(text: str) -> None:
    assert id_of(text) is None


def test_keys_look_like_those_that_the_local_stack_makes() -> None:
    assert id_of(KEY) == "0123abcd"
    id, key = new_key()
    assert id_of(key) == id
    assert len({new_key() for _ in range(100)}) == 100


def test_the_use_of_a_key_is_noted_once_a_minute() -> None:
    assert is_use_to_be_noted(stored(), NOW)
    assert not is_use_to_be_noted(stored(last_used_at=NOW - timedelta(seconds=59)), NOW)
    assert is_use_to_be_noted(stored(last_used_at=NOW - timedelta(seconds=60)), NOW)


async def test_a_key_is_looked_up_once_in_five_seconds_and_revoked_everywhere_after_that() -> None:
    clock, kept = FixedClock(NOW), FakeKeys()
    recent = RecentKeys(kept, clock)
    await kept.create(stored())
    assert [await recent.find("0123abcd") for _ in range(3)] == [stored()] * 3
    assert kept.looked == 1
    await kept.revoke("0123abcd", NOW)
    clock.advance(FRESH_FOR)
    found = await recent.find("0123abcd")
    assert found
    assert found.revoked_at == NOW


async def test_a_new_key_is_good_at_once() -> None:
    kept = FakeKeys()
    recent = RecentKeys(kept, FixedClock(NOW))
    assert await recent.find("0123abcd") is None
    await kept.create(stored())
    assert await recent.find("0123abcd") == stored()


async def test_of_many_requests_one_notes_the_use() -> None:
    clock, kept = FixedClock(NOW), FakeKeys()
    recent = RecentKeys(kept, clock)
    await kept.create(stored())
    found = await recent.find("0123abcd")
    assert found
    await recent.used(found, NOW)
    again = await recent.find("0123abcd")
    assert again
    assert not is_use_to_be_noted(again, NOW)
    assert kept.keys["0123abcd"].last_used_at == NOW
