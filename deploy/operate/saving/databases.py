"""The rooms' databases, to files and back. Only what is whole takes its place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, cast

from pymongo import MongoClient, WriteConcern
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import PyMongoError
from pymongo.read_concern import ReadConcern

from deploy.local.errors import LocalError
from deploy.local.rooms import ROOMS
from deploy.operate.audit.chain import AUDIT
from deploy.operate.pace import Advance
from deploy.operate.saving.files import Row, raw_documents, writing
from deploy.operate.saving.manifest import Kept, KeptCollection
from deploy.operate.saving.quiet import Places
from services.gateway.store.rebuilding import SCRATCH
from shared.mongo_trouble import database_trouble

KEPT = (*ROOMS, AUDIT)
"""Whose databases there are: the rooms', and that of the seals over the log."""
BEFORE = "restoring_"
"""Collections that are not whole yet are called so."""
AT_ONCE = 500
Client = MongoClient[Row]
OF_A_SERVER = ("v", "ns", "background")
"""What a server adds to an index, and no other wants to be told."""


@contextmanager
def opened(where: Places) -> Iterator[Client]:
    """Give the database server for as long as the block runs. Raises: LocalError for whatever it refuses."""
    try:
        client: Client = MongoClient(where.mongo_url, serverSelectionTimeoutMS=5_000, appname="afterword")
        with client:
            yield client
    except PyMongoError as error:
        raise LocalError(str(database_trouble(error, where.mongo_url))) from error


def count(client: Client, where: Places) -> int:
    """Return about how many documents there are."""
    return sum(each.estimated_document_count() for room in KEPT for each in collections(client[where.database(room)]))


def save(client: Client, where: Places, folder: Path, advance: Advance) -> list[KeptCollection]:
    """Write every collection of every room to a file of its own."""
    return [_saved(each, room, folder, advance) for room in KEPT for each in collections(client[where.database(room)])]


def put_beside(client: Client, where: Places, folder: Path, kept: Sequence[KeptCollection], advance: Advance) -> None:
    """Write every collection to the server under a name that no room reads.

    Raises: LocalError when one has not become what it was.
    """
    for room in KEPT:
        _drop(client[where.database(room)], BEFORE)
    for each in kept:
        _put(client[where.database(each.room)], folder, each, advance)


def take_places(client: Client, where: Places, kept: Sequence[KeptCollection]) -> None:
    """Let what was put beside take the places of what is there, and remove the rest."""
    for room in KEPT:
        rooms = client[where.database(room)]
        names = {each.name for each in kept if each.room == room}
        for name in sorted({each.name for each in collections(rooms)} - names):
            rooms.drop_collection(name)
        for name in sorted(names):
            place = f"{rooms.name}.{name}"
            client.admin.command("renameCollection", f"{rooms.name}.{BEFORE}{name}", to=place, dropTarget=True)


def collections(rooms: Database[Row]) -> list[Collection[Row]]:
    """Return what a room keeps, without what is half restored or half rebuilt."""
    hidden: Row = {"name": {"$not": {"$regex": rf"^system\.|^{BEFORE}|{SCRATCH}"}}, "type": "collection"}
    safe = rooms.with_options(write_concern=WriteConcern("majority"), read_concern=ReadConcern("majority"))
    return [safe[name] for name in sorted(rooms.list_collection_names(filter=hidden))]


def _saved(collection: Collection[Row], room: str, folder: Path, advance: Advance) -> KeptCollection:
    file = f"databases/{room}/{collection.name}.bson.gz"
    with writing(folder / file) as writer:
        for batch in collection.find_raw_batches({}):
            advance(writer.add_all(cast("bytes", batch)))  # what the driver's types do not say
    indexes = [_plain(index) for index in collection.list_indexes() if index["name"] != "_id_"]
    return KeptCollection(**Kept.of(file, writer).model_dump(), room=room, name=collection.name, indexes=indexes)


def _plain(index: Any) -> Row:
    return {name: dict(value) if name == "key" else value for name, value in index.items() if name not in OF_A_SERVER}


def _put(rooms: Database[Row], folder: Path, kept: KeptCollection, advance: Advance) -> None:
    name = f"{BEFORE}{kept.name}"
    rooms.create_collection(name)
    beside = rooms.get_collection(name, write_concern=WriteConcern("majority"))
    rows = raw_documents(folder / kept.file)
    while batch := list(islice(rows, AT_ONCE)):
        beside.insert_many(batch, ordered=False)
        advance(len(batch))
    if kept.indexes:
        rooms.command("createIndexes", name, indexes=kept.indexes)
    there = beside.count_documents({})
    if there != kept.documents:
        msg = f"{folder / kept.file} should have {kept.documents} documents, and {there} came to {rooms.name}"
        raise LocalError(msg)


def _drop(rooms: Database[Row], prefix: str) -> None:
    for name in rooms.list_collection_names(filter={"name": {"$regex": f"^{prefix}"}}):
        rooms.drop_collection(name)
