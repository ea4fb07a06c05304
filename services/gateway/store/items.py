"""How the library is asked for action items across postmortems: what is written to be found by, and the query."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from services.gateway.domain.followed import Followed
from services.gateway.domain.view import View
from services.gateway.ports import ListedItem, WantedItems
from shared.contracts.action_items import ActionItem, ItemState
from shared.contracts.values import Incident
from shared.mongo import Row

UNDONE = [ItemState.OPEN.value, ItemState.IN_PROGRESS.value]
ITEMS = "find.action_items"
INCIDENTS = ("state.incident", "state.draft.incident")
"""Where the incident stands: as it was told last, else as the draft has it."""
INDEX = [(f"{ITEMS}.owner", 1), (f"{ITEMS}.state", 1)]
FOLLOWED_INDEX = [(f"{ITEMS}.state", 1), (f"{ITEMS}.whole.updated_at", 1)]
DONE = [ItemState.DONE.value, ItemState.WONT_DO.value]
A_SECOND = timedelta(seconds=1)
OF_FOLLOWED = {f"{ITEMS}.whole.{name}": 1 for name in ("created_at", "due", "state", "done_at", "updated_at")}
"""What tells what became of an item; of thousands nobody reads the texts."""


def rows_of(view: View) -> list[Row]:
    """Return what the items of a postmortem are searched by, and the whole of each."""
    return [
        {
            "id": item.id,
            "due": item.due,
            "owner": item.owner.email,
            "state": item.state.value,
            "whole": item.model_dump(mode="json"),
        }
        for item in view.action_items
    ]


def of_items(wanted: WantedItems) -> list[Row]:
    """Return the steps that find items, what is due first first; only of what the reader may see."""
    return [
        {"$match": _postmortems_with(wanted)},
        {"$project": {ITEMS: 1, **dict.fromkeys(("find.title", "find.severity", "find.services", *INCIDENTS), 1)}},
        {"$unwind": f"${ITEMS}"},
        {"$match": _items(wanted, f"{ITEMS}.")},
        {"$sort": {f"{ITEMS}.due": 1, f"{ITEMS}.id": 1}},
        {"$limit": wanted.limit},
    ]


def listed(row: Row) -> ListedItem:
    """Return an item as it was found."""
    found, state = row["find"], row["state"]
    return ListedItem(
        postmortem_id=row["_id"],
        title=found["title"],
        severity=found["severity"],
        services=tuple(found["services"]),
        incident=Incident.model_validate(state["incident"] or state["draft"]["incident"]),
        item=ActionItem.model_validate(found["action_items"]["whole"]),
    )


def of_followed(reader: str, since: datetime, severity: str | None, service: str | None) -> Row:
    """Return the condition of postmortems with items that are undone, or were changed since a time.

    What has ended was changed then or later. Times in items are texts, which differ in their fractions of a second.
    """
    changed = f"{since.astimezone(UTC) - A_SECOND:%Y-%m-%dT%H:%M:%S}"
    ended = {"state": {"$in": DONE}, "whole.updated_at": {"$gte": changed}}
    query: Row = {
        "$or": [{f"{ITEMS}.state": {"$in": UNDONE}}, {ITEMS: {"$elemMatch": ended}}],
        "find.named": {"$in": [None, reader]},
    }
    for field, value in (("severity", severity), ("services", service)):
        if value is not None:
            query[f"find.{field}"] = value
    return query


def followed(row: Row) -> list[Followed]:
    """Return what became of the items of a postmortem; only what `OF_FOLLOWED` names is read."""
    return [_followed(item["whole"]) for item in row["find"]["action_items"]]


def _followed(whole: Row) -> Followed:
    created_at, due, changed_at = map(
        datetime.fromisoformat, (whole["created_at"], whole["due"], whole.get("done_at") or whole["updated_at"])
    )
    return Followed.told(created_at, due, ItemState(whole["state"]), changed_at)


def _postmortems_with(wanted: WantedItems) -> Row:
    query: Row = {ITEMS: {"$elemMatch": _items(wanted)}, "find.named": {"$in": [None, wanted.reader]}}
    for field, value in (("severity", wanted.severity), ("services", wanted.service)):
        if value is not None:
            query[f"find.{field}"] = value
    return query


def _items(wanted: WantedItems, prefix: str = "") -> Row:
    """The conditions that an action item has to meet; `prefix` is where it stands."""
    due, state, id = f"{prefix}due", f"{prefix}state", f"{prefix}id"
    conditions: list[Row] = [{id: {"$exists": True}}]
    if wanted.owner is not None:
        conditions.append({f"{prefix}owner": wanted.owner})
    if wanted.state is not None:
        conditions.append({state: wanted.state})
    if wanted.overdue is True:
        conditions.append({due: {"$lt": wanted.now}, state: {"$in": UNDONE}})
    if wanted.overdue is False:
        conditions.append({"$or": [{due: {"$gte": wanted.now}}, {state: {"$nin": UNDONE}}]})
    if wanted.after:
        at, last = wanted.after
        conditions.append({"$or": [{due: {"$gt": at}}, {due: at, id: {"$gt": last}}]})
    return {"$and": conditions}
