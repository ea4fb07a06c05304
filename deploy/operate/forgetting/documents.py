"""Taking a person out of the rooms' databases, document by document. It may break off anywhere and begin again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

import bson
from bson import ObjectId
from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument
from pymongo import DeleteOne, ReplaceOne
from pymongo.collection import Collection

from deploy.local.rooms import ROOMS
from deploy.operate.forgetting.collecting import Collected
from deploy.operate.forgetting.person import Forgotten
from deploy.operate.forgetting.rewriting import Rewriter
from deploy.operate.pace import Advance
from deploy.operate.saving import databases
from deploy.operate.saving.quiet import Places
from services.distribution.domain.bouncing.standing import Standing, Suppression
from services.distribution.domain.delivery import WAITING, State
from services.gateway.domain.view import View
from services.gateway.store import MongoLibrary
from shared.contracts.bounces import BounceKind, address_id
from shared.mongo import connect, database

Row = dict[str, Any]
Write = ReplaceOne[Row] | DeleteOne
Find = Callable[[View], Row]
AWARE: CodecOptions[Any] = CodecOptions(tz_aware=True, tzinfo=UTC)
AT_ONCE = 100
OF_POSTMORTEMS = frozenset({"drafting.postmortems", "drafting.revisions", "gateway.library", "gateway.revisions"})
"""Where texts of a postmortem stand, in documents that tell its id."""
FORGOTTEN = "forgotten"
"""What stands as the reason where a mail is held back."""


@dataclass
class Found:
    """Documents that tell of the person, by `room.collection`; `texts` are the postmortems whose texts do."""

    documents: dict[str, int] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)

    def count(self, where: str) -> None:
        """Count one more."""
        self.documents[where] = self.documents.get(where, 0) + 1


def collect(client: databases.Client, where: Places, found: Collected, advance: Advance) -> None:
    """Look through all documents for names and ids of the person."""
    rewriter = Rewriter(found.person)
    for room, collection in _all(client, where):
        for raw in _raw(collection):
            advance(1)
            has_list = collection.name == "lists"
            if has_list or rewriter.may_concern(raw):
                row = bson.decode(raw, AWARE)
                found.look(row)
                found.look_at_texts(row)
                found.look_in(room, collection.name, row)


def rewrite(
    client: databases.Client, where: Places, person: Forgotten, now: datetime, advance: Advance, *, change: bool
) -> Found:
    """Take the person out of every document, or only count these unless it is to `change` them."""
    rewriter, found = Rewriter(person), Found()
    with _library(where) as find:
        for room, collection in _all(client, where):
            writes: list[Write] = []
            for raw in _raw(collection):
                advance(1)
                if rewriter.may_concern(raw):
                    before = bson.decode(raw, AWARE)
                    after = _without(room, collection.name, before, rewriter, now, find)
                    writes += _noted(found, f"{room}.{collection.name}", before, after, in_texts=rewriter.in_texts)
                if change and len(writes) >= AT_ONCE:
                    _send(collection, writes)
                    writes = []
            if change and writes:
                _send(collection, writes)
    return found


@contextmanager
def _library(where: Places) -> Iterator[Find]:
    """Give what makes the fields by which a postmortem is searched: they hold words of its texts and people."""
    client = connect(where.mongo_url)
    try:
        yield MongoLibrary(database(client, where.database("gateway"))).find
    finally:
        client.close()


def _noted(found: Found, place: str, before: Row, after: Row | None, *, in_texts: bool) -> list[Write]:
    """Count what becomes of a document, and return the writes that make it so."""
    if in_texts and place in OF_POSTMORTEMS:
        _note_text(found, before)
    if after == before:
        return []
    found.count(place)
    return _writes(before, after)


def hold_back(client: databases.Client, where: Places, person: Forgotten, now: datetime) -> None:
    """Let no mail go to a pseudonym, by the room's own rule about addresses from which mail comes back."""
    addresses = client[where.database("distribution")]["addresses"]
    for pseudonym in person.pseudonyms.values():
        why = Suppression(
            since=now, kind=BounceKind.HARD, status="5.1.1", reply=FORGOTTEN, bounces=1, delivery="", list=""
        )
        row: Row = {"version": 1, "stamp": ObjectId(), "handled": [], "outbox": [], "find": {"suppressed": pseudonym}}
        row["state"] = Standing(email=pseudonym, suppression=why).model_dump(mode="json")
        addresses.update_one({"_id": address_id(pseudonym)}, {"$setOnInsert": row}, upsert=True)


def _all(client: databases.Client, where: Places) -> Iterator[tuple[str, Collection[Row]]]:
    for room in ROOMS:
        for collection in databases.collections(client[where.database(room)]):
            yield room, collection


def _raw(collection: Collection[Row]) -> Iterator[bytes]:
    options: CodecOptions[Any] = CodecOptions(document_class=RawBSONDocument)
    for row in collection.with_options(codec_options=options).find({}):
        yield bytes(cast("RawBSONDocument", row).raw)


def _note_text(found: Found, row: Row) -> None:
    """Remember which postmortem a text is of."""
    state = row.get("state", {})
    title = state.get("title") or (state.get("draft") or {}).get("title") or row.get("title")
    id = row.get("postmortem_id") or row["_id"]
    found.texts[id] = title or found.texts.get(id, "")


def _writes(before: Row, after: Row | None) -> list[Write]:
    """Return what makes one of the other; under another id it is there before the old one goes."""
    if after is None:
        return [DeleteOne({"_id": before["_id"]})]
    if after["_id"] == before["_id"]:
        return [ReplaceOne({"_id": before["_id"]}, after)]
    return [ReplaceOne({"_id": after["_id"]}, after, upsert=True), DeleteOne({"_id": before["_id"]})]


def _send(collection: Collection[Row], writes: list[Write]) -> None:
    collection.bulk_write(writes)


def _without(room: str, collection: str, before: Row, rewriter: Rewriter, now: datetime, find: Find) -> Row | None:
    after: Row = rewriter.of(before)
    if after == before:
        return before
    if (room, collection) == ("gateway", "library"):
        return {**after, "find": find(View.model_validate(after["state"]))}
    special = SPECIAL.get((room, collection))
    return special(before, after, now) if special else after


def _held(before: Row, after: Row, now: datetime) -> Row:
    """A mail that waits does not go out any more."""
    if before["recipient"] == after["recipient"] or before["state"] not in {state.value for state in WAITING}:
        return after
    gone = {key: value for key, value in after.items() if key not in ("lease_until", "holder")}
    return {**gone, "state": State.SUPPRESSED.value, "reply": FORGOTTEN, "updated_at": now}


def _revoked(before: Row, after: Row, now: datetime) -> Row:  # noqa: ARG001 - as all of these
    """A key of theirs opens nothing any more."""
    return {**after, "revoked_at": after.get("revoked_at") or now}


def _ended(before: Row, after: Row, now: datetime) -> None:
    """A session, a link: nobody is to come in as the pseudonym."""


def _no_stays(before: Row, after: Row, now: datetime) -> Row:  # noqa: ARG001 - as all of these
    """Whoever wants no mail, or whose mail came back, gets none when they are named again: the old id stays."""
    state: Row = before["state"]
    says_no = (
        state.get("unsubscribed")
        or state.get("suppression")
        or state.get("reports") == "none"
        or state.get("digest_by_list") is False
    )
    return {**after, "_id": before["_id"]} if says_no else after


SPECIAL: Mapping[tuple[str, str], Callable[[Row, Row, datetime], Row | None]] = {
    ("distribution", "deliveries"): _held,
    ("distribution", "subscriptions"): _no_stays,
    ("distribution", "addresses"): _no_stays,
    ("distribution", "preferences"): _no_stays,
    ("gateway", "keys"): _revoked,
    ("gateway", "sessions"): _ended,
    ("gateway", "links"): _ended,
}
