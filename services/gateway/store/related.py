"""How the library is asked for what may be related to a postmortem: few rows by an index, without whole documents."""

from __future__ import annotations

from collections.abc import Sequence

from services.gateway.domain.pages.related import LONGEST_TEXT, Neighbour, near, neighbour_of
from services.gateway.domain.view import View
from shared.mongo import Row

INDEX = [("find.near", 1), ("find.created_at", -1), ("_id", -1)]
SHOWN = {
    **{name: f"$state.draft.{name}" for name in ("title", "services", "severity")},
    **{name: f"$find.{name}" for name in ("status", "created_at")},
}
TEXT: Row = {
    "$reduce": {
        "input": {"$objectToArray": "$state.draft.report"},
        "initialValue": "",
        "in": {"$concat": ["$$value", "$$this.v", "\n"]},
    }
}


def near_row(view: View) -> Row:
    """Return what a postmortem is found by when others look for what is like them."""
    own = neighbour_of(view)
    services, words = near(own) if own else ((), ())
    return {"near": [*services, *words]}


def of_near(own: Neighbour, keys: Sequence[str], reader: str, limit: int) -> list[Row]:
    """Return the steps to others that have one of these keys, newest first; what is skipped has no such date."""
    wanted: Row = {
        "find.near": {"$in": list(keys)},
        "find.created_at": {"$exists": True},
        "find.named": {"$in": [None, reader]},
        "_id": {"$ne": own.id},
    }
    return [
        {"$match": wanted},
        {"$sort": {"find.created_at": -1, "_id": -1}},
        {"$limit": limit},
        {"$project": {**SHOWN, "text": {"$substrCP": [TEXT, 0, LONGEST_TEXT]}}},
    ]
