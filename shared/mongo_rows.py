"""What stands in a document beside its state, as MongoDB holds it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from shared.contracts.decision import Reply
from shared.last_written import Written
from shared.messaging.documents import Handled
from shared.messaging.envelope import Unsaid

Row = dict[str, Any]

UNSAID_AT: Row = {
    "$set": {"unsaid_at": {"$cond": [{"$eq": ["$outbox", []]}, "$$REMOVE", {"$ifNull": ["$unsaid_at", "$$NOW"]}]}}
}
"""A stage that lets the time go with the last unsaid message, and else keeps that of the oldest."""


def standing(key: str, version: int, stamp: object | None, message_id: str) -> Row:
    """Build the filter of a document in which a decision may become true: what was loaded stands, the message is new.

    Of what was read the version says that it stands; of what was not, its stamp says so too.
    """
    stands: Row = {"_id": key, "version": version, "handled.id": {"$ne": message_id}}
    return stands if stamp is None else {**stands, "stamp": stamp}


def unless_kept(kept: Iterable[Written[Any]]) -> Row | int:
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
