"""A MongoDB that asks for passwords: a room needs an account for its own database, and reads no other with it."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import Any, Protocol

import pymongo
import pytest
from pymongo.errors import OperationFailure, PyMongoError

from deploy.local import mongodb_program, processes
from deploy.local.ports import HOST, free_port
from deploy.local.processes import caller_environment, spawn
from deploy.local.site import Site
from deploy.local.waiting import NotYet, wait_until
from services.calendar.store import MongoMeetings
from services.distribution.wiring.stores import Stores
from services.drafting.store import MongoPostmortems
from services.gateway import store as gateway
from services.review.store import MongoCommunity, MongoReviews
from shared import mongo
from shared.mongo import MongoDocuments
from shared.testing import FixedClock
from tests.contract.test_feed import an_item
from tests.contract.things import Thing, a_change
from tests.faults.replica_set import SMALL
from tests.helpers.builders import NOW

PASSWORD = "only-for-tests"
START_SECONDS = 60.0


class Prepared(Protocol):
    """A store of a room."""

    async def prepare(self) -> None:
        """Make what it needs."""


def of_the_gateway(database: mongo.Database) -> Sequence[Prepared]:
    clock = FixedClock(NOW)
    alone = (gateway.MongoLibrary, gateway.MongoHistory, gateway.MongoKeys, gateway.MongoLists)
    timed = (gateway.MongoCommands, gateway.MongoCalls, gateway.MongoFeed)
    return [
        *(kind(database) for kind in alone),
        gateway.MongoReviewers(database),
        gateway.MongoSessions(database),
        *(kind(database, clock) for kind in timed),
    ]


ROOMS: dict[str, Callable[[mongo.Database], Sequence[Prepared]]] = {
    "drafting": lambda database: [MongoPostmortems(database)],
    "review": lambda database: [MongoReviews(database), MongoCommunity(database)],
    "calendar": lambda database: [MongoMeetings(database)],
    "distribution": lambda database: [Stores(database)],
    "gateway": of_the_gateway,
}


def become_a_set(url: str, member: str) -> None:
    """Make the server a set of one with an administrator, as far as it is not yet. Raises: NotYet, PyMongoError."""
    with pymongo.MongoClient[dict[str, Any]](url, serverSelectionTimeoutMS=500) as client:
        hello = client.admin.command("hello")
        if not hello.get("setName"):
            client.admin.command("replSetInitiate", {"_id": "locked", "members": [{"_id": 0, "host": member}]})
        if not hello.get("isWritablePrimary"):
            raise NotYet("no primary yet")
        client.admin.command("createUser", "root", pwd=PASSWORD, roles=["root"])


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server that knows an account for each room, and nothing without one; yields host and port."""
    folder, port = tmp_path_factory.mktemp("locked"), free_port()
    key = folder / "key"
    key.write_text(secrets.token_hex(64), "ascii")
    key.chmod(0o600)
    program = mongodb_program.find_or_install(Site(folder / "site").tools)
    where = ["--dbpath", str(folder), "--port", str(port), "--bind_ip", HOST]
    process = spawn(
        "mongodb",
        [str(program), *where, "--replSet", "locked", "--keyFile", str(key), *SMALL],
        log=folder / "log",
        env=caller_environment("AFTERWORD_"),
        cwd=folder,
    )
    member = f"{HOST}:{port}"
    try:
        url = f"mongodb://{member}/?directConnection=true"
        wait_until(lambda: become_a_set(url, member), what="MongoDB", seconds=START_SECONDS, retry=(PyMongoError,))
        with pymongo.MongoClient[dict[str, Any]](member, username="root", password=PASSWORD) as client:
            for room in ROOMS:
                own = [{"role": "readWrite", "db": f"afterword_{room}"}]
                client.admin.command("createUser", room, pwd=PASSWORD, roles=own)
        yield member
    finally:
        processes.stop(process, 0)


@pytest.fixture(params=ROOMS)
async def client(request: pytest.FixtureRequest, locked: str) -> AsyncIterator[tuple[str, mongo.Client]]:
    """A room, and its connection."""
    room = request.param
    connected = mongo.connect(f"mongodb://{room}:{PASSWORD}@{locked}/?replicaSet=locked&authSource=admin")
    yield room, connected
    connected.close()


async def test_a_room_needs_its_own_database_alone(client: tuple[str, mongo.Client]) -> None:
    room, connected = client
    own = mongo.database(connected, f"afterword_{room}")
    assert await mongo.answers(connected)
    for store in ROOMS[room](own):
        await store.prepare()
    documents = MongoDocuments(own["things"], Thing)
    await documents.write(a_change(0, 1, unsaid=("e-1",)))
    await documents.write(a_change(1, 2, said=("e-1",)))
    assert (await documents.read("k", ""))[0].state == Thing(n=2)
    if room == "gateway":
        feed = gateway.MongoFeed(own, FixedClock(NOW))
        await feed.append(an_item(1))
        assert await feed.newest() is not None


async def test_a_room_reads_and_writes_no_other_s_database(client: tuple[str, mongo.Client]) -> None:
    room, connected = client
    for other in {*ROOMS} - {room}:
        collection = mongo.database(connected, f"afterword_{other}")["postmortems"]
        with pytest.raises(OperationFailure, match="not authorized"):
            await collection.find_one({})
        with pytest.raises(OperationFailure, match="not authorized"):
            await collection.insert_one({"_id": "forged"})


async def test_without_an_account_nothing_is_read(locked: str) -> None:
    nobody = mongo.connect(f"mongodb://{locked}/?replicaSet=locked")
    with pytest.raises(OperationFailure, match="requires authentication"):
        await mongo.database(nobody, "afterword_gateway")["views"].find_one({})
    nobody.close()
