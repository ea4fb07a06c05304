"""How the library is asked for what may be related to a postmortem: few rows by an index, without whole documents."""

from __future__ import annotations

from services.gateway.domain.pages.related import LONGEST_TEXT, Neighbour
from shared.mongo import Row

INDEX = [("find.services", 1), ("find.created_at", -1), ("_id", -1)]


def of_related(own: Neighbour, reader: str, limit: int) -> list[Row]:
    """Return the steps to others that share a service, newest first; what is skipped has no such date."""
    wanted: Row = {
        "find.services": {"$in": list(own.services)},
        "find.created_at": {"$exists": True},
        "find.named": {"$in": [None, reader]},
        "_id": {"$ne": own.id},
    }
    shown: Row = {name: f"$find.{name}" for name in ("title", "services", "severity", "status", "created_at")}
    return [
        {"$match": wanted},
        {"$sort": {"find.created_at": -1, "_id": -1}},
        {"$limit": limit},
        {"$project": {**shown, "text": {"$substrCP": ["$find.text", 0, LONGEST_TEXT]}}},
    ]
