"""The meeting of one postmortem: when and where, who comes, its notes, and what somebody may do with it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request, Response

from services.gateway.domain import answer
from services.gateway.domain.access import Act
from services.gateway.domain.ical import calendar
from services.gateway.domain.pages.meeting import NoTime, as_form, attends, times, ways
from services.gateway.domain.view import View
from services.gateway.handlers import meetings
from services.gateway.handlers.caller import Needs
from services.gateway.handlers.meetings import Ending, NewTimes, WrittenNotes
from services.gateway.handlers.pages.forms import fields, key_of, read
from services.gateway.handlers.pages.rendering import HEADERS, page, see
from services.gateway.handlers.pages.saying import outcome
from services.gateway.handlers.pages.settling import is_seen
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

    async def done(_: dict[str, str], key: str) -> Response:
        return await meetings.join_meeting(id, who.actor, deps, key)

    return await Doing(request, id, who, deps).do("joined", done, lambda view: attends(view, who.actor.email))


@router.post("/leave")
async def leave(id: Id, request: Request, who: Joins, deps: Needs) -> Response:
    """Take whoever looks off the invitation."""

    async def done(_: dict[str, str], key: str) -> Response:
        return await meetings.leave_meeting(id, who.actor, deps, key)

    return await Doing(request, id, who, deps).do("left", done, lambda view: not attends(view, who.actor.email))


@router.post("/move")
async def move(id: Id, request: Request, who: Moves, deps: Needs) -> Response:
    """Move the meeting to a day and times of the organisation's zone."""
    given = await fields(request)

    async def done(_: dict[str, str], key: str) -> Response:
        return await meetings.reschedule_meeting(id, _times(given, deps), who.actor, deps, key)

    def shows(view: View) -> bool:
        return view.meeting is not None and view.meeting.start == _times(given, deps).start

    return await Doing(request, id, who, deps).do("moved", done, shows)


@router.post("/cancel")
async def cancel(id: Id, request: Request, who: Moves, deps: Needs) -> Response:
    """Call the meeting off."""

    async def done(_: dict[str, str], key: str) -> Response:
        return await meetings.cancel_meeting(id, who.actor, deps, key)

    return await Doing(request, id, who, deps).do("called-off", done, lambda view: view.cancelled)


@router.post("/end")
async def end(id: Id, request: Request, who: Moves, deps: Needs) -> Response:
    """Say that the meeting is over; its notes stay as they are."""

    async def done(_: dict[str, str], key: str) -> Response:
        return await meetings.end_meeting(id, who.actor, deps, Ending(), key)

    return await Doing(request, id, who, deps).do("ended", done, lambda view: view.ended)


@router.post("/notes")
async def notes(id: Id, request: Request, who: Moves, deps: Needs) -> Response:
    """Keep the notes, unless somebody has changed them since the form was opened: their text is shown first then."""

    async def done(given: dict[str, str], key: str) -> Response:
        written = read(WrittenNotes, {"notes": given.get("notes", "")})
        _same_notes((await drafted(deps, id, who.actor))[0], given.get("version", ""), written.notes)
        return await meetings.put_meeting_notes(id, written, who.actor, deps, key)

    return await Doing(request, id, who, deps).do("noted", done, lambda _: True)


@dataclass(frozen=True, slots=True)
class Doing:
    """Something that a form asks for about a meeting."""

    request: Request
    id: str
    who: Visitor
    deps: Deps

    async def do(
        self, name: str, act: Callable[[dict[str, str], str], Awaitable[Response]], shows: Callable[[View], bool]
    ) -> Response:
        """Do it, and go back to where the form stood; what was typed stays when it is refused.

        `name` is what is said of it, `shows` tells whether the library has it. Raises: Problem when there is no such
        postmortem for this person.
        """
        given = await fields(self.request)
        try:
            done = await act(given, await key_of(self.request))
        except Problem as problem:
            if problem.status == GONE:
                raise
            return await _shown(self.request, self.id, self.who, self.deps, problem, given)
        said = outcome(done, name)
        if said == name and not await is_seen(self.deps, self.id, shows):
            said = "soon"
        return see(own_path(given.get("back", f"/postmortems/{self.id}/meeting")), said)


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
