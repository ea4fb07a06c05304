"""The indexes that the rooms make at their start, by letting their own stores say them, and what differs from them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self, cast

from services.calendar.store import MongoMeetings
from services.distribution.wiring.stores import Stores
from services.drafting.store import MongoPostmortems
from services.gateway import store as gateway
from services.review.store import MongoCommunity, MongoReviews
from shared.clock import SystemClock
from shared.mongo import Database

Prepare = Callable[[], Awaitable[None]]
Indexes = dict[str, dict[str, dict[str, Any]]]
"""By collection, by name: fields and options."""


async def wanted() -> dict[str, Indexes]:
    """Return the indexes of each room."""
    found = {}
    for room, prepares in STORES.items():
        notes = _Notes()
        for prepare in prepares(cast("Database", notes)):
            await prepare()
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


def _of_drafting(database: Database) -> list[Prepare]:
    return [MongoPostmortems(database).prepare]


def _of_review(database: Database) -> list[Prepare]:
    return [MongoReviews(database).prepare, MongoCommunity(database).prepare]


def _of_calendar(database: Database) -> list[Prepare]:
    return [MongoMeetings(database).prepare]


def _of_distribution(database: Database) -> list[Prepare]:
    return [Stores(database).prepare]


def _of_gateway(database: Database) -> list[Prepare]:
    plain = (gateway.MongoLibrary, gateway.MongoHistory, gateway.MongoKeys, gateway.MongoSessions)
    timed = (gateway.MongoCommands, gateway.MongoCalls, gateway.MongoFeed)
    stores = [*(kind(database) for kind in (*plain, gateway.MongoReviewers, gateway.MongoLists))]
    return [*(each.prepare for each in stores), *(kind(database, SystemClock()).prepare for kind in timed)]


STORES: dict[str, Callable[[Database], list[Prepare]]] = {
    "drafting": _of_drafting,
    "review": _of_review,
    "calendar": _of_calendar,
    "distribution": _of_distribution,
    "gateway": _of_gateway,
}


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
