"""The rooms' stores without a database: what kinds of documents there are, and how they are read."""

from __future__ import annotations

from functools import cache
from typing import Any, cast

from deploy.operate import migrating
from shared.mongo import Database, MongoDocuments


class _Collection:
    """Has a name, and nothing else that a store asks of it before it works."""

    def __init__(self, name: str) -> None:
        self.name = name

    @property
    def database(self) -> _Names:
        return _Names()

    def with_options(self, **_: object) -> _Collection:
        return self


class _Names:
    def __getitem__(self, name: str) -> _Collection:
        return _Collection(name)

    def get_collection(self, name: str, **_: object) -> _Collection:
        return _Collection(name)


@cache
def kinds() -> dict[str, MongoDocuments[Any]]:
    """Return a store for each kind of documents, as ROOM.COLLECTION; only its rules are of use."""
    return migrating.kinds(lambda _: cast("Database", _Names()))
