"""The stores of each room, over its database: they know which indexes they want, and how their documents are read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from services.calendar.store import MongoMeetings
from services.distribution.wiring.stores import Stores
from services.drafting.store import MongoPostmortems
from services.gateway import store as gateway
from services.review.store import MongoCommunity, MongoReviews
from shared.clock import SystemClock
from shared.mongo import Database, MongoDocuments

if TYPE_CHECKING:
    from shared.room import Store


def of_drafting(database: Database) -> Sequence[Store]:
    """Return the stores of drafting."""
    return [MongoPostmortems(database)]


def of_review(database: Database) -> Sequence[Store]:
    """Return the stores of review."""
    return [MongoReviews(database), MongoCommunity(database)]


def of_calendar(database: Database) -> Sequence[Store]:
    """Return the stores of calendar that have indexes."""
    return [MongoMeetings(database)]


def of_distribution(database: Database) -> Sequence[Store]:
    """Return the stores of distribution."""
    return [Stores(database)]


def of_gateway(database: Database) -> Sequence[Store]:
    """Return the stores of the gateway that have indexes."""
    plain = (gateway.MongoLibrary, gateway.MongoHistory, gateway.MongoKeys, gateway.MongoSessions)
    heard = (gateway.MongoReviewers, gateway.MongoLists)
    timed = (gateway.MongoCommands, gateway.MongoCalls, gateway.MongoFeed)
    return [*(kind(database) for kind in (*plain, *heard)), *(kind(database, SystemClock()) for kind in timed)]


STORES: dict[str, Callable[[Database], Sequence[Store]]] = {
    "drafting": of_drafting,
    "review": of_review,
    "calendar": of_calendar,
    "distribution": of_distribution,
    "gateway": of_gateway,
}


def documents(stores: Sequence[object]) -> Iterator[MongoDocuments[Any]]:
    """Yield every kind of documents with a state, those inside of other stores included."""
    for store in stores:
        if isinstance(store, MongoDocuments):
            yield store
        elif type(store).__module__.startswith("services."):
            yield from documents(list(vars(store).values()))
