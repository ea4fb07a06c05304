"""Postmortems for pages: whole ones, put into the library of a gateway over fakes and into its history."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from services.gateway.domain.history import revision_of
from services.gateway.domain.view import View, project
from shared.contracts.base import Message, Owner, Person
from shared.contracts.events import DraftCreated, DraftRevised, MeetingScheduled, Published, Snapshot
from shared.contracts.impact import IncidentDurations
from shared.contracts.values import Attendee, IncidentKind, TimelineEntry
from tests.helpers.builders import NOW, PM, REPORT, a_draft
from tests.helpers.front_door import Door

ENGINEER = Owner(name="Engineer", email="engineer@example.com")
BEGAN = NOW - timedelta(hours=2)
DURATIONS = IncidentDurations(
    impact_started_at=BEGAN - timedelta(minutes=8),
    detected_at=BEGAN,
    resolved_at=BEGAN + timedelta(minutes=48),
    time_to_detect_s=480,
    time_to_resolve_s=2880,
)


def an_entry(minutes: float = 0, text: str = "Looked at the pool", **fields: Any) -> TimelineEntry:
    """Build an entry of the timeline, so many minutes after the incident began."""
    at = BEGAN + timedelta(minutes=minutes)
    given = {"id": f"t-{minutes}", "at": at, "text": text, "kind": IncidentKind.NOTE, "source": "pagerduty"}
    return TimelineEntry.model_validate(given | fields)


def a_meeting(**fields: Any) -> MeetingScheduled:
    """Build a meeting that is to be."""
    start = NOW + timedelta(days=2)
    given = {
        "postmortem_id": PM,
        "uid": f"{PM}@afterword",
        "status": "scheduled",
        "start": start,
        "end": start + timedelta(hours=1),
        "timezone": "Europe/Berlin",
        "sequence": 1,
        "url": f"https://afterword.example.com/postmortems/{PM}",
        "join_url": "https://meet.example.com/1",
        "title": "Postmortem",
        "attendees": (Attendee(name="Olga Owner", email="owner@example.com", role="owner"),),
    }
    return MeetingScheduled.model_validate(given | fields)


def a_publication(draft: Snapshot, **fields: Any) -> Published:
    """Build the publication of a revision."""
    given = {
        **{name: getattr(draft, name) for name in ("postmortem_id", "revision", "content_hash", "title", "severity")},
        **{name: getattr(draft, name) for name in ("services", "report", "sections")},
        "published_at": NOW + timedelta(days=3),
        "lists": (),
        "recipients": 40,
    }
    return Published.model_validate(given | fields)


def a_revision(number: int, **fields: Any) -> Snapshot:
    """Build what is said of a revision: the first opens the draft."""
    kind: type[Snapshot] = DraftCreated if number == 1 else DraftRevised
    revised = {
        "status": "draft",
        "revised_at": NOW + timedelta(hours=number),
        "revised_by": "writer@example.com",
        "note": f"change {number}",
    }
    people = (
        Person(name="Rita Responder", email="responder@example.com", role="incident_commander"),
        Person(name="Tom Berg", role="responder"),
    )
    given = {"revision": number, "owner": ENGINEER, "people": people, "report": {**REPORT, "impact": f"{number}.\n"}}
    snapshot: Snapshot = a_draft(kind, **(given | (revised if number > 1 else {}) | fields))
    return snapshot


async def put(door: Door, *facts: Message) -> View:
    """Let a gateway hear facts about one postmortem, in this order; return its view."""
    view: View | None = door.views.get(facts[0].postmortem_id)
    for number, fact in enumerate(facts):
        stamp = (NOW + timedelta(minutes=number), f"e-{number}-{fact.name}")
        view = project(view, fact, stamp)
        if isinstance(fact, DraftCreated | DraftRevised):
            await door.history.keep(revision_of(fact, stamp))
    assert view
    door.views[view.id] = view
    return view
