"""Servers of our own, and stores, for the contract tests."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import pytest

from shared.messaging.documents import Documents
from shared.mongo import MongoDocuments, connect, database
from shared.testing import FixedClock, InMemoryDocuments
from tests.contract import caldav_plain, caldav_radicale, caldav_xandikos
from tests.contract.things import Thing
from tests.helpers.builders import NOW


@pytest.fixture(scope="module")
def radicale(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real Radicale; its address."""
    with caldav_radicale.radicale(tmp_path_factory.mktemp("radicale")) as host:
        yield host


@pytest.fixture(scope="module")
def radicale_without_reports(radicale: str) -> Iterator[str]:
    """The same one behind a server that knows nothing of reports; its address."""
    with caldav_plain.without_reports(radicale) as host:
        yield host


@pytest.fixture(scope="module")
def xandikos(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real Xandikos; its address."""
    with caldav_xandikos.xandikos(tmp_path_factory.mktemp("xandikos")) as host:
        yield host


@pytest.fixture(params=["memory", "mongodb"])
async def documents(request: pytest.FixtureRequest) -> AsyncIterator[Documents[Thing]]:
    """A store of small states: in memory, then in MongoDB."""
    if request.param == "memory":
        yield InMemoryDocuments(FixedClock(NOW + timedelta(days=3650)))
        return
    client = connect(request.getfixturevalue("mongo_url"))
    store = MongoDocuments(database(client, request.getfixturevalue("database_name"))["things"], Thing)
    await store.prepare()
    yield store
    client.close()
