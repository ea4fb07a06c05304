"""The reading page of one postmortem: the address that mails and calendar entries carry."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, get_args
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from services.gateway.domain.access import Act
from services.gateway.domain.answers.meeting import Meeting
from services.gateway.domain.answers.publication import Deliveries
from services.gateway.domain.document import EVENTS
from services.gateway.domain.pages.contents import chapters, contents
from services.gateway.domain.pages.following import followed
from services.gateway.domain.pages.people import by_role, words_of
from services.gateway.domain.pages.related import Related, neighbour_of, related
from services.gateway.domain.pages.spans import measured
from services.gateway.domain.pages.steps import WRITABLE, steps
from services.gateway.domain.pages.timeline import drawn, ordered
from services.gateway.domain.view import View
from services.gateway.handlers import paging
from services.gateway.handlers.caller import Needs
from services.gateway.handlers.history import Format, Number, export_postmortem
from services.gateway.handlers.pages.rendering import page
from services.gateway.handlers.pages.visitors import PageGate, Visitor, visitor
from services.gateway.handlers.problems import wants_page
from services.gateway.handlers.publications import Mails, list_deliveries
from services.gateway.handlers.showing import Id, drafted, whole_for
from services.gateway.ports import Deps
from shared.contracts.events import Snapshot
from shared.contracts.mailing import DeliveryState

router = APIRouter(include_in_schema=False)
GATE = PageGate(Act.READ_POSTMORTEMS)
Reader = Annotated[Visitor, visitor(Act.READ_POSTMORTEMS)]
COMPARED = 20
"""Of so many that share a service, and so many that share a word of the title, is counted which are like this one."""
MAILS = 100
OPEN_MEETING = frozenset({"tentative", "scheduled"})


@router.get("/postmortems/{id}")
async def postmortem(id: Id, request: Request, deps: Needs) -> Response:
    """Show a postmortem to a browser; a program is led to what the API tells of it."""
    if not wants_page(request) and "hx-request" not in request.headers:
        return RedirectResponse(f"{deps.public_url.rstrip('/')}/v1/postmortems/{id}", status_code=307)
    who = await GATE(request)
    view, draft = await drafted(deps, id, who.actor)
    return page(request, "postmortem.html", live=id, **await _shown(deps, view, draft, who))


async def _shown(deps: Deps, view: View, draft: Snapshot, who: Visitor) -> dict[str, Any]:
    """Return what the page shows: the text, then what happened, what follows from it, and who was there."""
    pm = await whole_for(deps, view, draft, who.actor)
    told = await asyncio.to_thread(chapters, draft, is_worked_on=view.status() in WRITABLE)
    alike = await _related(deps, view, who)
    owner = draft.owner if view.imported is None or view.imported.owner_known else None
    return {
        "pm": pm,
        "view": view,
        "draft": draft,
        "chapters": told,
        "contents": contents(told, _besides(view, alike)),
        "events": EVENTS,
        "entries": ordered(view.timeline),
        "drawing": drawn(view.timeline, view.durations, view.incident or draft.incident, ZoneInfo(deps.timezone)),
        "spans": measured(view.durations),
        "parts_by_role": by_role(view.people, owner, [reviewer.name for reviewer in pm.review.reviewers]),
        "role": words_of,
        "items": followed(pm.action_items, deps.clock.now()),
        "steps": [step for step in steps(view, draft, who.actor) if who.may(step.act)],
        "related": alike,
        "meeting": _meeting(pm.meeting, who),
        "acts": _acts(view, who),
    }


def _acts(view: View, who: Visitor) -> dict[str, bool]:
    """Return what else somebody may; of an imported one nothing is followed up here."""
    may = {act.value: who.may(act) for act in (Act.CHANGE_ACTION_ITEMS, Act.READ_DELIVERIES)}
    return {**may, Act.CHANGE_ACTION_ITEMS.value: may[Act.CHANGE_ACTION_ITEMS.value] and view.imported is None}


def _besides(view: View, alike: tuple[Related, ...]) -> list[tuple[str, str]]:
    """Return what stands on the page beside the text, where there is something of it."""
    return [
        (anchor, title)
        for anchor, title, is_there in (
            ("recorded-events", EVENTS, bool(view.timeline or view.durations)),
            ("tracked-items", "Tracked action items", view.imported is None),
            ("the-meeting", "Meeting", view.meeting is not None),
            ("people", "People", True),
            ("mailed", "Publication", view.publication is not None),
            ("related-postmortems", "Related postmortems", bool(alike)),
        )
        if is_there
    ]


def _meeting(meeting: Meeting, who: Visitor) -> dict[str, Any]:
    """Return the meeting, whether somebody is on the invitation, and whether they can change that."""
    invited = any(attendee.email == who.actor.email for attendee in meeting.attendees)
    is_open = meeting.status in OPEN_MEETING and who.may(Act.JOIN_MEETINGS)
    return {"facts": meeting, "invited": invited, "is_open": is_open}


async def _related(deps: Deps, view: View, who: Visitor) -> tuple[Related, ...]:
    own = neighbour_of(view)
    if own is None:
        return ()
    others = await deps.library.related(own, who.actor.email, COMPARED)
    return await asyncio.to_thread(related, own, others)


@router.get("/postmortems/{id}/export")
async def export(
    id: Id,
    who: Reader,
    deps: Needs,
    format: Annotated[Format, Query()] = Format.MARKDOWN,
    revision: Annotated[Number | None, Query()] = None,
) -> Response:
    """Give a copy that stands alone, as the API does."""
    return await export_postmortem(id, who.actor, deps, format, revision)


@router.get("/postmortems/{id}/deliveries")
async def deliveries(
    id: Id,
    request: Request,
    who: Annotated[Visitor, visitor(Act.READ_DELIVERIES)],
    deps: Needs,
    state: Annotated[DeliveryState | None, Query()] = None,
    cursor: Annotated[paging.Cursor, Query()] = None,
) -> Response:
    """Show how the mail of each recipient went."""
    _view, draft = await drafted(deps, id, who.actor)
    answer = await list_deliveries(id, who.actor, deps, Mails(state=state, cursor=cursor, limit=MAILS))
    told = Deliveries.model_validate_json(bytes(answer.body))
    return page(request, "deliveries.html", id=id, draft=draft, state=state, states=get_args(DeliveryState), told=told)
