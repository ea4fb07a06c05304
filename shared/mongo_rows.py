"""What stands in a document beside its state, as MongoDB holds it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bson import ObjectId

from shared.contracts.decision import Reply
from shared.messaging.documents import Handled
from shared.messaging.envelope import Unsaid

Row = dict[str, Any]

UNSAID_AT: Row = {
    "$set": {"unsaid_at": {"$cond": [{"$eq": ["$outbox", []]}, "$$REMOVE", {"$ifNull": ["$unsaid_at", "$$NOW"]}]}}
}
"""A stage that lets the time go with the last unsaid message, and else keeps that of the oldest."""


def unless_kept(kept: Sequence[tuple[int, ObjectId]]) -> Row | int:
    """Build what a projection says of the state: left out where version and stamp are these, read where not."""
    if not kept:
        return 1
    known = [{"version": version, "stamp": stamp} for version, stamp in kept]
    same = {"$in": [{"version": "$version", "stamp": "$stamp"}, {"$literal": known}]}
    return {"$cond": [same, "$$REMOVE", "$state"]}


def without(ids: list[str]) -> Row:
    """Build an outbox that lacks these messages."""
    return {
        "$filter": {"input": "$outbox", "as": "entry", "cond": {"$not": {"$in": ["$$entry.id", {"$literal": ids}]}}}
    }


def unsaid_row(message: Unsaid) -> Row:
    """Return an unsaid message as it stands in an outbox."""
    return {name: getattr(message, name) for name in Unsaid.__slots__}


def unsaid_of(row: Mapping[str, Any]) -> Unsaid:
    """Return the message that an outbox holds; what a newer version says of it besides is left aside."""
    return Unsaid(**{name: row[name] for name in Unsaid.__slots__ if name in row})


def handled_row(handled: Handled) -> Row:
    """Return a handled message as its document remembers it."""
    return {
        "id": handled.id,
        "at": handled.at,
        "reply": handled.reply.model_dump(mode="json") if handled.reply else None,
    }


def handled_of(row: Mapping[str, Any]) -> Handled:
    """Return what a document remembers of a message."""
    reply = row["reply"]
    return Handled(id=row["id"], at=row["at"], reply=Reply.model_validate(reply) if reply else None)
