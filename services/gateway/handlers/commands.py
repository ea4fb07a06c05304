"""What became of a request that was answered with 202."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from services.gateway.domain.access import Act
from services.gateway.handlers.caller import Needs, may
from services.gateway.handlers.giving import ask_again
from services.gateway.handlers.problems import Problem
from services.gateway.handlers.showing import Id
from services.gateway.ports import Deps, Given
from shared.contracts import COMMANDS, Message
from shared.contracts.commands import Actor

router = APIRouter(prefix="/v1", tags=["commands"])


@router.get("/commands/{id}")
async def command_status(id: Id, actor: Annotated[Actor, may(Act.READ_OWN_COMMANDS)], deps: Needs) -> Response:
    """See what became of a request that was answered with 202."""
    given = await deps.commands.find(id)
    if given is None or given.principal != actor.email or not await _is_for(actor, given, deps):
        raise Problem(404, "unknown-command", "There is no such request of yours; they are kept for 48 hours.")
    reply = await ask_again(deps, given)
    return JSONResponse({"status": "done" if reply else "accepted", "result": reply.data if reply else None})


async def _is_for(actor: Actor, given: Given, deps: Deps) -> bool:
    """Say whether it is about no postmortem, or one that the caller may see, still; otherwise it is unknown too."""
    command = COMMANDS.get(given.address)
    if command is None or not issubclass(command, Message):
        return command is not None
    subject = command.model_validate_json(given.body).subject
    return await deps.library.seen_by(actor.email, subject) is not None
