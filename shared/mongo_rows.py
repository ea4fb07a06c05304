"""What stands in a document beside its state, as MongoDB holds it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from bson import ObjectId

from shared.contracts.decision import Reply
from shared.messaging.documents import Handled
from shared.messaging.envelope import Unsaid

S = TypeVar("S")
Row = dict[str, Any]

UNSAID_AT: Row = {
    "$set": {"unsaid_at": {"$cond": [{"$eq": ["$outbox", []]}, "$$REMOVE", {"$ifNull": ["$unsaid_at", "$$NOW"]}]}}
}
"""A stage that lets the time go with the last unsaid message, and else keeps that of the oldest."""


@dataclass(frozen=True, slots=True)
class Kept(Generic[S]):
    """A state that this process wrote; `stamp` is of that write alone.

    Whether it is still what the database holds is never known here: version and stamp say so when it is read. Both are
    compared, since a program of before there were stamps raises the version alone, and a document that was taken away
    and made anew may come to the same version again.
    """

    version: int
    stamp: ObjectId
    state: S


def unless_kept(kept: Iterable[Kept[Any]]) -> Row | int:
    """Build what a projection says of the state: left out where it is one of these, read where not."""
    known = [{"version": one.version, "stamp": one.stamp} for one in kept]
    if not known:
        return 1
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
