"""How the library is asked for publications, meetings and reviews: what is written to be found by, and the queries."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel

from services.gateway.domain.atom import Chosen
from services.gateway.domain.community import parts
from services.gateway.domain.facets import ReviewView
from services.gateway.domain.timeliness import SOON
from services.gateway.domain.view import View
from services.gateway.ports import Queued
from services.gateway.store.days import ATTENDING_INDEX, OWNED_INDEX
from shared.contracts.events import Snapshot
from shared.mongo import Row

HEAD: tuple[Row, ...] = (
    {"$project": {"schema": 1, "state": 1}},
    {
        "$set": {
            "state.draft.report": {"$literal": {}},
            "state.draft.timeline": [],
            "state.draft.sections": [],
            "state.timeline": [],
            "state.review.comments": [],
            "state.review.checked": None,
            "state.notes": None,
        }
    },
)
"""Leaves out what is long: a whole report is megabytes at worst, and nobody reads one to decide who may see it."""

_LONG = {"draft": ("report", "sections", "timeline"), "review": ("comments", "checked", "threads")}
_PARTS: dict[str, type[BaseModel]] = {"draft": Snapshot, "review": ReviewView}
LISTED: Row = {
    "schema": 1,
    **{f"state.{name}": 1 for name in View.model_fields if name not in (*_PARTS, "timeline", "notes")},
    **{f"state.{part}.{name}": 1 for part, of in _PARTS.items() for name in of.model_fields if name not in _LONG[part]},
    "state.draft.report": {"$literal": {}},
}
"""What a list shows of a postmortem, which is a fifth of it and less."""
SEARCHED: Row = {**LISTED, **dict.fromkeys(("state.draft.report", "state.draft.sections", "state.timeline"), 1)}
"""The same, with the texts in which words are found."""


INDEXES = {
    "published": [("find.published_at", -1), ("_id", -1)],
    "meetings": [("find.meeting_end", 1), ("_id", 1)],
    "asked": [("find.parts.asked_at", 1)],
    "queue": [("find.status", 1), ("find.requested_at", 1), ("_id", 1)],
    "owned": OWNED_INDEX,
    "attending": ATTENDING_INDEX,
}
"""Each question's own index, in the order of its answer, so that nothing whole is sorted."""


def found_by(view: View) -> Row:
    """Return what publications, meetings and reviews are found by; a field is missing where there is no such thing."""
    found: Row = {"reviewers": [reviewer.email for reviewer in view.review.reviewers]}
    if asked := parts(view):
        found["parts"] = [part.model_dump() for part in asked]
    if view.publication:
        found |= {
            "published_at": view.publication.published_at,
            "published_severity": view.publication.severity,
            "published_services": list(view.publication.services),
        }
    if view.meeting:
        found["meeting_end"] = view.meeting.end
    if view.review.requested_at:
        found["requested_at"] = view.review.requested_at
    return found


def dates_of(view: View, created_at: datetime) -> Row:
    """Return by when it is to be done, and where it stands in its list.

    What is skipped stands in a list of its own. What is merged or imported stands among the others, but nothing is due
    of it.
    """
    if view.draft is None or view.status() == "skipped":
        return {"skipped_created_at": created_at}
    if view.is_merged() or view.imported:
        return {"created_at": created_at}
    return {"created_at": created_at, "deadline": view.draft.deadline}


def of_timeliness(timeliness: str, now: datetime) -> Row:
    """Return the query for those that are not done and stand so to their deadline now."""
    spans: dict[str, Row] = {
        "late": {"$lt": now},
        "due_soon": {"$gte": now, "$lte": now + SOON},
        "on_time": {"$gt": now + SOON},
    }
    return {"find.published_at": {"$exists": False}, "find.deadline": spans[timeliness]}


def of_chosen(chosen: Chosen) -> Row:
    """Return the query for publications of a service and a severity."""
    query: Row = {"find.published_at": {"$exists": True}}
    for field, value in (("published_services", chosen.service), ("published_severity", chosen.severity)):
        if value is not None:
            query[f"find.{field}"] = value
    return query


def of_queue(queued: Queued) -> Row:
    """Return the query for reviews, behind the last one seen."""
    query: Row = {"find.status": queued.state, "find.requested_at": {"$exists": True}}
    if queued.reviewer is not None:
        query["find.reviewers"] = queued.reviewer
    if queued.after:
        requested, id = queued.after
        query["$or"] = [{"find.requested_at": {"$gt": requested}}, {"find.requested_at": requested, "_id": {"$gt": id}}]
    return query
