"""The meeting of a postmortem: see it, join it, move it, end it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from services.gateway.domain import answer
from services.gateway.domain.access import Act
from services.gateway.handlers.caller import Needs, may
from services.gateway.handlers.giving import IdempotencyKey, accepted, give
from services.gateway.handlers.showing import Id, drafted
from services.gateway.ports import Deps
from shared.contracts.base import Moment
from shared.contracts.commands import Actor, CancelMeeting, Command, EndMeeting, JoinMeeting, RescheduleMeeting

router = APIRouter(prefix="/v1/postmortems/{id}/meeting", tags=["meetings"])


class NewTimes(BaseModel):
    """When the meeting is to be; without an end it keeps its length."""

    model_config = ConfigDict(extra="forbid")

    start: Moment
    end: Annotated[Moment | None, Field(default=None)]


@router.get("")
async def get_meeting(id: Id, actor: Annotated[Actor, may(Act.READ_MEETINGS)], deps: Needs) -> Response:
    """See the meeting; status `none` before it has a slot."""
    view, _draft = await drafted(deps, id, actor)
    return JSONResponse(answer.meeting(view))


@router.post("/reschedule")
async def reschedule(
    id: Id, times: NewTimes, actor: Annotated[Actor, may(Act.MOVE_MEETINGS)], deps: Needs, key: IdempotencyKey = None
) -> Response:
    """Move the meeting."""
    return await _done(deps, RescheduleMeeting(postmortem_id=id, actor=actor, start=times.start, end=times.end), key)


@router.post("/cancel")
async def cancel(
    id: Id, actor: Annotated[Actor, may(Act.MOVE_MEETINGS)], deps: Needs, key: IdempotencyKey = None
) -> Response:
    """Call the meeting off; its entry stays, marked cancelled."""
    return await _done(deps, CancelMeeting(postmortem_id=id, actor=actor), key)


@router.post("/end")
async def end(
    id: Id, actor: Annotated[Actor, may(Act.MOVE_MEETINGS)], deps: Needs, key: IdempotencyKey = None
) -> Response:
    """Say that the meeting is over."""
    return await _done(deps, EndMeeting(postmortem_id=id, actor=actor), key)


@router.post("/attendees")
async def join(
    id: Id, actor: Annotated[Actor, may(Act.JOIN_MEETINGS)], deps: Needs, key: IdempotencyKey = None
) -> Response:
    """Put yourself on the invitation; anyone may join."""
    return await _done(deps, JoinMeeting(postmortem_id=id, actor=actor), key)


async def _done(deps: Deps, command: Command, key: str | None) -> Response:
    await drafted(deps, command.subject, command.actor)
    answered = await give(deps, command, key)
    return JSONResponse(answered.reply.data) if answered.reply else accepted(deps, answered.id)
