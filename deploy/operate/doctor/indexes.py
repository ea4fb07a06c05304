"""The indexes that the rooms make at their start, by letting their own stores say them, and what differs from them."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self, cast

from deploy.operate.doctor.stores import STORES
from shared.mongo import Database

Indexes = dict[str, dict[str, dict[str, Any]]]
"""By collection, by name: fields and options."""


async def wanted() -> dict[str, Indexes]:
    """Return the indexes of each room."""
    found = {}
    for room, stores in STORES.items():
        notes = _Notes()
        for store in stores(cast("Database", notes)):
            await store.prepare()
        found[room] = notes.indexes
    return found


def differing(ours: Indexes, theirs: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> Iterator[tuple[str, str, bool]]:
    """Yield collection, index, and whether one of its name is there with other settings; only of collections there."""
    for collection, indexes in ours.items():
        there = theirs.get(collection)
        for name, index in indexes.items() if there is not None else ():
            found = (there or {}).get(name)
            if found is None or _known(found) != _known(index):
                yield collection, name, found is not None


def _known(index: Mapping[str, Any]) -> dict[str, Any]:
    """Return what matters of an index; a server adds versions and the like."""
    options = ("unique", "sparse", "expireAfterSeconds", "partialFilterExpression")
    return {"key": list(dict(index["key"]).items()), **{name: index[name] for name in options if index.get(name)}}


@dataclass
class _Notes:
    """Takes the place of a database and writes down which indexes are made."""

    indexes: Indexes = field(default_factory=dict)

    def __getitem__(self, name: str) -> _Collection:
        return _Collection(name, self.indexes)

    def get_collection(self, name: str, **_: object) -> _Collection:
        return self[name]

    def __getattr__(self, name: str) -> _Nothing:
        return _Nothing()


@dataclass
class _Collection:
    name: str
    indexes: Indexes

    async def create_index(self, keys: str | Sequence[tuple[str, Any]], *, name: str, **options: Any) -> str:
        key = [(keys, 1)] if isinstance(keys, str) else list(keys)
        self.indexes.setdefault(self.name, {})[name] = {"key": key, **options}
        return name

    def __getattr__(self, name: str) -> _Nothing:
        return _Nothing()


class _Nothing:
    """Whatever a store asks of a collection that has nothing in it."""

    def __call__(self, *_: object, **__: object) -> Self:
        return self

    def __getattr__(self, name: str) -> Self:
        return self

    def __await__(self) -> Generator[Any, None, Self]:
        yield from ()
        return self

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Self:
        raise StopAsyncIteration

    def __iter__(self) -> Iterator[Any]:
        return iter(())

    def __bool__(self) -> bool:
        return False
