"""The meeting of one postmortem: when and where, who comes, its notes, and what somebody may do with it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request, Response

from services.gateway.domain import answer
from services.gateway.domain.access import Act
from services.gateway.domain.ical import calendar
from services.gateway.domain.pages.meeting import NoTime, as_form, times, ways
from services.gateway.domain.view import View
from services.gateway.handlers import meetings
from services.gateway.handlers.caller import Needs
from services.gateway.handlers.meetings import Ending, NewTimes, WrittenNotes
from services.gateway.handlers.pages.forms import fields, key_of, read
from services.gateway.handlers.pages.rendering import HEADERS, page, see
from services.gateway.handlers.pages.saying import outcome
from services.gateway.handlers.pages.signing_in import own_path
from services.gateway.handlers.pages.visitors import Visitor, visitor
from services.gateway.handlers.problems import Problem
from services.gateway.handlers.showing import Id, drafted
from services.gateway.ports import Deps

router = APIRouter(prefix="/postmortems/{id}/meeting", include_in_schema=False)
Reads = Annotated[Visitor, visitor(Act.READ_MEETINGS)]
Joins = Annotated[Visitor, visitor(Act.JOIN_MEETINGS)]
Moves = Annotated[Visitor, visitor(Act.MOVE_MEETINGS)]
GONE = 404
ICS = "text/calendar; charset=utf-8"


@router.get("")
async def meeting(id: Id, request: Request, who: Reads, deps: Needs) -> Response:
    """Show the meeting."""
    return await _shown(request, id, who, deps)


@router.get(".ics")
async def entry(id: Id, who: Reads, deps: Needs) -> Response:
    """Give the meeting's entry for a calendar of one's own; opened there, it does not move when the meeting does."""
    view, _ = await drafted(deps, id, who.actor)
    if view.meeting is None:
        raise Problem(GONE, "no-meeting", "No meeting is planned yet. Look again when the review has begun.")
    named = {"Content-Disposition": f'attachment; filename="postmortem-{id[:8]}.ics"'}
    return Response(calendar([view]), media_type=ICS, headers={**HEADERS, **named})


@router.post("/join")
async def join(id: Id, request: Request, who: Joins, deps: Needs) -> Response:
    """Put whoever looks on the invitation."""
    key = await key_of(request)
    return await _done(request, id, who, deps, "joined", lambda _: meetings.join_meeting(id, who.actor, deps, key))


@router.post("/leave")
async def leave(id: Id, request: Request, who: Joins, deps: Needs) -> Response:
    """Take whoever looks off the invitation."""
    key = await key_of(request)
    return await _done(request, id, who, deps, "left", lambda _: meetings.leave_meeting(id, who.actor, deps, key))


@router.post("/move")
async def move(id: Id, request: Request, who: Moves, deps: Needs) -> Response:
    """Move the meeting to a day and times of the organisation's zone."""
    key = await key_of(request)

    async def done(given: dict[str, str]) -> Response:
        return await meetings.reschedule_meeting(id, _times(given, deps), who.actor, deps, key)

    return await _done(request, id, who, deps, "moved", done)


@router.post("/cancel")
async def cancel(id: Id, request: Request, who: Moves, deps: Needs) -> Response:
    """Call the meeting off."""
    key = await key_of(request)
    return await _done(
        request, id, who, deps, "called-off", lambda _: meetings.cancel_meeting(id, who.actor, deps, key)
    )


@router.post("/end")
async def end(id: Id, request: Request, who: Moves, deps: Needs) -> Response:
    """Say that the meeting is over; its notes stay as they are."""
    key = await key_of(request)
    return await _done(
        request, id, who, deps, "ended", lambda _: meetings.end_meeting(id, who.actor, deps, Ending(), key)
    )


@router.post("/notes")
async def notes(id: Id, request: Request, who: Moves, deps: Needs) -> Response:
    """Keep the notes, unless somebody has changed them since the form was opened: their text is shown first then."""
    key = await key_of(request)

    async def done(given: dict[str, str]) -> Response:
        written = read(WrittenNotes, {"notes": given.get("notes", "")})
        _same_notes((await drafted(deps, id, who.actor))[0], given.get("version", ""), written.notes)
        return await meetings.put_meeting_notes(id, written, who.actor, deps, key)

    return await _done(request, id, who, deps, "noted", done)


async def _done(
    request: Request, id: str, who: Visitor, deps: Deps, name: str, do: Callable[[dict[str, str]], Awaitable[Response]]
) -> Response:
    """Do what a form asks for, and go back to where it stood; what was typed stays when it is refused."""
    given = await fields(request)
    try:
        done = await do(given)
    except Problem as problem:
        if problem.status == GONE:
            raise
        return await _shown(request, id, who, deps, problem, given)
    return see(own_path(given.get("back", "")) if "back" in given else _path(id), outcome(done, name))


def _path(id: str) -> str:
    return f"/postmortems/{id}/meeting"


def _times(given: dict[str, str], deps: Deps) -> NewTimes:
    try:
        start, end = times(given, ZoneInfo(deps.timezone))
    except NoTime as error:
        raise Problem(422, "invalid-field", str(error), field=error.field) from error
    return NewTimes(start=start, end=end)


def _same_notes(view: View, version: str, notes: str) -> None:
    """Let pass who has seen the notes that there are, or says the same. Raises: Problem 412."""
    there = view.notes
    if there and there.notes != notes and version != str(there.version):
        text = f"{there.by.name} has changed the notes since you opened them. Theirs are shown above your text: put "
        raise Problem(412, "notes-changed", f"{text}the two together here, and save.", field="notes")


async def _shown(
    request: Request,
    id: str,
    who: Visitor,
    deps: Deps,
    problem: Problem | None = None,
    given: dict[str, str] | None = None,
) -> Response:
    view, draft = await drafted(deps, id, who.actor)
    zone = ZoneInfo(deps.timezone)
    form = as_form(view.meeting, zone) if view.meeting else {}
    shown: dict[str, Any] = {
        "view": view,
        "draft": draft,
        "meeting": answer.meeting(view),
        "ways": ways(view, draft, who.actor),
        "form": form | (given or {}),
        "typed": (given or {}).get("notes"),
        "problem": problem,
        "may_join": who.may(Act.JOIN_MEETINGS),
        "may_move": who.may(Act.MOVE_MEETINGS),
        "live": id,
    }
    return page(request, "meeting.html", problem.status if problem else 200, **shown)
