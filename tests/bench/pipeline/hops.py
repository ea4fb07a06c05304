"""How long each message took from being said to having its effect, in every room that hears it.

When it was said stands in it (`ce-time`, the moment of the decision that it came of); when it had its effect stands
beside its id in the hearer's document. Between the two lie the commit, the broker with its confirm, the queue, and the
next decision.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pymongo

from tests.bench.pipeline.listening import Said

Row = dict[str, Any]
KEPT_IN = {
    "drafting": "postmortems",
    "review": "reviews",
    "calendar": "meetings",
    "distribution": "publications",
    "gateway": "library",
}


def hops(mongo_url: str, said: Mapping[str, Said]) -> dict[tuple[str, str], list[float]]:
    """Return the seconds that each message took, by room and name."""
    found: dict[tuple[str, str], list[float]] = {}
    with pymongo.MongoClient[Row](mongo_url, tz_aware=True) as client:
        for room, kept in KEPT_IN.items():
            for id, at in _handled(client[f"afterword_{room}"][kept]):
                if message := said.get(id):
                    found.setdefault((room, message.name), []).append(at - message.said_at)
    return found


def _handled(collection: pymongo.collection.Collection[Row]) -> Iterator[tuple[str, float]]:
    for row in collection.find({}, {"handled.id": 1, "handled.at": 1}):
        for entry in row["handled"]:
            yield entry["id"], entry["at"].timestamp()
