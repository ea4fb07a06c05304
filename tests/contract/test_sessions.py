"""Sessions of browsers, the same over memory and MongoDB."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from services.gateway.domain.identity import Caller
from services.gateway.domain.sessions import Proof, begun, renewed
from services.gateway.ports import Sessions
from services.gateway.store import MongoSessions
from shared.contracts.commands import Actor, Role
from shared.mongo import connect, database
from tests.helpers.builders import NOW as BEGINNING
from tests.helpers.sessions import FakeSessions

NOW = BEGINNING + timedelta(days=36_500)
"""Far off: the server itself forgets what has ended by its own clock."""
WHO = Actor(name="Olga Owner", email="owner@example.com", role=Role.ENGINEER)


@pytest.fixture(params=["memory", "mongodb"])
async def sessions(request: pytest.FixtureRequest) -> AsyncIterator[Sessions]:
    if request.param == "memory":
        yield FakeSessions()
        return
    client = connect(request.getfixturevalue("mongo_url"))
    kept = MongoSessions(database(client, request.getfixturevalue("database_name")))
    await kept.prepare()
    yield kept
    client.close()


@pytest.mark.parametrize("scopes", [None, frozenset[str](), frozenset({"read", "join_meetings"})])
async def test_a_session_is_found_as_it_was_kept(sessions: Sessions, scopes: frozenset[str] | None) -> None:
    session = begun("token", "csrf", Caller(WHO, scopes), Proof.KEY, "0123abcd", NOW)
    await sessions.keep(session)
    assert await sessions.find(session.digest) == session
    assert await sessions.find("another") is None


async def test_a_renewed_session_takes_the_place_of_the_old_one(sessions: Sessions) -> None:
    session = begun("token", "csrf", Caller(WHO), Proof.PROVIDER, "", NOW)
    await sessions.keep(session)
    newer = renewed(session, NOW + timedelta(hours=1))
    assert newer
    await sessions.keep(newer)
    assert await sessions.find(session.digest) == newer


async def test_an_ended_session_is_gone_and_ending_it_again_is_no_error(sessions: Sessions) -> None:
    session = begun("token", "csrf", Caller(WHO), Proof.SETTINGS, "digest", NOW)
    await sessions.keep(session)
    for _ in range(2):
        await sessions.end(session.digest)
        assert await sessions.find(session.digest) is None
