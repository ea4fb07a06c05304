"""Where seals are kept: the database `<prefix>_audit`, which no room has anything to do with."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC
from typing import Protocol

from bson.codec_options import CodecOptions
from pymongo import WriteConcern
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError
from pymongo.read_concern import ReadConcern

from deploy.local.errors import LocalError
from deploy.operate.audit.seals import Seal
from deploy.operate.saving.files import Row

AUDIT = "audit"
"""Stands where the name of a room stands in the names of databases and in backups."""


class Chain(Protocol):
    """All seals there are."""

    def head(self) -> Seal | None:
        """Return the last seal, leaves and all."""

    def seals(self) -> Iterator[Seal]:
        """Yield every seal in the order of their numbers."""

    def add(self, seal: Seal) -> None:
        """Keep the next seal. Raises: LocalError when there is one of its number."""

    def close_before(self, number: int) -> None:
        """Take salt and leaves away from all seals before this one; what is left still proves the order of heads."""


class MongoChain:
    """Seals in MongoDB, a document each, under their numbers."""

    def __init__(self, database: Database[Row]) -> None:
        safe: Database[Row] = database.with_options(
            codec_options=CodecOptions(tz_aware=True, tzinfo=UTC),
            write_concern=WriteConcern("majority"),
            read_concern=ReadConcern("majority"),
        )
        self.collection = safe["seals"]

    def head(self) -> Seal | None:
        """Return the last seal, leaves and all."""
        row = self.collection.find_one({}, sort=[("_id", -1)])
        return _seal(row) if row else None

    def seals(self) -> Iterator[Seal]:
        """Yield every seal in the order of their numbers."""
        yield from map(_seal, self.collection.find({}).sort("_id", 1).batch_size(10))

    def add(self, seal: Seal) -> None:
        """Keep the next seal. Raises: LocalError when there is one of its number."""
        try:
            self.collection.insert_one({"_id": seal.number, **seal.model_dump(exclude={"number"})})
        except DuplicateKeyError as error:
            msg = f"somebody else has just made seal {seal.number}: run this again"
            raise LocalError(msg) from error

    def close_before(self, number: int) -> None:
        """Take salt and leaves away from all seals before this one."""
        self.collection.update_many({"_id": {"$lt": number}}, {"$set": {"salt": b"", "leaves": b""}})


def _seal(row: Row) -> Seal:
    return Seal(number=row["_id"], **{name: value for name, value in row.items() if name != "_id"})
