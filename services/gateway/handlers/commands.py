"""What became of a request that was answered with 202."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from services.gateway.domain.access import Act
from services.gateway.domain.answers.command import CommandStatus
from services.gateway.domain.rules import OF_ROOMS
from services.gateway.handlers.answering import answers
from services.gateway.handlers.caller import Needs, may
from services.gateway.handlers.giving import ask_again
from services.gateway.handlers.merging import show_conflicts
from services.gateway.handlers.problems import Problem
from services.gateway.handlers.showing import Id
from services.gateway.ports import Deps, Given
from shared.contracts import COMMANDS, Message
from shared.contracts.commands import Actor
from shared.contracts.decision import Reply
from shared.contracts.importing import ImportPostmortem

router = APIRouter(prefix="/v1", tags=["commands"])
REFUSED = tuple(rule.key for rule in OF_ROOMS)
"""A room that refused says so again, whatever was asked of it."""


@router.get(
    "/commands/{id}",
    summary="Look what became of a request",
    **answers(CommandStatus, "404 unknown-command", *REFUSED, "503 not-accepted", says="How far it is."),
)
async def get_command(id: Id, actor: Annotated[Actor, may(Act.READ_OWN_COMMANDS)], deps: Needs) -> Response:
    """See what became of a request that was answered with 202."""
    given = await deps.commands.find(id)
    if given is None or given.principal != actor.email or not await _is_for(actor, given, deps):
        raise Problem(404, "unknown-command", "There is no such request of yours; they are kept for 48 hours.")
    reply = await _became(deps, given)
    status = CommandStatus(status="done" if reply else "accepted", result=reply.data if reply else None)
    return JSONResponse(status.model_dump(mode="json"))


async def _became(deps: Deps, given: Given) -> Reply | None:
    """Return a room's reply, None as long as there is none. Raises: Problem when it refused, as it does at once."""
    try:
        return await ask_again(deps, given)
    except Problem as problem:
        subject = COMMANDS[given.address].model_validate_json(given.body).subject
        await show_conflicts(deps, subject, given.principal, problem)
        raise


async def _is_for(actor: Actor, given: Given, deps: Deps) -> bool:
    """Say whether it is about no postmortem, or one that the caller may see, still; otherwise it is unknown too.

    What an import is to bring in is nobody's yet.
    """
    command = COMMANDS.get(given.address)
    if command is None or not issubclass(command, Message):
        return command is not None
    subject = command.model_validate_json(given.body).subject
    if await deps.library.seen_by(actor.email, subject) is not None:
        return True
    return issubclass(command, ImportPostmortem) and await deps.view(subject) is None
