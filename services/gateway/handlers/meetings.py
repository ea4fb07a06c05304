"""The meeting of a postmortem: see it, join it, leave it, move it, end it, take notes of it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from services.gateway.domain import answer
from services.gateway.domain.access import Act
from services.gateway.domain.answers.meeting import NOTES, Meeting, MeetingFacts
from services.gateway.domain.answers.meeting import TIMES as SAMPLE
from services.gateway.domain.answers.shapes import example
from services.gateway.handlers.answering import answers
from services.gateway.handlers.caller import Needs, may
from services.gateway.handlers.giving import IdempotencyKey, accepted, give
from services.gateway.handlers.showing import Id, drafted
from services.gateway.ports import Deps
from shared.contracts.base import Moment
from shared.contracts.commands import (
    Actor,
    CancelMeeting,
    Command,
    EndMeeting,
    JoinMeeting,
    MeetingNotes,
    RescheduleMeeting,
)
from shared.contracts.meeting_notes import TakeMeetingNotes
from shared.contracts.meeting_notices import LeaveMeeting

router = APIRouter(prefix="/v1/postmortems/{id}/meeting", tags=["meetings"])


class NewTimes(BaseModel):
    """When the meeting is to be; without an end it keeps its length."""

    model_config = ConfigDict(extra="forbid", **example(SAMPLE))

    start: Moment
    end: Annotated[Moment | None, Field(default=None)]


class Ending(BaseModel):
    """What was said, if somebody wrote it down."""

    model_config = ConfigDict(extra="forbid", **example({"notes": NOTES}))

    notes: MeetingNotes = Field(default="", description="Markdown; takes the place of the notes from before.")


WITHOUT_NOTES = Ending()


class WrittenNotes(BaseModel):
    """What was said: the whole of it, in the place of the notes from before; empty takes them away."""

    model_config = ConfigDict(extra="forbid", **example({"notes": NOTES}))

    notes: MeetingNotes = Field(description="Markdown.")


TIMES = ("422 end-before-start", "422 in-the-past", "422 too-long")


def _moves(*refuses: str) -> dict[str, Any]:
    """What every route that changes the meeting answers, and what this one refuses."""
    closed = ("409 meeting-ended", "409 meeting-cancelled", "422 too-large")
    return answers(MeetingFacts, *closed, *refuses, says="How the meeting stands now.", later=True)


NOTING = answers(
    MeetingFacts,
    "403 attendees-only",
    "409 meeting-cancelled",
    "409 not-scheduled",
    "422 too-large",
    says="How the meeting stands now, and which version of the notes it has.",
    later=True,
)


@router.get("", summary="See the meeting", **answers(Meeting, says="The meeting."))
async def get_meeting(id: Id, actor: Annotated[Actor, may(Act.READ_MEETINGS)], deps: Needs) -> Response:
    """See the meeting; status `none` before it has a slot."""
    view, _draft = await drafted(deps, id, actor)
    return JSONResponse(answer.meeting(view).model_dump(mode="json"))


@router.post("/reschedule", summary="Move the meeting", **_moves("403 people-only", *TIMES, "409 not-scheduled"))
async def reschedule_meeting(
    id: Id, times: NewTimes, actor: Annotated[Actor, may(Act.MOVE_MEETINGS)], deps: Needs, key: IdempotencyKey = None
) -> Response:
    """Move the meeting; without an end it keeps its length. Its guests are told by the calendar."""
    return await _done(deps, RescheduleMeeting(postmortem_id=id, actor=actor, start=times.start, end=times.end), key)


@router.post("/cancel", summary="Call the meeting off", **_moves("403 owner-only"))
async def cancel_meeting(
    id: Id, actor: Annotated[Actor, may(Act.MOVE_MEETINGS)], deps: Needs, key: IdempotencyKey = None
) -> Response:
    """Call the meeting off; its entry stays, marked cancelled."""
    return await _done(deps, CancelMeeting(postmortem_id=id, actor=actor), key)


@router.post("/end", summary="End the meeting", **_moves("403 attendees-only", "409 not-scheduled"))
async def end_meeting(
    id: Id,
    actor: Annotated[Actor, may(Act.MOVE_MEETINGS)],
    deps: Needs,
    ending: Annotated[Ending, Body(examples=[{"notes": NOTES}])] = WITHOUT_NOTES,
    key: IdempotencyKey = None,
) -> Response:
    """Say that the meeting is over, with notes or without; the approved report goes out after the grace period."""
    return await _done(deps, EndMeeting(postmortem_id=id, actor=actor, notes=ending.notes), key)


@router.put("/notes", summary="Take notes of the meeting", **NOTING)
async def put_meeting_notes(
    id: Id,
    written: WrittenNotes,
    actor: Annotated[Actor, may(Act.MOVE_MEETINGS)],
    deps: Needs,
    key: IdempotencyKey = None,
) -> Response:
    """Keep notes beside the postmortem, while the meeting is scheduled and when it is over.

    They are no part of the text: nothing that is approved changes, and they are not published.
    """
    return await _done(deps, TakeMeetingNotes(postmortem_id=id, actor=actor, notes=written.notes), key)


@router.post("/attendees", summary="Join the meeting", **_moves())
async def join_meeting(
    id: Id, actor: Annotated[Actor, may(Act.JOIN_MEETINGS)], deps: Needs, key: IdempotencyKey = None
) -> Response:
    """Put yourself on the invitation; anyone may join. You get it by mail, for a calendar of your own."""
    return await _done(deps, JoinMeeting(postmortem_id=id, actor=actor), key)


@router.delete("/attendees/me", summary="Leave the meeting", **_moves("409 needed-there"))
async def leave_meeting(
    id: Id, actor: Annotated[Actor, may(Act.JOIN_MEETINGS)], deps: Needs, key: IdempotencyKey = None
) -> Response:
    """Take yourself off the invitation until you join again; who is needed there hands that over or declines."""
    return await _done(deps, LeaveMeeting(postmortem_id=id, actor=actor), key)


async def _done(deps: Deps, command: Command, key: str | None) -> Response:
    await drafted(deps, command.subject, command.actor)
    answered = await give(deps, command, key)
    return JSONResponse(answered.reply.data) if answered.reply else accepted(deps, answered.id)
