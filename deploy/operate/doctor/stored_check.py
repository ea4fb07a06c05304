"""Whether this version understands what is stored: the documents that were written last, of each kind.

What an older version wrote is brought forward. What a newer one wrote besides is kept where the document says that it
is of a newer form; a field that nobody announced would be dropped at the next change.
"""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from deploy.operate.doctor.finding import Finding, failed, ok, warning
from deploy.operate.doctor.stores import STORES, documents
from shared.document_schema import NewerDocument, States
from shared.mongo import Database, MongoDocuments, Row

CHECK = "documents"
SAMPLE = 20


async def check(room: str, rooms: Database, where: str) -> list[Finding]:
    """Return what a room could not read, and what it would lose."""
    found = [each for store in documents(STORES[room](rooms)) for each in await _of_kind(store, room, where)]
    return found or [ok(CHECK, f"{room} reads what was written last", f"{where}, {rooms.name}")]


async def _of_kind(store: MongoDocuments[Any], room: str, where: str) -> list[Finding]:
    latest = store.collection.find({}, {"schema": 1, "state": 1}).sort("$natural", -1).limit(SAMPLE)
    place = f"{where}, {store.collection.full_name}"
    findings = [_judged(row, store.states, room, place) for row in await latest.to_list(None)]
    return list({(each.state, each.help): each for each in findings if each}.values())


def _judged(row: Row, states: States[Any], room: str, place: str) -> Finding | None:
    try:
        state = states.of(row)
    except NewerDocument as error:
        return failed(CHECK, str(error), place, f"start the newer version of {room} again")
    except ValidationError as error:
        first = error.errors()[0]
        what = f"{room} cannot read {row['_id']}: {'.'.join(map(str, first['loc']))}: {first['msg']}"
        return failed(CHECK, what, place, f"run the version of {room} that wrote it, or finish the upgrade")
    if states.newer(row, state):
        return warning(
            CHECK, f"a newer version of {room} wrote here, too", place, "finish the upgrade, or the way back"
        )
    if strange := sorted(set(row["state"]) - set(states.row(state)["state"])):
        what = f"a newer version wrote {', '.join(strange)} into {row['_id']}; this one drops it at its next change"
        return warning(CHECK, what, place, f"finish the upgrade of {room}, or leave the newer one running")
    return None
